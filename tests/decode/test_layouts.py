"""The record dtypes made of dpkt's declarations."""

import struct

import dpkt
import numpy as np
import pytest

from handshake_inspect.decode import layouts

MADE = {
    dpkt.ethernet.Ethernet: layouts.ETHERNET_HEADER,
    dpkt.ip.IP: layouts.IPV4_HEADER,
    dpkt.ip6.IP6: layouts.IPV6_HEADER,
    dpkt.tcp.TCP: layouts.TCP_HEADER,
    dpkt.udp.UDP: layouts.UDP_HEADER,
    dpkt.icmp.ICMP: layouts.ICMP_HEADER,
    dpkt.gre.GRE: layouts.GRE_HEADER,
    dpkt.sll.SLL: layouts.COOKED_1,
    dpkt.sll2.SLL2: layouts.COOKED_2,
    dpkt.pppoe.PPPoE: layouts.PPPOE_HEADER,
}


@pytest.mark.parametrize(("packet", "made"), MADE.items(), ids=lambda item: getattr(item, "__name__", None))
def test_layout_reads_what_dpkt_packs(packet: type[dpkt.Packet], made: layouts.Layout) -> None:
    """Every field of a header with distinct bytes reads the same through the dtype and through dpkt."""
    data = bytes(range(0x45, 0x45 + packet.__hdr_len__))
    (record,) = np.frombuffer(data, made)
    fields = zip(packet.__hdr_fields__, struct.unpack(packet.__hdr_fmt__, data), strict=True)
    for name, expected in fields:
        value = record[name]
        if isinstance(expected, int):
            assert int(value) == expected
        elif made[name].kind == "V" and made[name].subdtype is None:
            assert value.tobytes() == expected
        else:
            assert b"".join(int(part).to_bytes(part.itemsize) for part in value.reshape(-1)) == expected


def test_quoted_header_is_the_front_of_a_header() -> None:
    """The first 8 bytes of TCP are its ports and sequence number (RFC 792)."""
    assert layouts.TCP_QUOTED.itemsize == 8
    assert {n: layouts.TCP_QUOTED.fields[n][1] for n in layouts.TCP_QUOTED.names} == {
        "sport": 0,
        "dport": 2,
        "seq": 4,
    }
