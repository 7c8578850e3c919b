"""pcapng: sections, interfaces with clocks of their own, every packet block, and drop counts."""

from struct import pack

import pytest

from handshake_inspect.errors import CaptureError
from tests.capture.builders import Packet, block, interface, option, packet, read, section

FRAME = bytes(range(61))


def statistics(number, *options, order="<"):
    """An Interface Statistics Block."""
    return block(5, pack(f"{order}III", number, 0, 0) + b"".join(options), order)


def u64(code, value, order="<"):
    """An option that holds a 64-bit number."""
    return option(code, pack(f"{order}Q", value), order)


def test_each_interface_has_its_clock_and_link_type():
    """Of two interfaces, each packet has its own one's link type, resolution and offset."""
    content = section() + interface(1, options=option(2, b"eth0"))
    content += interface(101, 96, option(9, b"\x09") + option(14, pack("<q", -3600)) + option(0, b""))
    content += packet(FRAME, 5_000_001, 0) + packet(FRAME, 5_000_000_001, 1) + packet(FRAME, 6_000_000, 0)
    capture, rows, kept = read(content)
    assert capture.stopped is None
    assert kept == [FRAME] * 3
    assert [row["time_ns"] for row in rows] == [5_000_001_000, -3_594_999_999_999, 6_000_000_000]
    assert [(row["link_type"], row["interface"]) for row in rows] == [(1, 0), (101, 1), (1, 0)]
    assert [(each.name, each.snap_bytes) for each in capture.interfaces] == [("eth0", 0), (None, 96)]


@pytest.mark.parametrize(
    ("resolution", "ticks", "time_ns"),
    [
        (0, 7, 7_000_000_000),
        (3, 7, 7_000_000),
        (9, (1 << 60) + 1, (1 << 60) + 1),
        (12, 1_999, 1),
        (127, 1 << 63, 0),
        (0x80 | 10, 1025, 1_000_976_562),
        (0x80 | 40, 3 << 39, 1_500_000_000),
        (0x80 | 127, 5, 0),
        (6, (1 << 64) - 1, (1 << 63) - 1),
    ],
)
def test_resolutions(resolution, ticks, time_ns):
    """A clock of any power of 10 or 2 gives nanoseconds, rounded down, no later than can be told."""
    content = section() + interface(options=option(9, bytes([resolution]))) + packet(b"x", ticks)
    assert read(content)[1][0]["time_ns"] == time_ns


def test_big_endian():
    """A big-endian section is read like a little-endian one, options too."""
    content = section(">") + interface(113, 128, option(9, b"\x09", ">"), ">")
    content += Packet(FRAME, 77, 0, 900, u64(4, 2, ">")).block(">")
    content += block(2, pack(">HHIIII", 0, 3, 0, 78, 4, 4) + b"abcd", ">")
    capture, rows, kept = read(content)
    assert capture.stopped is None
    assert kept == [FRAME, b"abcd"]
    assert [(row["time_ns"], row["original_bytes"], row["link_type"]) for row in rows] == [
        (77, 900, 113),
        (78, 4, 113),
    ]
    assert capture.interfaces[0].dropped == 5


def test_sections_of_both_orders():
    """Each section has a byte order and counts its interfaces from 0; the capture counts them through."""
    content = b"".join(
        section(order, length)
        + interface(link, order=order)
        + packet(FRAME, 1, order=order)
        + block(0xBAD, b"skipped", order)
        for order, length, link in (("<", -1, 1), (">", -1, 101), (">", 96, 113), ("<", 12345, 276))
    )
    capture, rows, kept = read(content)
    assert capture.stopped is None
    assert kept == [FRAME] * 4
    assert [(row["interface"], row["link_type"]) for row in rows] == [(0, 1), (1, 101), (2, 113), (3, 276)]


def test_section_forgets_the_interfaces_before_it():
    """An interface of an earlier section is not described in a later one."""
    capture, rows, _ = read(section() + interface() + packet(FRAME) + section() + packet(FRAME))
    assert len(rows) == 1
    assert "names interface 0, and its section has described 0 before it" in capture.stopped.reason


def test_interface_must_be_described_before():
    """A packet of an interface that is described only later ends the reading; the later one is not listed."""
    content = section() + interface() + packet(FRAME, number=0)
    capture, rows, _ = read(content + packet(FRAME, number=1) + interface() + packet(FRAME, number=1))
    assert (len(rows), len(capture.interfaces)) == (1, 1)
    assert capture.stopped.byte == len(content)


def test_simple_packets():
    """A simple packet is of its section's first interface, kept up to its snapshot length, without time."""
    content = section() + interface(1, 8, option(14, pack("<q", 9))) + interface(101)
    content += block(3, pack("<I", 1000) + b"12345678") + block(3, pack("<I", 3) + b"abc")
    capture, rows, kept = read(content)
    assert capture.stopped is None
    assert kept == [b"12345678", b"abc"]
    assert [row["original_bytes"] for row in rows] == [1000, 3]
    assert [(row["time_ns"], row["interface"], row["link_type"]) for row in rows] == [(0, 0, 1)] * 2


def test_simple_packet_must_fit():
    """A simple packet whose block is too short for what was kept ends the reading."""
    capture, rows, _ = read(section() + interface() + block(3, pack("<I", 50) + b"abc"))
    assert rows == []
    assert "says 50 bytes were captured, and has 4" in capture.stopped.reason


