"""What the options of a SYN offer, by both readers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect.decode.offer import offer
from handshake_inspect.decode.options import offers
from handshake_inspect.decode.segments import Options
from tests.decode.samples import OPTIONS, batch_of, by_objects, counted, ethernet, ipv4, rows, tcp_header

NOTHING = {
    "mss_bytes": -1,
    "window_shift": -1,
    "sack": False,
    "timestamps": False,
    "tsval": 0,
    "fast_open": -1,
    "mptcp": False,
    "authenticated": False,
    "malformed": False,
    "wrong_kind": 0,
    "wrong_bytes": 0,
    "repeated_kind": 0,
    "cut": False,
}


def offered(options: bytes, promised: int | None = None) -> dict[str, object]:
    """What both readers say of these options, of which `promised` bytes were announced."""
    data = np.frombuffer(b"\x02\x04" + options + b"\x08\x0a\xff\xff\xff\xff\xff\xff\xff\xff", np.uint8)
    begin, end = np.array([2]), np.array([2 + len(options)])
    stop = end if promised is None else begin + promised
    found = offers(data, np.array([1]), begin, stop, end).row(0)
    del found["frame"]
    assert offer(options, int(stop[0] - begin[0])) == found
    return found


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", {}),
        ("020405b4", {"mss_bytes": 1460}),
        ("0204ffff", {"mss_bytes": 65535}),
        ("01 03030e", {"window_shift": 14}),
        ("0101 0402", {"sack": True}),
        ("080a fffffffe 00000001 0101", {"timestamps": True, "tsval": 2**32 - 2}),
        ("2202", {"fast_open": 0}),
        ("2206 01020304", {"fast_open": 4}),
        ("2212" + "55" * 16, {"fast_open": 16}),
        ("1e04 0181", {"mptcp": True}),
        ("1312" + "00" * 16, {"authenticated": True}),
        ("1d10" + "00" * 14, {"authenticated": True}),
        ("fd04 0000 020405b4", {"mss_bytes": 1460}),
        ("00 020405b4", {}),
        ("01" * 40, {}),
        ("020405b4 02040200", {"mss_bytes": 512, "repeated_kind": 2}),
        ("0402 030307 0402 030307 0402", {"sack": True, "window_shift": 7, "repeated_kind": 3}),
        ("1e04 0181 1e04 0182", {"mptcp": True}),
    ],
)
def test_options_mean_what_their_rfc_says(options: str, expected: dict[str, object]) -> None:
    """Known options are read, unknown ones stepped over, and the list ends at its end mark."""
    assert offered(bytes.fromhex(options)) == NOTHING | expected


@pytest.mark.parametrize(
    ("options", "size"),
    [
        *(
            ("02", -1),
            ("0200", 0),
            ("0201", 1),
            ("020405", 4),
            ("0203ff", 3),
            ("0205010203", 5),
            ("030201", 2),
        ),
        *(("040301", 3), ("0809" + "00" * 7, 9), ("2203ff", 3), ("2204ffff", 4), ("2207" + "00" * 5, 7)),
        *(("2214" + "00" * 18, 20), ("1e02", 2), ("1303ff", 3), ("1d03ff", 3), ("fe", -1), ("fd00", 0)),
        *(("08ff", 255), ("0200 0300", 0)),
    ],
)
def test_malformed_options_offer_nothing(options: str, size: int) -> None:
    """An option of a wrong length is malformed and says nothing; the first one is named with its length."""
    kind = bytes.fromhex(options)[0]
    wrong = {"malformed": True, "wrong_kind": kind, "wrong_bytes": size}
    assert offered(bytes.fromhex(options)) == NOTHING | wrong


def test_malformed_option_leaves_its_neighbours() -> None:
    """A wrong length that can be stepped over hides no other option; an impossible one ends the list."""
    assert offered(bytes.fromhex("020405b4 0303030303")) == NOTHING | {
        "mss_bytes": 1460,
        "window_shift": 3,
        "malformed": True,
        "wrong_kind": 3,
        "wrong_bytes": 3,
    }
    assert offered(bytes.fromhex("0203ff 0402")) == NOTHING | {
        "sack": True,
        "malformed": True,
        "wrong_kind": 2,
        "wrong_bytes": 3,
    }
    assert offered(bytes.fromhex("0200 0402")) == NOTHING | {
        "malformed": True,
        "wrong_kind": 2,
        "wrong_bytes": 0,
    }


def test_what_the_capture_cuts_off_is_absent() -> None:
    """Cut options are not the sender's fault: nothing is malformed, and the whole ones before are read."""
    for size in range(len(OPTIONS) + 1):
        found = offered(OPTIONS[:size], len(OPTIONS))
        assert not found["malformed"]
        assert found["cut"] == (size < len(OPTIONS))
        assert found["mss_bytes"] == (1460 if size >= 4 else -1)
        assert found["sack"] == (size >= 6)
        assert found["timestamps"] == (size >= 16)
        assert found["window_shift"] == (7 if size == len(OPTIONS) else -1)


CHUNKS = st.one_of(
    st.binary(max_size=6),
    st.sampled_from(
        [bytes.fromhex(o) for o in ("01", "00", "020405b4", "030307", "0402", "2202", "1e0401ff")]
    ),
    st.builds(
        lambda kind, size: bytes([kind, size]) + b"\0" * max(size - 2, 0),
        st.integers(0, 35),
        st.integers(0, 20),
    ),
)


