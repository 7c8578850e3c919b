"""From the notation to a script: what each line says, and which line says nothing sensible.

It knows the words, not what they are for. Each number that can be said twice is said twice, and the two must
agree: a slip of the pen is an error with its line, never another packet.
"""

import re
from dataclasses import replace
from typing import NamedTuple

from handshake_inspect.errors import ScriptError
from handshake_inspect.script.model import FIRST, End, Line, Pair, Quote, Segment, check_connection, neighbour
from handshake_inspect.script.options import encode
from handshake_inspect.script.script import LineError, Script

CONNECTION = r"(?:\[([0-9]{1,5})\]\s*)?"
NUMBER = r"(-?[0-9]{1,10})"
DECLARATION = re.compile(CONNECTION + r"(client|server)\s+(\S+)(?:\s+isn\s+([0-9]{1,10}))?")
ENDPOINT = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<four>[0-9.]+)):(?P<port>[0-9]{1,5})")
PACKET = re.compile(r"\+([0-9]{1,10})(?:\.([0-9]{1,9}))?\s+" + CONNECTION + r"([<>])\s+(\S.*)")
SEGMENT = re.compile(rf"(\S+)\s+{NUMBER}:{NUMBER}\(([0-9]{{1,6}})\)(.*)")
QUOTE = re.compile(rf"icmp\s+([a-z0-9/-]+)(?:\s+\({NUMBER}:{NUMBER}\))?(.*)")
WORD = re.compile(r"\s+(?:<([^<>]*)>|(ack|win|ttl|id|from)\s+([^\s<>]+))")
ALMOST_CODE = re.compile(r"[A-Z]{2,}[0-9]")


class _Declared(NamedTuple):
    """A `client` or `server` line."""

    line: int
    end: End
    has_isn: bool


def parse(notation: str) -> Script:
    """Read a packet script.

    Raises ScriptError with the number of the line that says nothing sensible.
    """
    declared: dict[tuple[int, str], _Declared] = {}
    lines: list[Line] = []
    numbers: list[int] = []
    for number, raw in enumerate(notation.splitlines(), 1):
        statement, _, comment = (part.strip() for part in raw.partition("#"))
        if not statement:
            continue
        try:
            if statement.startswith("+"):
                lines.append(_packet(statement, _codes(comment)))
                numbers.append(number)
                continue
            if lines:
                raise ScriptError("ends are declared before the first packet, and packets begin with '+'")
            connection, role, end, has_isn = _declaration(statement)
            if (connection, role) in declared:
                raise ScriptError(f"the {role} of connection {connection} is declared twice")
            declared[connection, role] = _Declared(number, end, has_isn)
        except ScriptError as error:
            raise ScriptError(f"line {number}: {error}") from None
    pairs = _pairs(declared)
    try:
        return Script(tuple(lines), pairs)
    except LineError as error:
        raise ScriptError(f"line {numbers[error.position]}: {error.why}") from None


def _codes(comment: str) -> tuple[str, ...]:
    """The rule codes a comment consists of; a comment that does not begin like one is for people."""
    return tuple(comment.split()) if ALMOST_CODE.match(comment) else ()


def _declaration(statement: str) -> tuple[int, str, End, bool]:
    found = DECLARATION.fullmatch(statement)
    if not found:
        raise ScriptError("neither a packet ('+0.010 > …') nor ends ('client 192.0.2.1:40000 isn 1000')")
    connection, role, endpoint, isn = found.groups()
    where = ENDPOINT.fullmatch(endpoint)
    if not where:
        raise ScriptError(f"{endpoint} is no address with a port, such as 192.0.2.1:80 or [2001:db8::1]:80")
    end = End(where["six"] or where["four"], int(where["port"]), int(isn or 0))
    if end.version != (6 if where["six"] else 4):
        raise ScriptError(f"{endpoint}: brackets are for IPv6")
    number = int(connection or 1)
    check_connection(number)
    return number, role, end, isn is not None