def test_obsolete_packet_block():
    """A Packet Block's interface and drops are 16 bits each; 65535 drops is not known."""
    content = section() + interface() + interface(101)
    for number, drops in ((1, 4), (0, 0xFFFF), (1, 6)):
        content += block(2, pack("<HHIIII", number, drops, 0, 5, len(FRAME), 70) + FRAME)
    capture, rows, kept = read(content)
    assert kept == [FRAME] * 3
    assert [row["interface"] for row in rows] == [1, 0, 1]
    assert [each.dropped for each in capture.interfaces] == [None, 10]


def test_drop_counts():
    """Statistics count from the beginning, so the last ones hold; packets count since the packet before."""
    lossy = Packet(FRAME, options=option(1, b"a comment") + u64(4, 3) + option(0, b""))
    content = section() + interface() * 4 + lossy.block() + packet(FRAME) + lossy.block()
    content += packet(FRAME, number=3) + Packet(FRAME, interface=3, options=u64(4, 0)).block()
    content += (
        statistics(0, u64(5, 1)) + statistics(1, u64(5, 7), u64(7, 2)) + statistics(1, u64(5, 8), u64(7, 2))
    )
    content += statistics(2, u64(4, 1000))
    capture, rows, _ = read(content)
    assert (len(rows), capture.stopped) == (5, None)
    assert [each.dropped for each in capture.interfaces] == [6, 10, None, 0]


@pytest.mark.parametrize(("written", "fcs_bytes"), [(4, 4), (32, 4), (16, 2), (0, 0)])
def test_fcs_length(written, fcs_bytes):
    """if_fcslen is written in bytes and in bits; both mean the same FCS."""
    capture, _, _ = read(section() + interface(options=option(13, bytes([written]))))
    assert capture.interfaces[0].fcs_bytes == fcs_bytes


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (pack("<II", 6, 33) + bytes(100), "says it is 33 bytes long, which no block is"),
        (pack("<II", 6, 8) + bytes(100), "says it is 8 bytes long, which no block is"),
        (pack("<II", 6, 1 << 31) + bytes(100), "says it is 2147483648 bytes long, which no block is"),
        (pack("<II", 9, 16) + bytes(8), "says it is 16 bytes long, and at its end 0"),
        (block(6, bytes(12)), "is too short for a packet"),
        (block(3, b""), "is too short for a packet"),
        (block(2, bytes(4)), "is too short for a packet"),
        (block(1, bytes(4)), "describes an interface in 16 bytes, and needs 20"),
        (block(5, bytes(8)), "gives the statistics of an interface in 20 bytes, and needs 24"),
        (statistics(7), "names interface 7, and its section has described 1 before it"),
        (interface(options=pack("<HH", 2, 99)), "has options that run past its end"),
        (block(6, pack("<IIIII", 0, 0, 0, 9, 9) + bytes(8)), "says 9 bytes were captured, and has 8"),
        (packet(bytes(262_145)), "says 262145 bytes were captured, and 262144 is the most"),
        (section(version=(2, 0)), "begins a section of pcapng version 2.0"),
        (block(0x0A0D0D0A, bytes(16)), "begins a section of no known byte order (00 00 00 00)"),
        (block(0x0A0D0D0A, pack("<IHH", 0x1A2B3C4D, 1, 0)), "begins a section in 20 bytes, and needs 28"),
    ],
)
def test_wrong_blocks_end_the_reading(bad, reason):
    """The first wrong block ends the reading where it begins; what is before it counts, nothing behind."""
    good = section() + interface() + packet(FRAME)
    for batch_bytes in (1, 1 << 20):
        capture, rows, _ = read(good + bad + interface() + packet(FRAME), batch_bytes)
        assert (len(rows), len(capture.interfaces)) == (1, 1)
        assert capture.stopped.byte == len(good)
        assert capture.stopped.reason.startswith(f"block at byte {len(good)} {reason}")


def test_first_section_must_be_right():
    """A file whose first section cannot be read is no capture."""
    with pytest.raises(CaptureError, match=r"pcapng version 7\.1"):
        read(section(version=(7, 1)))
    with pytest.raises(CaptureError, match="no known byte order"):
        read(block(0x0A0D0D0A, bytes(16)))
    with pytest.raises(CaptureError, match="20 of 28 bytes"):
        read(section()[:20])


def test_many_options_and_clocks():
    """Many packets of many clocks, each with options, keep their own times and counts."""
    content = section() + b"".join(
        interface(number, options=option(9, bytes([number]))) for number in range(10)
    )
    packets = [
        Packet(
            bytes([n % 251]) * (n % 7), n, n % 10, options=option(1, b"c" * (n % 9)) + u64(4, n % 3)
        ).block()
        for n in range(2000)
    ]
    capture, rows, kept = read(content + b"".join(packets))
    assert capture.stopped is None
    assert [row["time_ns"] for row in rows] == [n * 10 ** (9 - n % 10) for n in range(2000)]
    assert [row["link_type"] for row in rows] == [n % 10 for n in range(2000)]
    assert kept == [bytes([n % 251]) * (n % 7) for n in range(2000)]
    assert [each.dropped for each in capture.interfaces] == [
        sum(n % 3 for n in range(number, 2000, 10)) for number in range(10)
    ]
