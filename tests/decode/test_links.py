"""Every link type is fed the standard handshake behind its header, and frames that are something else."""

import struct

import pytest

from handshake_inspect.decode import layouts
from handshake_inspect.decode.layers import LAYERS, MOST_LAYERS, Space
from handshake_inspect.decode.objects import OPENERS
from tests.decode.samples import (
    CLIENT_ISN,
    SERVER_ISN,
    batch_of,
    by_objects,
    counted,
    ethernet,
    handshake,
    ipv4,
    ipv6,
    one,
    rows,
    tcp_header,
)

COOKED = struct.pack(">HHH8s", 0, 1, 6, b"\x02\0\0\0\0\x01\0\0")
DATA_TO_ACCESS_POINT = b"\x08\x01\0\0" + bytes(18) + b"\0\0"
SNAP = b"\xaa\xaa\x03\0\0\0\x08\x00"
RADIOTAP = b"\0\0\x08\0\0\0\0\0"

HEADERS = {
    0: b"\x02\0\0\0",
    1: ethernet(b""),
    9: b"\xff\x03\x00\x21",
    12: b"",
    14: b"",
    50: b"\xff\x03\x00\x21",
    51: b"\x11\0\0\x07\0\x2a\0\x21",
    101: b"",
    104: b"\x0f\0\x08\0",
    105: DATA_TO_ACCESS_POINT + SNAP,
    108: b"\0\0\0\x02",
    113: COOKED + b"\x08\0",
    127: RADIOTAP + DATA_TO_ACCESS_POINT + SNAP,
    204: b"\x01\xff\x03\x00\x21",
    205: b"\x01\x0f\0\x08\0",
    228: b"",
    276: struct.pack(">HHiHBB8s", 0x0800, 0, 3, 1, 0, 6, b"\x02\0\0\0\0\x01\0\0"),
}
"What stands before an IPv4 packet, by link type; type 239 wraps it, and 229 is IPv6 only."


def expect_handshake(segments: list[dict[str, object]]) -> None:
    """The three segments of `handshake()`."""
    assert [row["seq"] for row in segments] == [CLIENT_ISN, SERVER_ISN, CLIENT_ISN + 1]
    assert [row["flags"] for row in segments] == [2, 0x12, 0x10]
    assert {row["payload_bytes"] for row in segments} == {0}


@pytest.mark.parametrize("link_type", HEADERS)
def test_handshake_behind_every_link_header(link_type: int) -> None:
    """A handshake is the same three segments behind any link header, in both lanes."""
    batch = batch_of([HEADERS[link_type] + packet for packet in handshake()], link_type)
    expect_handshake(rows(counted(batch).segments))
    assert rows(by_objects(batch).segments) == rows(counted(batch).segments)


def test_every_link_type_is_tried() -> None:
    """No link type of either lane is without the test above, or one of its own."""
    columns = {number for space, number in LAYERS if space is Space.LINK}
    assert columns | set(OPENERS) == set(HEADERS) | {layouts.LINK_NFLOG, layouts.LINK_IPV6}


def test_ipv6_behind_each_link_header() -> None:
    """IPv6 is found by type, by family or by its first bits, in either byte order of the family."""
    packet = ipv6(tcp_header())
    headers = {
        1: [ethernet(b"", 0x86DD)],
        9: [b"\xff\x03\x00\x57", b"\x00\x57", b"\x57", b"\xff\x03\x57"],
        101: [b""],
        229: [b""],
        113: [COOKED + b"\x86\xdd"],
        0: [bytes([f, 0, 0, 0]) for f in (10, 24, 28, 30)] + [bytes([0, 0, 0, f]) for f in (10, 24, 28, 30)],
    }
    for link_type, heads in headers.items():
        for head in heads:
            row = one(head + packet, link_type)
            assert isinstance(row, dict), (link_type, head, row)
            assert (row["version"], row["ttl"], row["ip_id"]) == (6, 62, 0)
            assert (row["source_high"], row["source_low"]) == (0x20010DB8 << 32, 1)
            assert (row["target_high"], row["target_low"]) == (0x20010DB8 << 32, 2)


@pytest.mark.parametrize("order", ["<", ">"])
def test_netfilter_log_in_either_byte_order(order: str) -> None:
    """The attribute with the packet is found behind others, whichever host wrote them."""
    prefix = b"\x02\0\0\0" + struct.pack(f"{order}HHI", 8, 5, 7) + struct.pack(f"{order}HHHH", 7, 10, 9, 0)
    frames = [
        prefix + struct.pack(f"{order}HH", 4 + len(packet), 9) + packet + b"\0" * 5 for packet in handshake()
    ]
    expect_handshake(rows(counted(batch_of(frames, layouts.LINK_NFLOG)).segments))


def test_netfilter_log_without_a_packet() -> None:
    """A log entry whose attributes end, loop or never hold a packet is skipped."""
    head = b"\x02\0\0\0"
    assert one(head + struct.pack("<HH", 4, 5), layouts.LINK_NFLOG) == "headers cut"
    assert one(head + struct.pack("<HHI", 0, 5, 0), layouts.LINK_NFLOG) == "not ip"
    assert one(head + struct.pack("<HH", 4, 5) * 100, layouts.LINK_NFLOG) == "not ip"


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (ethernet(bytes(28), 0x0806), "arp"),
        (ethernet(bytes(50), 0x88CC), "not ip"),
        (ethernet(b"\x42\x42\x03" + bytes(35), 38), "not ip"),
        (ethernet(b"", 38), "not ip"),
        (b"\x02\0\0\0\0", "headers cut"),
        (b"", "headers cut"),
    ],
)
def test_other_frames_have_a_reason(frame: bytes, reason: str) -> None:
    """What is not IP is counted by what it is."""
    assert one(frame) == reason


def test_snap_carries_ip() -> None:
    """IP behind 802.2 with SNAP is found, its length field being no type (RFC 1042)."""
    packet = ipv4(tcp_header())
    row = one(ethernet(SNAP + packet, len(SNAP + packet)))
    assert isinstance(row, dict)
    assert row["seq"] == CLIENT_ISN


def test_unknown_link_type() -> None:
    """Frames of a link type that neither lane knows are counted under its number."""
    assert one(bytes(60), 147) == "link type 147"


def test_protected_wireless_frame_is_not_read() -> None:
    """An encrypted 802.11 frame is not taken for what its ciphertext looks like."""
    protected = b"\x08\x41" + DATA_TO_ACCESS_POINT[2:]
    assert one(protected + SNAP + ipv4(tcp_header()), 105) == "not ip"


def test_link_types_may_be_mixed() -> None:
    """Frames of several link types in one batch come out in their order, whichever lane reads them."""
    packets = handshake()
    frames = [HEADERS[127] + packets[0], HEADERS[1] + packets[1], b"\0" * 9, HEADERS[113] + packets[2]]
    found = counted(batch_of(frames, [127, 1, 147, 113]))
    expect_handshake(rows(found.segments))
    assert found.segments.frame.tolist() == [1, 2, 4]
    assert found.offers.frame.tolist() == [1, 2]


def test_layers_are_limited() -> None:
    """A frame of nothing but tags ends, and so does a chain that comes back to itself."""
    assert one(ethernet(b"\0\0\x81\0" * (MOST_LAYERS + 9), 0x8100)) == "too many headers"
    assert one(ethernet(b"\0\0\0\0" * (MOST_LAYERS + 9), 0x8847)) == "too many headers"
