"""The report as other programs see it: version 1 of the JSON form, one class per object.

Times are integers in nanoseconds since 1970-01-01 UTC, or lengths in nanoseconds; frames count from 1 as in
Wireshark; what is absent is null. The JSON Schema is made from these classes.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

SCHEMA_VERSION = 1

Count = Annotated[int, Meta(ge=0)]
FrameNumber = Annotated[int, Meta(ge=1)]
Vlan = Annotated[int, Meta(ge=1, le=4095)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Number32 = Annotated[int, Meta(ge=0, lt=2**32)]
OpeningOutcome = Literal[
    "established",
    "half-open",
    "unanswered",
    "refused",
    "rejected",
    "reset",
    "invalid",
    "unsolicited",
    "unseen",
]
OpeningManner = Literal["three-way", "simultaneous", "split", "fast-open"]
ClosingOutcome = Literal[
    "closed", "closing", "half-closed", "reset", "reset-after-fin", "open", "never-opened"
]
StateName = Literal[
    "LISTEN",
    "SYN-SENT",
    "SYN-RECEIVED",
    "ESTABLISHED",
    "FIN-WAIT-1",
    "FIN-WAIT-2",
    "CLOSE-WAIT",
    "CLOSING",
    "LAST-ACK",
    "TIME-WAIT",
    "CLOSED",
]
KnownByName = Literal["syn", "syn-ack", "port", "first-segment"]
VerdictName = Literal["predictable", "weak", "biased", "cookie-like", "no-evidence", "insufficient"]
SeverityName = Literal["note", "warning", "error"]
ConfidenceName = Literal["possible", "likely", "certain"]


class Tool(Struct, frozen=True):
    """What made the report."""

    name: str
    version: str


class Stop(Struct, frozen=True):
    """Why a capture was read no further."""

    byte: Count
    reason: str


class CaptureInfo(Struct, frozen=True):
    """One capture that was read."""

    path: str
    format: str
    link_types: list[int]
    frames: Count
    segments: Count
    skipped: dict[str, int]
    first_time_ns: int | None
    last_time_ns: int | None
    stopped: Stop | None
    compression: str | None = None


class Summary(Struct, frozen=True):
    """The counts."""

    connections: Count
    opening: dict[str, int]
    closing: dict[str, int]
    findings: dict[str, int]
    stories: Count


class OpeningInfo(Struct, frozen=True):
    """How a connection opened."""

    outcome: OpeningOutcome
    manner: OpeningManner | None
    syn_frame: FrameNumber | None
    syn_ack_frame: FrameNumber | None
    ack_frame: FrameNumber | None
    syn_rtt_ns: int | None
    ack_rtt_ns: int | None


class ClosingInfo(Struct, frozen=True):
    """How a connection closed."""

    outcome: ClosingOutcome
    by: Literal["client", "server"] | None
    frame: FrameNumber | None


class Offer(Struct, frozen=True):
    """What an end's SYN offered."""

    mss_bytes: int | None
    window_shift: int | None
    sack: bool
    timestamps: bool
    fast_open: bool
    mptcp: bool


class EndpointInfo(Struct, frozen=True):
    """One end of a connection."""

    address: str
    port: Port
    isn: Number32 | None
    word: str
    known_state: StateName
    presumed_state: StateName
    segments: Count
    payload_bytes: Count
    syns: Count
    syn_acks: Count
    fins: Count
    rsts: Count
    offer: Offer | None


class Zeek(Struct, frozen=True):
    """The connection in Zeek's terms, for joining."""

    conn_state: str
    history: str


class Connection(Struct, frozen=True):
    """One life of a 4-tuple. `vlan` is where its ends were first met, an outer VLAN before the inner."""

    number: FrameNumber
    stream: Count
    first_frame: FrameNumber
    last_frame: FrameNumber
    first_time_ns: int
    last_time_ns: int
    client_known_by: KnownByName
    opening: OpeningInfo
    closing: ClosingInfo
    client: EndpointInfo
    server: EndpointInfo
    vlan: list[Vlan] | None
    zeek: Zeek
    completeness: Annotated[int, Meta(ge=0, le=63)]
    community_id: str
    codes: list[str]


class EvidenceInfo(Struct, frozen=True):
    """One frame, and what it says. `capture` is its position in `captures`, from 0."""

    frame: FrameNumber
    capture: Count
    capture_frame: FrameNumber
    offset: Count
    time_ns: int
    who: str
    says: str


class FindingInfo(Struct, frozen=True):
    """One cause."""

    code: str
    name: str
    severity: SeverityName
    confidence: ConfidenceName
    message: str
    connection: int | None
    connections: list[int]
    count: Count
    evidence: list[EvidenceInfo]
    display_filter: str
    fingerprint: str


class NextIsn(Struct, frozen=True):
    """Where the next ISN lies, from `low` to `high`, modulo 2**32."""

    low: Number32
    high: Number32


class IsnInfo(Struct, frozen=True):
    """How predictable the initial sequence numbers of a host are; without a model, what follows is null."""

    verdict: VerdictName
    view: Literal["syn", "syn-ack", "both"]
    samples: Count
    dropped: dict[str, int]
    evidence_bits: float
    false_alarm_once_in: Count | None
    model: str | None
    parameter: float | None
    does: str | None
    share: float | None
    guesses_p50: float | None
    guesses_p90: float | None
    guesses_log2: float | None
    effective_bits: float | None
    gcd: int | None
    isr: int | None
    sp: int | None
    next: NextIsn | None
    known_generators_asked: bool
    tool: bool
    reused: Count
    time_wait_reused: Count
    reuse_clock_hz: float | None


class HostInfo(Struct, frozen=True):
    """What many connections say of one address."""

    address: str
    isn: IsnInfo


class Document(Struct, frozen=True):
    """The whole report."""

    schema_version: Literal[1]
    tool: Tool
    captures: list[CaptureInfo]
    summary: Summary
    connections: list[Connection]
    findings: list[FindingInfo]
    hosts: list[HostInfo]
