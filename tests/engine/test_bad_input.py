"""Bad input is the normal case: one clear sentence or a report, never a traceback, nothing lost silently."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handshake_inspect import inspect
from handshake_inspect.errors import CaptureError
from handshake_inspect.render import Layout, render
from handshake_inspect.report.report import Report
from tests.capture.compressions import COMPRESS

SAMPLES = Path(__file__).resolve().parents[2] / "sample_pcaps"
CLASSIC = (SAMPLES / "clean.pcap").read_bytes()
BLOCKS = (SAMPLES / "last_ack_lost.pcapng").read_bytes()
ZIPPED = (SAMPLES / "three_in_a_row.pcap.gz").read_bytes()


def inspected(path: Path, content: bytes) -> Report | None:
    """The report on these bytes, looked at in full; None where they are refused with one sentence."""
    report = read(path, content)
    if report is not None:
        look_at(report)
    return report


def read(path: Path, content: bytes) -> Report | None:
    """The report on these bytes; None where they are refused with one sentence."""
    path.write_bytes(content)
    try:
        return inspect(path)
    except CaptureError as error:
        said = str(error)
        assert said.startswith(str(path))
        assert "\n" not in said
        return None


def look_at(report: Report) -> None:
    """Show the report in every way; what it counts adds up."""
    for name in ("json", "jsonl", "terminal"):
        render(name, report, io.StringIO(), Layout())
    for number in range(1, report.connection_count + 1):
        report.ladder(number)
    for capture in report.captures:
        # Every frame is a segment, or quoted one, or was skipped for a reason.
        quotes = capture.frames - capture.segments - sum(capture.skipped.values())
        assert 0 <= quotes <= capture.frames


PRESSED = {name: COMPRESS[name](CLASSIC) for name in ("zstd", "lz4")}


@pytest.mark.parametrize(
    "content", [CLASSIC, BLOCKS, ZIPPED, *PRESSED.values()], ids=["pcap", "pcapng", "gzip", *PRESSED]
)
def test_cut_anywhere(tmp_path: Path, content: bytes) -> None:
    """A capture cut at any byte is refused, or read as far as it goes; cut inside a record, it says so."""
    path = tmp_path / "cut"
    whole = inspected(path, content)
    assert whole is not None
    assert whole.captures[0].stopped is None
    frames = -1
    for length in range(len(content)):
        report = read(path, content[:length])
        if report is None:
            assert frames <= 0
            continue
        capture = report.captures[0]
        # Cuts in one record differ in a number of bytes only.
        if capture.frames != frames or capture.stopped is None:
            look_at(report)
        codes = {f.code for f in report.findings()}
        assert ("CAP001" in codes) == (capture.stopped is not None)
        assert frames <= capture.frames <= whole.captures[0].frames
        frames = capture.frames
        if capture.stopped is None:
            # Between two records nothing shows that there were more.
            assert capture.frames < whole.captures[0].frames


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from([CLASSIC, BLOCKS, ZIPPED, *PRESSED.values()]),
    st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(1, 255)), min_size=1, max_size=12),
)
def test_flipped_bits(tmp_path: Path, content: bytes, flips: list[tuple[int, int]]) -> None:
    """Bytes changed at random never make more than a refusal or a report."""
    damaged = bytearray(content)
    for at, bits in flips:
        damaged[at % len(damaged)] ^= bits
    inspected(tmp_path / "flipped", bytes(damaged))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300))
def test_anything(tmp_path: Path, content: bytes) -> None:
    """Bytes that are no capture are refused in one sentence."""
    inspected(tmp_path / "anything", content)


@pytest.mark.parametrize(
    ("content", "says"), [(b"", "is empty"), (b"hello, world\n" * 10, "is not a pcap or pcapng capture")]
)
def test_no_capture(tmp_path: Path, content: bytes, says: str) -> None:
    """An empty file and a text file say what they are."""
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=says):
        inspect(path)


def test_no_file(tmp_path: Path) -> None:
    """A missing file is named."""
    with pytest.raises(CaptureError, match="no such file"):
        inspect(tmp_path / "missing.pcap")


def test_no_name() -> None:
    """A name that a shell left empty is said to be empty."""
    with pytest.raises(CaptureError, match="name of a capture is empty"):
        inspect("")


def test_unknown_link_type(tmp_path: Path) -> None:
    """A capture of which not one frame can be decoded is no clean capture."""
    path = tmp_path / "odd.pcap"
    path.write_bytes(CLASSIC[:20] + (147).to_bytes(4, "little") + CLASSIC[24:])
    with pytest.raises(CaptureError, match="link type 147"):
        inspect(path)
