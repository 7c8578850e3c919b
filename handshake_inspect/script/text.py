"""The printed form of a script: one line a packet, as short as it can be and still parse back to the same.

It decides nothing about TCP.
"""

from collections.abc import Mapping, Sequence

from handshake_inspect.script.model import End, Line, Pair, Quote, Segment
from handshake_inspect.script.options import decode

SECOND_NS = 10**9


def text(lines: Sequence[Line], pairs: Mapping[int, Pair]) -> str:
    """The notation of packet lines between declared ends, with a line feed behind each line."""
    declared = [
        f"{_tag(number)}{role} {_end(end)}"
        for number, pair in sorted(pairs.items())
        for role, end in (("client", pair.client), ("server", pair.server))
    ]
    return "".join(f"{line}\n" for line in [*declared, *map(_line, lines)])


def _tag(connection: int) -> str:
    return f"[{connection}] " if connection > 1 else ""


def _end(end: End) -> str:
    address = f"[{end.address}]" if end.version == 6 else end.address
    return f"{address}:{end.port} isn {end.isn}"


def _line(line: Line) -> str:
    arrow = ">" if line.by_client else "<"
    content = _segment(line.content) if isinstance(line.content, Segment) else _quote(line.content)
    extras = [f"{name} {value}" for name, value in (("ttl", line.ttl), ("id", line.id)) if value is not None]
    expect = ["# " + " ".join(line.expect)] if line.expect else []
    return " ".join([f"{_gap(line.gap_ns)} {_tag(line.connection)}{arrow}", content, *extras, *expect])


def _gap(gap_ns: int) -> str:
    """Seconds, to the millisecond or as much finer as it takes."""
    whole, rest = divmod(gap_ns, SECOND_NS)
    digits = f"{rest:09}"
    return f"+{whole}.{digits[:3]}{digits[3:].rstrip('0')}"


def _range(start: int, length: int) -> str:
    return f"{start}:{start + length}({length})"


def _segment(segment: Segment) -> str:
    words = [segment.flags or "-", _range(segment.start, segment.length)]
    if segment.ack is not None:
        words.append(f"ack {segment.ack}")
    if segment.win is not None:
        words.append(f"win {segment.win}")
    if segment.options:
        words.append(f"<{decode(segment.options)}>")
    return " ".join(words)


def _quote(quote: Quote) -> str:
    words = ["icmp", quote.error]
    if quote.start is not None:
        words.append(f"({quote.start}:{quote.start + quote.length})")
    if quote.reporter is not None:
        words.append(f"from {quote.reporter}")
    return " ".join(words)
