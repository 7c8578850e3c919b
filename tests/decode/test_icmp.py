"""ICMP errors that quote a segment, and messages that do not."""

import pytest

from tests.decode.samples import (
    CLIENT,
    SERVER,
    batch_of,
    by_objects,
    counted,
    ethernet,
    ipv4,
    ipv6,
    one,
    rows,
    tcp_header,
)

ROUTER = b"\x0a\x00\x00\xfe"
ISN = 2**32 - 1
QUOTED = ipv4(tcp_header(seq=ISN))[:28]
QUOTED_6 = ipv6(tcp_header(seq=ISN))


def error(kind: int, code: int, quoted: bytes) -> bytes:
    """An ICMP message from a router to the client."""
    return ethernet(ipv4(bytes([kind, code, 0, 0, 0, 0, 0, 0]) + quoted, p=1, src=ROUTER, dst=CLIENT))


def error_6(kind: int, code: int, quoted: bytes) -> bytes:
    """An ICMPv6 message."""
    return ethernet(ipv6(bytes([kind, code, 0, 0, 0, 0, 0, 0]) + quoted, nxt=58), 0x86DD)


@pytest.mark.parametrize(
    ("kind", "code"), [(3, 1), (3, 3), (3, 4), (3, 13), (4, 0), (5, 1), (11, 0), (12, 0)]
)
def test_every_error_quotes(kind: int, code: int) -> None:
    """An error names the quoted segment's ends and sequence number, and who reported it."""
    row = one(error(kind, code, QUOTED))
    assert isinstance(row, dict), row
    assert (row["icmp_type"], row["icmp_code"], row["seq"]) == (kind, code, ISN)
    assert (row["source_low"], row["source_port"]) == (int.from_bytes(CLIENT), 40000)
    assert (row["target_low"], row["target_port"]) == (int.from_bytes(SERVER), 80)
    assert (row["version"], row["reporter_high"], row["reporter_low"]) == (4, 0, int.from_bytes(ROUTER))
    assert rows(by_objects(batch_of([error(kind, code, QUOTED)])).quotes) == [row]


CHAIN = {
    "nothing": ipv6(tcp_header(seq=ISN)),
    "hop-by-hop": ipv6(b"\x06\0\x05\x02\0\0\1\0" + tcp_header(seq=ISN), nxt=0),
    "authentication": ipv6(b"\x06\x04\0\0" + bytes(20) + tcp_header(seq=ISN), nxt=51),
    "first fragment": ipv6(b"\x06\0\0\1" + bytes(4) + tcp_header(seq=ISN), nxt=44),
    "two headers": ipv6(b"\x3c\0" + bytes(6) + b"\x06\1" + bytes(14) + tcp_header(seq=ISN), nxt=0),
}


@pytest.mark.parametrize("kind", [1, 2, 3, 4])
@pytest.mark.parametrize("chain", CHAIN)
def test_every_error_of_version_6_quotes(kind: int, chain: str) -> None:
    """ICMPv6 errors quote as ICMP's do, behind any extension headers."""
    frame = error_6(kind, 0, CHAIN[chain])
    row = one(frame)
    assert isinstance(row, dict), row
    assert (row["version"], row["icmp_type"], row["seq"], row["source_port"]) == (6, kind, ISN, 40000)
    assert (row["source_low"], row["target_low"], row["reporter_low"]) == (1, 2, 1)
    assert rows(by_objects(batch_of([frame])).quotes) == [row]


@pytest.mark.parametrize(
    "frame",
    [
        error(8, 0, bytes(30)),
        error(0, 0, bytes(30)),
        error(3, 3, ipv4(bytes(8), p=17)),
        error(3, 3, QUOTED[:-1]),
        error(3, 3, b""),
        error(3, 3, b"\x55" + QUOTED[1:]),
        error(3, 3, b"\x44" + QUOTED[1:]),
        error(3, 3, ipv4(bytes(8), offset=9)),
        error_6(128, 0, bytes(50)),
        error_6(135, 0, bytes(16)),
        error_6(1, 4, ipv6(bytes(8), nxt=17)),
        error_6(1, 4, QUOTED_6[:47]),
        error_6(1, 4, b"\x40" + QUOTED_6[1:]),
        error_6(1, 4, ipv6(b"\x06\0\0\x08" + bytes(12), nxt=44)),
        error_6(1, 4, ipv6(b"\x06\xff" + bytes(40), nxt=0)),
    ],
)
def test_other_messages_are_counted(frame: bytes) -> None:
    """Echoes, errors about other protocols and quotations too short to name a segment are 'icmp'."""
    assert one(frame) == "icmp"


def test_cut_message() -> None:
    """A message whose own header is not captured is cut."""
    whole = error(3, 3, QUOTED)
    assert one(whole[:37], original=[len(whole)]) == "headers cut"


def test_quotes_beside_segments() -> None:
    """A batch gives both tables, each in the order of its frames, IPv4 and IPv6 mixed."""
    frames = [
        error_6(1, 4, QUOTED_6),
        ethernet(ipv4(tcp_header())),
        error(3, 3, QUOTED),
        error(8, 0, b"ping"),
    ]
    found = counted(batch_of(frames))
    assert found.quotes.frame.tolist() == [1, 3]
    assert found.quotes.version.tolist() == [6, 4]
    assert found.segments.frame.tolist() == [2]
    assert found.skipped == {"icmp": 1}
