"""What one line of a packet script says: the ends of a connection, or a packet and the rules it breaks.

Every value checks itself when it is made, so a script that makes no sense cannot be held. The module knows
neither the notation nor a byte of a packet. Its one idea: numbers are relative, so that one script is true
for any initial sequence number, and the first server's is one that wraps.
"""

import hashlib
import ipaddress
import re
from dataclasses import dataclass, replace

from handshake_inspect.errors import ScriptError

FLAGS = "SFRP.UEWA"
"SYN, FIN, RST, PSH, ACK, URG, ECE, CWR and AE (RFC 9768), in the order they are printed"

MAX_OPTIONS_BYTES = 40
"sixty bytes of header, the most its data offset can say, without the fixed twenty (RFC 9293 §3.1)"

MAX_PAYLOAD_BYTES = 65535 - 20 - 20 - MAX_OPTIONS_BYTES
"what an IPv4 packet holds behind the longest headers a script can ask for (RFC 791 §3.1)"

ERRORS = {
    "net-unreachable": ((3, 0), (1, 0)),
    "host-unreachable": ((3, 1), (1, 3)),
    "protocol-unreachable": ((3, 2), (4, 1)),
    "port-unreachable": ((3, 3), (1, 4)),
    "too-big": ((3, 4), (2, 0)),
    "net-prohibited": ((3, 9), (1, 1)),
    "host-prohibited": ((3, 10), (1, 1)),
    "admin-prohibited": ((3, 13), (1, 1)),
    "source-quench": ((4, 0), None),
    "ttl-exceeded": ((11, 0), (3, 0)),
    "parameter-problem": ((12, 0), (4, 0)),
}
"name → type and code in ICMP (RFC 792, RFC 1812 §5.2.7) and in ICMPv6 (RFC 4443)"

LONGEST_NS = 10**18
"about thirty years: any capture's length, in numbers every capture format can hold"

CODE = re.compile(r"[A-Z]{2,}[0-9]{3}")
"how a rule code looks"


def _within(what: str, value: int | None, highest: int, lowest: int = 0) -> None:
    if value is not None and not lowest <= value <= highest:
        raise ScriptError(f"{what} {value} lies outside {lowest} to {highest}")


def check_connection(number: int) -> None:
    """ScriptError unless a connection can have this number."""
    _within("connection", number, 65535, 1)


@dataclass(frozen=True)
class End:
    """One end of a connection."""

    address: str
    "IPv4 or IPv6, in its canonical form"
    port: int
    isn: int
    "initial sequence number: what relative number 0 stands for"

    def __post_init__(self) -> None:
        try:
            canonical = str(ipaddress.ip_address(self.address))
        except ValueError:
            raise ScriptError(f"{self.address} is no IP address") from None
        object.__setattr__(self, "address", canonical)
        _within("port", self.port, 65535)
        _within("isn", self.isn, 2**32 - 1)

    @property
    def version(self) -> int:
        """4 or 6."""
        return ipaddress.ip_address(self.address).version


@dataclass(frozen=True)
class Pair:
    """The two ends of one connection."""

    client: End
    server: End

    def __post_init__(self) -> None:
        if self.client.version != self.server.version:
            raise ScriptError(f"{self.client.address} and {self.server.address} are of different IP versions")

    @property
    def version(self) -> int:
        """4 or 6."""
        return self.client.version


# A server number that wraps with its first byte puts the wrap into every script that does not choose another.
FIRST = Pair(End("192.0.2.1", 40000, 1000), End("198.51.100.1", 80, 2**32 - 1))
"the ends of connection 1, unless declared"


