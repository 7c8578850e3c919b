"""Reports made by hand: small ones with hostile text, and large ones that must never be held."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from msgspec import structs

from handshake_inspect.finding import Confidence, Evidence, Finding, Severity
from handshake_inspect.report.accepted import Accepted
from handshake_inspect.report.groups import FindingGroup, StoryGroup
from handshake_inspect.report.ladder import Rung
from handshake_inspect.report.model import (
    CaptureInfo,
    ClosingInfo,
    Connection,
    EndpointInfo,
    HostInfo,
    OpeningInfo,
    Stop,
    Summary,
    Zeek,
)
from handshake_inspect.rules.registry import Rule, rules

HOSTILE = "a\x1b[31m\x07\x9b2J\u202ebidi\u200b[bold]markup[/bold]\udcff\r\n\t\U000e0001"
"what a name must not do to a terminal"


def capture(path: str = "a.pcap", **changes: object) -> CaptureInfo:
    """A capture of ten frames, all TCP."""
    made = CaptureInfo(path, "pcap", [1], 10, 10, {}, 10**18, 10**18 + 10**9, None)
    return CaptureInfo(**{name: changes.get(name, getattr(made, name)) for name in made.__struct_fields__})  # type: ignore[arg-type]


STOPPED = Stop(41216, "block at byte 41216 is longer than the file")


def connection(number: int = 1, codes: tuple[str, ...] = ()) -> Connection:
    """A clean connection."""
    counts = {"segments": 5, "payload_bytes": 1, "syns": 1, "syn_acks": 0, "fins": 1, "rsts": 0}
    client = EndpointInfo("192.0.2.1", 40000, 7, "SyFzf", "TIME-WAIT", "TIME-WAIT", **counts, offer=None)
    server = EndpointInfo("2001:db8::1", 80, 7, "sYafF|z", "LAST-ACK", "CLOSED", **counts, offer=None)
    opening = OpeningInfo("established", "three-way", 1, 2, 3, 10**7, 10**7)
    return Connection(
        number,
        number - 1,
        1,
        10,
        10**18,
        10**18 + 10**9,
        "syn",
        opening,
        ClosingInfo("closed", "client", 8),
        client,
        server,
        None,
        Zeek("SF", "ShAdfFa"),
        31,
        "1:",
        list(codes),
    )


def finding(text: str = "The client's SYN was never answered.", frames: int = 2) -> Finding:
    """A finding on connection 1."""
    evidence = tuple(Evidence(1 + i, 24, 60, 10**18 + i, "client", text, 0, 1 + i) for i in range(frames))
    return Finding(
        "SYN002",
        "syn-unanswered",
        Severity.ERROR,
        Confidence.CERTAIN,
        text,
        "a.pcap",
        1,
        (),
        1,
        evidence,
        f"tcp.port == 80 {text}",
        "00",
    )


def group(example: Finding, connections: int = 1, code: str = "SYN002") -> FindingGroup:
    """Findings like this one."""
    numbers = list(range(1, min(connections, 8) + 1))
    example = replace(example, code=code)
    rest = (connections, connections, example, numbers, "What the rule says.")
    return FindingGroup(code, example.name, example.severity, example.confidence, *rest)


def story(
    opening: str = "established", closing: str = "closed", count: int = 1, codes: tuple[str, ...] = ()
) -> StoryGroup:
    """A story told by connection 1."""
    states = ("TIME-WAIT", "LAST-ACK", "TIME-WAIT", "CLOSED")
    return StoryGroup(opening, None, closing, "client", "SyFzf", "sYafF|z", *states, codes, count, 1, 1)


def rung(frame: int = 1, **changes: object) -> Rung:
    """A SYN."""
    made = Rung(frame, 10**18 + frame * 10**6, True, "SYN seq 0", "SYN-SENT", "LISTEN", False, False, (), 0)
    return structs.replace(made, **changes)


@dataclass
class FakeReport:
    """A report that says what it is told."""

    captures: tuple[CaptureInfo, ...] = field(default_factory=lambda: (capture(),))
    told: list[StoryGroup] = field(default_factory=list)
    groups: list[FindingGroup] = field(default_factory=list)
    said: list[Finding] = field(default_factory=list)
    rungs: list[Rung] = field(default_factory=list)
    connection_count: int = 1
    accepted: list[Accepted] = field(default_factory=list)

    @property
    def summary(self) -> Summary:
        return Summary(self.connection_count, {}, {}, {}, len(self.told))

    @property
    def rules_asked(self) -> tuple[Rule, ...]:
        return rules()

    def ends(self, number: int) -> tuple[str, str]:
        return "192.0.2.1:40000", "[2001:db8::1]:80"

    def connections(self, numbers: Iterable[int] | None = None) -> Iterator[Connection]:
        return map(connection, range(1, self.connection_count + 1) if numbers is None else numbers)

    def connection(self, number: int) -> Connection:
        return connection(number)

    @property
    def flagged_count(self) -> int:
        return len(list(self.flagged()))

    def flagged(self) -> Iterator[int]:
        return iter(sorted({f.connection for f in self.said if f.connection}))

    def findings(self) -> Iterator[Finding]:
        return iter(self.said)

    def findings_of(self, number: int) -> list[Finding]:
        return [f for f in self.said if f.connection == number]

    def finding_groups(self) -> list[FindingGroup]:
        return self.groups

    def hosts(self) -> Iterator[HostInfo]:
        """None with three initial numbers."""
        yield from ()

    def stories(self) -> list[StoryGroup]:
        return self.told

    def ladder(self, number: int) -> list[Rung]:
        return self.rungs
