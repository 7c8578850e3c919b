"""A whole packet script: lines in the order an observer saw them, and the ends they run between.

It checks what no line can know alone. A script that could not be compiled cannot be held.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from handshake_inspect.errors import ScriptError
from handshake_inspect.script.model import (
    FIRST,
    LONGEST_NS,
    End,
    Line,
    Pair,
    Quote,
    Segment,
    check_connection,
    neighbour,
)
from handshake_inspect.script.text import text


class LineError(ScriptError):
    """A line that makes no sense after the lines before it."""

    def __init__(self, position: int, why: str) -> None:
        super().__init__(f"packet {position + 1}: {why}")
        self.position = position
        "of the line, from 0"
        self.why = why


@dataclass(frozen=True)
class Script:
    """Packets in the order an observer saw them; `str()` gives the notation."""

    lines: tuple[Line, ...]
    pairs: Mapping[int, Pair] = field(default_factory=dict, hash=False)
    "the ends of the connections that are declared, by number"

    def __post_init__(self) -> None:
        for connection in self.pairs:
            check_connection(connection)
        elapsed_ns = 0
        for position, line in enumerate(self.lines):
            elapsed_ns += line.gap_ns
            try:
                if elapsed_ns > LONGEST_NS:
                    raise ScriptError(f"the script is longer than {LONGEST_NS} ns here")
                self._check(position, line)
            except ScriptError as error:
                raise LineError(position, str(error)) from None

    def _check(self, position: int, line: Line) -> None:
        version = self.pair(line.connection).version
        if version == 6 and line.id is not None:
            raise ScriptError("IPv6 has no identification")
        if isinstance(line.content, Quote):
            line.content.kind(version)
            self.quoted(position)
            reporter = line.content.reporter
            if reporter is not None and End(reporter, 0, 0).version != version:
                raise ScriptError(f"{reporter} is of another IP version")

    def __str__(self) -> str:
        return text(self.lines, self.pairs)

    @property
    def expected(self) -> list[tuple[str, int]]:
        """The rule codes the script names, each with the frame it points at, counted from 1."""
        return [(code, frame) for frame, line in enumerate(self.lines, 1) for code in line.expect]

    def pair(self, connection: int) -> Pair:
        """The ends of a connection: as declared, or those beside connection 1."""
        declared = self.pairs.get(connection)
        return neighbour(self.pairs.get(1, FIRST), connection) if declared is None else declared

    def quoted(self, position: int) -> tuple[int, Segment]:
        """What the ICMP error at this position quotes: the frame it came in, and the segment.

        It is the last segment of the end the error goes to, or the last with the numbers the error gives.
        Frame 0 is a segment nobody sent: a blind attacker quotes such numbers (RFC 5927 §4), so a script can
        say them too. ScriptError where there is nothing to quote.
        """
        line = self.lines[position]
        if not isinstance(line.content, Quote):
            raise ScriptError("the line is no ICMP error")
        numbers = (line.content.start, line.content.length)
        for earlier in range(position, 0, -1):
            other = self.lines[earlier - 1]
            if other.connection != line.connection or other.by_client == line.by_client:
                continue
            sent = other.content
            if isinstance(sent, Segment) and (numbers[0] is None or numbers == (sent.start, sent.length)):
                return earlier, sent
        if numbers[0] is None:
            raise ScriptError("the ICMP error has no segment to quote")
        return 0, Segment(".", numbers[0], numbers[1], 0)
