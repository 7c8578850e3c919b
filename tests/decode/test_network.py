"""IPv4 and IPv6: lengths, options, extension headers and fragments."""

import struct

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


def segment(frame: bytes, **given: object) -> dict[str, object]:
    """The one segment of a frame, the same in both lanes."""
    row = one(frame, **given)
    assert isinstance(row, dict), row
    assert rows(by_objects(batch_of([frame], **given)).segments) == [row]
    return row


def test_addresses_and_hop_count() -> None:
    """Addresses stand in the low half as numbers; time to live and identification are the header's."""
    row = segment(ethernet(ipv4(tcp_header())))
    assert row["source_low"] == int.from_bytes(CLIENT)
    assert row["target_low"] == int.from_bytes(SERVER)
    assert (row["source_high"], row["target_high"]) == (0, 0)
    assert (row["version"], row["ttl"], row["ip_id"]) == (4, 61, 77)


def test_both_versions_in_one_batch() -> None:
    """IPv4 and IPv6 rows keep their own addresses and their frames' order."""
    frames = [
        ethernet(ipv6(tcp_header()), 0x86DD),
        ethernet(ipv4(tcp_header())),
        ethernet(ipv6(tcp_header()), 0x86DD),
    ]
    found = counted(batch_of(frames))
    assert found.segments.version.tolist() == [6, 4, 6]
    assert rows(found.segments) == rows(by_objects(batch_of(frames)).segments)


@pytest.mark.parametrize("behind", [b"", b"\0" * 6, b"\xff" * 4, b"trailer"])
def test_what_follows_the_packet_never_counts(behind: bytes) -> None:
    """Payload is by the IP length: padding, a frame check sequence or a trailer add nothing."""
    assert segment(ethernet(ipv4(tcp_header(data=b"abc")) + behind))["payload_bytes"] == 3
    assert segment(ethernet(ipv6(tcp_header(data=b"abc")) + behind, 0x86DD))["payload_bytes"] == 3


def test_padding_is_not_read_as_header() -> None:
    """A data offset past the packet's end is wrong even if padding would fill it."""
    assert one(ethernet(ipv4(tcp_header(off=8)) + bytes(40))) == "bad tcp header"


def test_ip_options_are_stepped_over() -> None:
    """The header is as long as it says."""
    row = segment(ethernet(ipv4(tcp_header(data=b"abcd"), opts=b"\x94\x04\0\0" + b"\1" * 8)))
    assert (row["payload_bytes"], row["source_port"]) == (4, 40000)


def test_length_of_zero_reaches_to_the_end_of_the_frame() -> None:
    """Segmentation offload leaves the length 0: the frame's length on the wire counts, captured or not."""
    old = ethernet(ipv4(tcp_header(data=bytes(3000)), len=0))
    new = ethernet(ipv6(tcp_header(data=bytes(3000)), plen=0), 0x86DD)
    for frame in (old, new):
        assert segment(frame)["payload_bytes"] == 3000
        assert segment(frame[:100], original=[len(frame)])["payload_bytes"] == 3000


def test_frame_check_sequence_is_taken_off() -> None:
    """Where nothing else bounds a packet, the check sequence of its interface is no payload."""
    from handshake_inspect.decode import decode

    frame = ethernet(ipv4(tcp_header(data=bytes(100)), len=0) + b"\xab\xcd\xef\x01")
    batch = batch_of([frame, frame], interfaces=[0, 1])
    assert decode(batch, fcs_bytes={1: 4}).segments.payload_bytes.tolist() == [104, 100]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"v": 5}, "bad ip header"),
        ({"hl": 4}, "bad ip header"),
        ({"len": 12}, "bad ip header"),
        ({"len": 39}, "bad tcp header"),
        ({"offset": 3}, "ip fragment"),
        ({"p": 17}, "udp"),
        ({"p": 132}, "sctp"),
        ({"p": 200}, "ip protocol 200"),
    ],
)
def test_other_packets_have_a_reason(change: dict[str, int], reason: str) -> None:
    """A header that contradicts itself and a packet that is no segment are told apart."""
    assert one(ethernet(ipv4(tcp_header(), **change))) == reason