def _pairs(declared: dict[tuple[int, str], _Declared]) -> dict[int, Pair]:
    """The ends of each connection with a declaration; what is not said is as beside connection 1."""
    pairs: dict[int, Pair] = {}
    for connection in sorted({connection for connection, _ in declared}):
        beside = neighbour(pairs.get(1, FIRST), connection)
        client, server = declared.get((connection, "client")), declared.get((connection, "server"))
        try:
            pairs[connection] = Pair(
                _with_isn(client, beside.client) if client else beside.client,
                _with_isn(server, beside.server) if server else beside.server,
            )
        except ScriptError as error:
            line = max(end.line for end in (client, server) if end)
            raise ScriptError(f"line {line}: {error}") from None
    return pairs


def _with_isn(declared: _Declared, base: End) -> End:
    return declared.end if declared.has_isn else replace(declared.end, isn=base.isn)


def _packet(statement: str, expect: tuple[str, ...]) -> Line:
    found = PACKET.fullmatch(statement)
    if not found:
        raise ScriptError(
            "no packet; one looks like '+0.010 > S 0:0(0) win 64240' or '+1 [2] < . 1:1(0) ack 1'"
        )
    seconds, fraction, connection, arrow, rest = found.groups()
    content, words = _quote(rest) if re.match(r"icmp\b", rest) else _segment(rest)
    ttl, identification = (_number(words.pop(word, None)) for word in ("ttl", "id"))
    if words:
        raise ScriptError(f"{next(iter(words))!r} has no place in {rest!r}")
    return Line(
        gap_ns=int(seconds) * 10**9 + int((fraction or "").ljust(9, "0")),
        by_client=arrow == ">",
        content=content,
        connection=int(connection or 1),
        ttl=ttl,
        id=identification,
        expect=expect,
    )


def _segment(rest: str) -> tuple[Segment, dict[str, str]]:
    found = SEGMENT.fullmatch(rest)
    if not found:
        raise ScriptError(f"{rest!r} is no segment; one begins like 'P. 1:101(100)'")
    flags, start, end, length, tail = found.groups()
    if int(end) - int(start) != int(length):
        raise ScriptError(f"{start}:{end} is {int(end) - int(start)} bytes long, not {length}")
    words = _words(tail)
    segment = Segment(
        flags="" if flags == "-" else flags,
        start=int(start),
        length=int(length),
        ack=_number(words.pop("ack", None)),
        win=_number(words.pop("win", None)),
        options=encode(words.pop("<")) if "<" in words else b"",
    )
    return segment, words


def _quote(rest: str) -> tuple[Quote, dict[str, str]]:
    found = QUOTE.fullmatch(rest)
    if not found:
        raise ScriptError(f"{rest!r} is no ICMP error; one looks like 'icmp host-unreachable (0:0)'")
    error, start, end, tail = found.groups()
    words = _words(tail)
    reporter = words.pop("from", None)
    if start is None:
        return Quote(error, reporter=reporter), words
    return Quote(error, int(start), int(end) - int(start), reporter), words


def _words(tail: str) -> dict[str, str]:
    """The words behind what is said first, each once; the options stand under '<'."""
    words: dict[str, str] = {}
    position = 0
    while position < len(tail):
        found = WORD.match(tail, position)
        if not found:
            raise ScriptError(
                f"{tail[position:].strip()!r} is not understood; there are ack, win, <…>, ttl, id, from"
            )
        word, value = ("<", found[1]) if found[1] is not None else (found[2], found[3])
        if word in words:
            raise ScriptError(f"{word!r} is said twice")
        words[word] = value
        position = found.end()
    return words


def _number(digits: str | None) -> int | None:
    if digits is None:
        return None
    if not re.fullmatch(NUMBER, digits):
        raise ScriptError(f"{digits} is no whole number of at most ten digits")
    return int(digits)