@dataclass(frozen=True)
class Segment:
    """A TCP segment as an observer prints it."""

    flags: str
    "letters of `FLAGS`, each at most once, in that order"
    start: int
    "first sequence number, relative to the sender's initial one; may be negative, is counted modulo 2**32"
    length: int = 0
    "payload bytes; SYN and FIN are not counted"
    ack: int | None = None
    "relative to the receiver's initial number; given exactly when the flags have ACK"
    win: int | None = None
    "window as written, not scaled; None leaves it to the compiler"
    options: bytes = b""
    "the option field, without the padding to four bytes"

    def __post_init__(self) -> None:
        if self.flags != "".join(letter for letter in FLAGS if letter in self.flags):
            raise ScriptError(f"flags {self.flags!r} are not letters of {FLAGS}, each once, in that order")
        if ("." in self.flags) != (self.ack is not None):
            raise ScriptError("an acknowledgement number stands if and only if the flags have '.'")
        _within("sequence number", self.start, 2**32 - 1, -(2**32) + 1)
        _within("acknowledgement number", self.ack, 2**32 - 1, -(2**32) + 1)
        _within("payload length", self.length, MAX_PAYLOAD_BYTES)
        _within("win", self.win, 65535)
        _within("options length", len(self.options), MAX_OPTIONS_BYTES)


@dataclass(frozen=True)
class Quote:
    """An ICMP error about a segment of the end it goes to."""

    error: str
    "a name of `ERRORS`, or 'type/code'"
    start: int | None = None
    "which segment is quoted, by its first number; None is the last one"
    length: int = 0
    "and its payload bytes"
    reporter: str | None = None
    "address of who sends it; None is the end it seems to come from"

    def __post_init__(self) -> None:
        if self.error not in ERRORS:
            numbers = re.fullmatch(r"([0-9]{1,3})/([0-9]{1,3})", self.error, re.ASCII)
            if not numbers:
                raise ScriptError(
                    f"{self.error} is no ICMP error; there are type/code and {', '.join(ERRORS)}"
                )
            _within("ICMP type", int(numbers[1]), 255)
            _within("ICMP code", int(numbers[2]), 255)
        _within("quoted sequence number", self.start, 2**32 - 1, -(2**32) + 1)
        _within("quoted payload length", self.length, MAX_PAYLOAD_BYTES)
        if self.reporter is not None:
            object.__setattr__(self, "reporter", End(self.reporter, 0, 0).address)

    def kind(self, version: int) -> tuple[int, int]:
        """Type and code under this IP version; ScriptError where it has no such error."""
        if self.error not in ERRORS:
            kind, code = self.error.split("/")
            return int(kind), int(code)
        found = ERRORS[self.error][version == 6]
        if found is None:
            raise ScriptError(f"ICMPv6 has no {self.error}")
        return found


@dataclass(frozen=True)
class Line:
    """One packet."""

    gap_ns: int
    "nanoseconds since the line before"
    by_client: bool
    content: Segment | Quote
    connection: int = 1
    "its number, from 1"
    ttl: int | None = None
    "TTL or hop limit; None leaves it to the compiler"
    id: int | None = None
    "IPv4 identification; None leaves it to the compiler"
    expect: tuple[str, ...] = ()
    "codes of the rules that should point at this packet"

    def __post_init__(self) -> None:
        _within("time since the line before, in ns,", self.gap_ns, LONGEST_NS)
        check_connection(self.connection)
        _within("ttl", self.ttl, 255)
        _within("id", self.id, 65535)
        for code in self.expect:
            if not CODE.fullmatch(code):
                raise ScriptError(f"{code} is no rule code; one looks like SYN001")


def neighbour(base: Pair, connection: int) -> Pair:
    """The ends of connection n beside connection 1: n - 1 client ports further, its numbers as if drawn."""
    if connection == 1:
        return base
    client, server = (_drawn(base_end, connection) for base_end in (base.client, base.server))
    return Pair(replace(client, port=client.port + connection - 1), server)


def _drawn(end: End, connection: int) -> End:
    """This end with another initial number: one that follows from no other (RFC 9293 §3.4.1)."""
    text = f"{end.address} {end.port} {connection}"
    return replace(end, isn=int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]))
