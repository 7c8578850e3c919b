"""Tags before IP and packets inside packets: the innermost segment is what comes out."""

import struct

import pytest

from tests.decode.samples import batch_of, by_objects, counted, ethernet, ipv4, ipv6, one, rows, tcp_header

INNER = ipv4(tcp_header(seq=4242, data=b"abc"), ttl=9, id=5)
INNER_6 = ipv6(tcp_header(seq=4242, data=b"abc"))
LABEL, LAST_LABEL = b"\0\x01\x20\xff", b"\0\x01\x21\xff"
VXLAN = b"\x08\0\0\0\0\0\x2a\0"


def tagged(*types: int) -> bytes:
    """An Ethernet frame with a VLAN tag before each type after the first."""
    tags = b"".join(struct.pack(">HH", 7, kind) for kind in types[1:])
    return ethernet(tags + INNER, types[0])


def pppoe(body: bytes, code: int = 0) -> bytes:
    """An Ethernet frame of a PPPoE session."""
    return ethernet(struct.pack(">BBHH", 0x11, code, 7, len(body)) + body, 0x8864)


def gre(kind: int, body: bytes, flags: int = 0, fields: bytes = b"") -> bytes:
    """An Ethernet frame with GRE."""
    return ethernet(ipv4(struct.pack(">HH", flags, kind) + fields + body, p=47))


def datagram(port: int, body: bytes) -> bytes:
    """An Ethernet frame with a UDP datagram."""
    return ethernet(ipv4(struct.pack(">HHHH", 50000, port, 8 + len(body), 0) + body, p=17))


WRAPPED = {
    "vlan": tagged(0x8100, 0x0800),
    "qinq": tagged(0x88A8, 0x8100, 0x0800),
    "qinq with the old type": tagged(0x9100, 0x8100, 0x0800),
    "mpls": ethernet(LAST_LABEL + INNER, 0x8847),
    "mpls stack": ethernet(LABEL + LABEL + LAST_LABEL + INNER, 0x8847),
    "mpls multicast, ipv6": ethernet(LAST_LABEL + INNER_6, 0x8848),
    "pseudowire with control word": ethernet(LAST_LABEL + bytes(4) + ethernet(INNER), 0x8847),
    "pppoe": pppoe(b"\0\x21" + INNER),
    "pppoe, short protocol": pppoe(b"\x21" + INNER),
    "pppoe, ipv6": pppoe(b"\0\x57" + INNER_6),
    "ip in ip": ethernet(ipv4(INNER, p=4)),
    "ipv6 in ip": ethernet(ipv4(INNER_6, p=41)),
    "ip in ipv6": ethernet(ipv6(INNER, nxt=4), 0x86DD),
    "ip in ip in ip": ethernet(ipv4(ipv4(INNER, p=4), p=4)),
    "gre": gre(0x0800, INNER),
    "gre with key": gre(0x0800, INNER, 0x2000, bytes(4)),
    "gre with all": gre(0x86DD, INNER_6, 0xB000, bytes(12)),
    "gre bridge": gre(0x6558, ethernet(INNER)),
    "vxlan": datagram(4789, VXLAN + ethernet(INNER)),
    "vxlan with a tag": datagram(4789, VXLAN + tagged(0x8100, 0x0800)),
    "geneve": datagram(6081, b"\0\0\x65\x58\0\0\x2a\0" + ethernet(INNER)),
    "geneve with options": datagram(6081, b"\x02\0\x08\0\0\0\x2a\0" + bytes(8) + INNER),
}


@pytest.mark.parametrize("name", WRAPPED)
def test_the_innermost_segment_comes_out(name: str) -> None:
    """Every wrapping leads to the same segment in both lanes, with its own IP header's fields."""
    row = one(WRAPPED[name])
    assert isinstance(row, dict), row
    assert (row["seq"], row["payload_bytes"]) == (4242, 3)
    assert (row["ttl"], row["ip_id"]) == ((9, 5) if row["version"] == 4 else (62, 0))
    batch = batch_of([WRAPPED[name]])
    assert rows(by_objects(batch).segments) == [row]
    assert rows(by_objects(batch).offers) == rows(counted(batch).offers)


def test_all_wrappings_in_one_batch() -> None:
    """Frames that take different ways stay in order, each with what it says alone."""
    frames = [*WRAPPED.values(), ethernet(ipv4(tcp_header()))]
    found = counted(batch_of(frames))
    assert found.segments.frame.tolist() == list(range(1, len(frames) + 1))
    alone = [one(frame) for frame in frames]
    for row, expected in zip(rows(found.segments), alone, strict=True):
        same = (
            "version",
            "source_high",
            "source_low",
            "seq",
            "ttl",
            "ip_id",
            "payload_bytes",
            "options_bytes",
        )
        assert {name: row[name] for name in same} == {name: expected[name] for name in same}


def test_acknowledged_gre_carries_ppp() -> None:
    """PPTP's GRE has a key and may have an acknowledgment (RFC 2637 §4.1). dpkt reads no PPP behind it."""
    row = one(gre(0x880B, b"\xff\x03\0\x21" + INNER, 0x3081, bytes(12)))
    assert isinstance(row, dict)
    assert row["seq"] == 4242


def test_bridged_frame_without_a_control_word() -> None:
    """A label may carry an Ethernet frame as it is."""
    row = one(ethernet(LAST_LABEL + ethernet(INNER), 0x8847))
    assert isinstance(row, dict)
    assert row["seq"] == 4242


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (pppoe(b"\0\x21" + INNER, code=9), "not ip"),
        (pppoe(b"\xc0\x21" + INNER), "not ip"),
        (gre(0x0800, INNER, 0x4000, bytes(4)), "gre"),
        (gre(0x0800, INNER, 0x0001, bytes(4)), "gre"),
        (gre(0x0800, INNER, 0x0002), "gre"),
        (gre(0x1234, INNER), "not ip"),
        (datagram(53, bytes(30)), "udp"),
        (datagram(4789, bytes(8) + ethernet(INNER)), "udp"),
        (datagram(6081, b"\x40" + bytes(7) + ethernet(INNER)), "udp"),
        (datagram(4789, VXLAN + ethernet(bytes(28), 0x0806)), "arp"),
        (datagram(4789, b"\x08"), "headers cut"),
        (ethernet(ipv4(ipv4(bytes(8), p=17), p=4)), "udp"),
        (ethernet(LAST_LABEL, 0x8847), "headers cut"),
    ],
)
def test_wrappings_without_a_segment(frame: bytes, reason: str) -> None:
    """A wrapping that is not understood, or holds no segment, is counted by what was found."""
    assert one(frame) == reason


def test_ip_in_ip_ends() -> None:
    """A packet that holds packets all the way down is skipped."""
    packet = INNER
    for _ in range(60):
        packet = ipv4(packet, p=4)
    assert one(ethernet(packet)) == "too many headers"