@given(st.lists(CHUNKS, max_size=10).map(lambda chunks: b"".join(chunks)[:40]), st.integers(0, 40))
def test_both_readers_agree(options: bytes, further: int) -> None:
    """The columns and the byte-by-byte reader say the same of any options, cut or whole."""
    offered(options, min(40, len(options) + further))


@given(
    st.lists(st.lists(CHUNKS, max_size=8).map(lambda chunks: b"".join(chunks)[:40]), min_size=1, max_size=6)
)
def test_rows_do_not_disturb_each_other(lists: list[bytes]) -> None:
    """Options read together are what each list says alone."""
    padded = [options + b"\0" * (-len(options) % 4) for options in lists]
    found = counted(batch_of([ethernet(ipv4(tcp_header(opts=options))) for options in padded]))
    alone = [{"frame": i + 1, **offered(options)} for i, options in enumerate(padded)]
    assert rows(found.offers) == alone


LAYOUTS = (
    "0204{0:04x} 0402 080a{1:08x}00000000 01 0303{2:02x}",
    "0204{0:04x} 01 0303{2:02x} 0101 0402",
    "0204{0:04x}",
    "0303{2:02x} 00 {1:08x}",
    "0204{2:04x} 0204{0:04x} 2206{1:08x} 0000",
    "020401 00 {1:08x}",
    "",
    "1312" + "00" * 16 + "0101",
)


@pytest.mark.parametrize("layouts", [LAYOUTS[:1], LAYOUTS[2:3], LAYOUTS[-2:], LAYOUTS[:4], LAYOUTS])
def test_layouts_that_many_share(layouts: tuple[str, ...]) -> None:
    """Whatever layout a segment shares with others, its own values are read, and what was cut is cut."""
    random = np.random.default_rng(len(layouts))
    lists = [
        bytes.fromhex(layout.format(*random.integers(0, 1 << 16, 2).tolist(), random.integers(0, 15)))
        for layout in random.choice(layouts, 200).tolist()
    ]
    kept = [
        random.integers(0, len(options) + 1) if random.random() < 0.1 else len(options) for options in lists
    ]
    stop = np.cumsum([len(options) for options in lists])
    begin = stop - [len(options) for options in lists]
    data = np.frombuffer(b"".join(lists) + b"\0\0\0\0", np.uint8)
    found = rows(offers(data, np.arange(len(lists)), begin, stop, begin + kept))
    assert found == [
        {"frame": at} | offer(options[:size], len(options))
        for at, (options, size) in enumerate(zip(lists, kept, strict=True))
    ]


TIMES = "0101080a 00000007 00000008 "


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", 0),
        ("01010101", 0),
        (TIMES, Options.TIMED),
        ("080a 00000007 00000008 0101", Options.TIMED),
        (TIMES + "0101050a" + "00" * 8, Options.TIMED),
        (TIMES + "0101051a" + "00" * 24, Options.TIMED),
        (TIMES + "01010509" + "00" * 8, Options.TIMED),
        ("0101050a" + "00" * 8, 0),
        (TIMES + "020405b4", Options.TIMED | Options.SYN_ONLY),
        ("030307 01", Options.SYN_ONLY),
        ("0402 0101", Options.SYN_ONLY),
        (TIMES + "01010814", Options.TIMED | Options.MALFORMED),
        ("0809 00000007 000000 010101", Options.MALFORMED),
    ],
)
def test_what_options_of_later_segments_tell(options: str, expected: int) -> None:
    """Both lanes tell timestamps, options that belong into a SYN, and malformed ones of any segment."""
    batch = batch_of([ethernet(ipv4(tcp_header(flags=0x10, opts=bytes.fromhex(options))))])
    assert counted(batch).segments.options.tolist() == [expected]
    assert by_objects(batch).segments.options.tolist() == [expected]


@given(st.lists(st.tuples(CHUNKS, st.sampled_from(("", TIMES))), min_size=1, max_size=6))
def test_both_lanes_tell_the_same_of_any_later_segment(lists: list[tuple[bytes, str]]) -> None:
    """Whatever options a segment without SYN has, the usual layout before them or not, both lanes agree."""
    options = [(bytes.fromhex(lead) + rest)[:40] for rest, lead in lists]
    padded = [each + b"\0" * (-len(each) % 4) for each in options]
    batch = batch_of([ethernet(ipv4(tcp_header(flags=0x18, opts=each))) for each in padded])
    assert rows(counted(batch).segments) == rows(by_objects(batch).segments)


def test_cut_options_of_later_segments_tell_nothing() -> None:
    """Where the capture cuts the options of a segment without SYN, nothing is told of them."""
    whole = ethernet(ipv4(tcp_header(flags=0x10, opts=bytes.fromhex(TIMES + "020405b4"))))
    batch = batch_of([whole[:-2]], original=[len(whole)])
    assert counted(batch).segments.options.tolist() == by_objects(batch).segments.options.tolist() == [0]


def test_only_opening_segments_offer() -> None:
    """Segments with SYN have a row, with ACK or without; others have none."""
    flags = [0x10, 0x02, 0x12, 0x18, 0x06, 0x00]
    found = counted(batch_of([ethernet(ipv4(tcp_header(flags=f, opts=OPTIONS))) for f in flags]))
    assert found.offers.frame.tolist() == [2, 3, 5]
