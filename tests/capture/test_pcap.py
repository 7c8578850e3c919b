"""The classic pcap: its variants, its clocks and its link types."""

from struct import pack

import pytest
from dpkt.pcap import Writer

from handshake_inspect.errors import CaptureError
from tests.capture.builders import pcap_header, read, record

FRAME = bytes(range(60))


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("magic", "tick_ns"), [(0xA1B2C3D4, 1000), (0xA1B23C4D, 1)])
def test_orders_and_clocks(order, magic, tick_ns):
    """Both byte orders and clocks give whole nanoseconds, original lengths, and where each record lies."""
    content = pcap_header(order, magic) + record(FRAME, 5, 999_999, original=1500, order=order)
    content += record(b"", 4_294_967_295, 7, order=order)
    capture, rows, kept = read(content)
    assert (capture.format, capture.stopped) == ("pcap", None)
    assert kept == [FRAME, b""]
    assert [row["time_ns"] for row in rows] == [
        5_000_000_000 + 999_999 * tick_ns,
        4_294_967_295_000_000_000 + 7 * tick_ns,
    ]
    assert rows[0] | {"time_ns": 0} == {
        "number": 1,
        "time_ns": 0,
        "captured_bytes": 60,
        "original_bytes": 1500,
        "link_type": 1,
        "interface": 0,
        "record_byte": 24,
        "record_bytes": 76,
    }
    assert (rows[1]["number"], rows[1]["record_byte"], rows[1]["record_bytes"]) == (2, 100, 16)


def test_modified_records():
    """The modified format's records have 24 bytes of header, and the frame begins behind them."""
    content = pcap_header(magic=0xA1B2CD34)
    for second in (1, 2):
        content += pack("<IIIIIHBB", second, 5, len(FRAME), 90, 3, 8, 0, 0) + FRAME
    capture, rows, kept = read(content)
    assert kept == [FRAME, FRAME]
    assert [row["record_byte"] for row in rows] == [24, 108]
    assert capture.stopped is None


def test_link_type_and_fcs():
    """The link type is the low 16 bits; the FCS length counts 16-bit words, and only where its bit is set."""
    capture, rows, _ = read(pcap_header(link=0x2400_0001) + record(FRAME))
    assert (capture.interfaces[0].link_type, capture.interfaces[0].fcs_bytes) == (1, 4)
    assert rows[0]["link_type"] == 1
    capture, _, _ = read(pcap_header(link=0x2000_0071))
    assert (capture.interfaces[0].link_type, capture.interfaces[0].fcs_bytes) == (113, 0)


def test_dpkt_writes_what_is_read(tmp_path):
    """A file of dpkt's own writer is read as it was meant."""
    path = tmp_path / "written"
    with path.open("wb") as file:
        Writer(file, snaplen=500, linktype=101).writepkt(FRAME, ts=12.5)
    capture, rows, kept = read(path.read_bytes())
    assert (kept, rows[0]["time_ns"], rows[0]["link_type"]) == ([FRAME], 12_500_000_000, 101)
    assert capture.interfaces[0].snap_bytes == 500


@pytest.mark.parametrize("version", [(2, 3), (1, 0), (543, 0)])
def test_other_versions(version):
    """A version whose fields may stand in another order is refused, not misread."""
    with pytest.raises(CaptureError, match=rf"version {version[0]}\.{version[1]}, and only 2\.4"):
        read(pcap_header(version=version) + record(FRAME))


def test_implausible_length():
    """A captured length that no program writes ends the reading and says how much is left."""
    content = pcap_header() + record(FRAME) + pack("<IIII", 1, 1, 262_145, 262_145) + bytes(300_000)
    capture, rows, _ = read(content)
    assert len(rows) == 1
    assert capture.stopped.byte == 100
    assert capture.stopped.reason == (
        "record at byte 100 says 262145 bytes were captured, and 262144 is the most; "
        "what follows was not read"
    )


def test_long_frames_of_usb():
    """USBPcap's frames may be longer than libpcap's usual limit."""
    capture, _, kept = read(pcap_header(link=249) + record(bytes(400_000)), batch_bytes=1000)
    assert (capture.stopped, len(kept[0])) == (None, 400_000)


def test_cut_record_says_how_much_is_there():
    """A record that is cut is reported with its place, and what of it is there."""
    content = pcap_header() + record(FRAME) + record(bytes(1498))[:96]
    assert read(content)[0].stopped.reason == (
        "record at byte 100 is longer than the file: 96 of 1514 bytes are there"
    )
    assert read(content[:105])[0].stopped.reason == (
        "header of the record at byte 100 is longer than the file: 5 of 16 bytes are there"
    )
