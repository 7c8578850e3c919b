"""The fixed TCP header, and captures that end inside it."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect.decode.options import BLOCK
from tests.decode.samples import OPTIONS, batch_of, by_objects, counted, ethernet, ipv4, one, rows, tcp_header

FIELDS = st.fixed_dictionaries(
    {
        "sport": st.integers(0, 2**16 - 1),
        "dport": st.integers(0, 2**16 - 1),
        "seq": st.integers(0, 2**32 - 1),
        "ack": st.integers(0, 2**32 - 1),
        "flags": st.integers(0, 2**9 - 1),
        "win": st.integers(0, 2**16 - 1),
        "opts": st.integers(0, 10).map(lambda words: b"\1" * 4 * words),
        "data": st.binary(max_size=50),
    }
)
COLUMNS = {
    "sport": "source_port",
    "dport": "target_port",
    "seq": "seq",
    "ack": "ack",
    "flags": "flags",
    "win": "window",
}


@given(st.lists(FIELDS, min_size=1, max_size=8))
def test_every_field_comes_out_as_it_went_in(headers: list[dict[str, object]]) -> None:
    """Whatever dpkt packs is read back, field by field, from every row of a batch."""
    batch = batch_of([ethernet(ipv4(tcp_header(**fields))) for fields in headers])
    found = counted(batch)
    for fields, row in zip(headers, rows(found.segments), strict=True):
        assert {name: row[column] for name, column in COLUMNS.items()} == {n: fields[n] for n in COLUMNS}
        assert row["payload_bytes"] == len(fields["data"])
        assert row["options_bytes"] == len(fields["opts"])
        assert not row["headers_cut"]
    assert rows(by_objects(batch).segments) == rows(found.segments)


def test_frame_columns_are_carried_over() -> None:
    """A segment keeps its frame's number, time, interface and place in the file."""
    frames = [ethernet(b"", 0x0806), ethernet(ipv4(tcp_header())), ethernet(ipv4(tcp_header()))]
    batch = batch_of(frames, interfaces=[0, 5, 7])
    found = counted(batch).segments
    assert found.frame.tolist() == [2, 3]
    assert found.interface.tolist() == [5, 7]
    assert found.time_ns.tolist() == batch.frames.time_ns[1:].tolist()
    assert found.record_byte.tolist() == batch.frames.record_byte[1:].tolist()
    assert found.record_bytes.tolist() == batch.frames.record_bytes[1:].tolist()


def test_capture_cut_at_every_byte() -> None:
    """A frame cut before its fixed TCP header ends is counted; cut later, it is a segment that says so."""
    whole = ethernet(ipv4(tcp_header(opts=OPTIONS, data=b"abcdef")))
    fixed, options = 14 + 20 + 20, 14 + 20 + 20 + len(OPTIONS)
    for size in range(len(whole) + 1):
        row = one(whole[:size], original=[len(whole)])
        if size < fixed:
            assert row == "headers cut"
        else:
            assert isinstance(row, dict)
            assert row["headers_cut"] == (size < options)
            assert row["payload_bytes"] == 6


def test_bad_data_offset() -> None:
    """A data offset below five words or past the packet's end is a bad header."""
    assert one(ethernet(ipv4(tcp_header(off=4)))) == "bad tcp header"
    assert one(ethernet(ipv4(tcp_header(off=6)))) == "bad tcp header"
    assert one(ethernet(ipv4(tcp_header(off=15, data=bytes(39))))) == "bad tcp header"
    assert isinstance(one(ethernet(ipv4(tcp_header(off=15, data=bytes(40))))), dict)


def test_sound_rows_survive_beside_bad_ones() -> None:
    """A bad header takes no other row with it."""
    frames = [ethernet(ipv4(tcp_header(seq=seq, off=5 if seq % 2 else 4))) for seq in range(6)]
    found = counted(batch_of(frames))
    assert found.segments.seq.tolist() == [1, 3, 5]
    assert found.skipped == {"bad tcp header": 3}


def test_more_openings_than_one_block() -> None:
    """Options whose layouts nobody shares are read in blocks, which do not show in the rows."""
    sizes = np.arange(BLOCK + 3)
    options = [b"\2\3\0\0"] + [b"\2\4" + int(size).to_bytes(2) for size in sizes]
    found = counted(batch_of([ethernet(ipv4(tcp_header(opts=each))) for each in options]))
    assert found.offers.frame.tolist() == list(range(1, BLOCK + 5))
    assert found.offers.mss_bytes.tolist() == [-1, *sizes]


def test_empty_batch() -> None:
    """No frames are no rows."""
    found = counted(batch_of([]))
    assert len(found.segments) == len(found.offers) == len(found.quotes) == found.skipped.total() == 0