def test_ipv6_of_another_version() -> None:
    """An IPv6 type with another version is no IPv6 packet."""
    assert one(ethernet(b"\x40" + ipv6(tcp_header())[1:], 0x86DD)) == "bad ip header"


HOP_BY_HOP = b"\x00" + b"\x05\x02\0\0\1\0"
ROUTING = b"\x02\x00\0\0\0\0\0" + bytes(16)


def chained(*headers: tuple[int, bytes]) -> bytes:
    """A SYN with payload 'abc' behind extension headers: of each its number, and all but its first byte."""
    numbers = [number for number, _ in headers] + [6]
    body = b"".join(bytes([numbers[i + 1]]) + rest for i, (_, rest) in enumerate(headers))
    return ethernet(ipv6(body + tcp_header(data=b"abc"), nxt=numbers[0]), 0x86DD)


@pytest.mark.parametrize(
    "headers",
    [
        [(0, HOP_BY_HOP)],
        [(60, HOP_BY_HOP)],
        [(43, ROUTING)],
        [(51, b"\x04\0\0" + bytes(8) + bytes(12))],
        [(44, b"\0\0\0" + bytes(4))],
        [(0, HOP_BY_HOP), (43, ROUTING), (60, HOP_BY_HOP), (44, b"\0\0\1" + bytes(4))],
    ],
)
def test_extension_headers_are_stepped_over(headers: list[tuple[int, bytes]]) -> None:
    """Any chain of known extension headers leads to the segment, and none of it is payload."""
    assert segment(chained(*headers))["payload_bytes"] == 3


def test_authentication_header_over_ipv4() -> None:
    """An authentication header may stand behind IPv4 too (RFC 4302 §3.1)."""
    packet = ipv4(b"\x06\x04\0\0" + bytes(8) + bytes(12) + tcp_header(data=b"abc"), p=51)
    assert segment(ethernet(packet))["payload_bytes"] == 3


def test_ends_of_extension_chains() -> None:
    """Later fragments, encryption and chains that the capture or the packet cuts off are counted as such."""
    assert one(chained((44, b"\0\0\x08" + bytes(4)))) == "ip fragment"
    assert one(chained((50, bytes(31)))) == "esp"
    assert one(chained((59, bytes(7)))) == "no next header"
    whole = chained((0, HOP_BY_HOP))
    assert one(whole[: 14 + 40 + 1], original=[len(whole)]) == "headers cut"
    assert one(chained((0, b"\xff" + HOP_BY_HOP[1:]))) == "bad tcp header"


def test_first_fragment_is_what_it_holds() -> None:
    """A first fragment with the fixed TCP header is a segment; its payload is what lies in the fragment."""
    more = {"mf": 1}
    assert segment(ethernet(ipv4(tcp_header(data=bytes(4)), **more)))["payload_bytes"] == 4
    syn = tcp_header(opts=b"\x02\x04\x05\xb4" + b"\1" * 16)
    row = segment(ethernet(ipv4(syn[:24], **more)))
    assert (row["options_bytes"], row["payload_bytes"], row["headers_cut"]) == (20, 0, True)
    offers = counted(batch_of([ethernet(ipv4(syn[:24], **more))])).offers
    assert offers.row(0)["mss_bytes"] == 1460
    assert not offers.row(0)["malformed"]
    assert one(ethernet(ipv4(syn[:19], **more) + bytes(30))) == "ip fragment"
    assert one(ethernet(ipv4(syn[:8], **more))) == "ip fragment"
    new = bytes([6, 0]) + struct.pack(">HI", 1, 9)
    assert one(ethernet(ipv6(new + syn[:16], nxt=44), 0x86DD)) == "ip fragment"
    assert segment(ethernet(ipv6(new + syn[:24], nxt=44), 0x86DD))["headers_cut"]
