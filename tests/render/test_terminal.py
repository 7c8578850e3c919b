"""The page for people: it fits, it is calm, it lists nothing a thousand times, and nothing in it acts."""

import io
import re
from pathlib import Path

import pytest

from handshake_inspect import inspect
from handshake_inspect.render import Layout
from handshake_inspect.render.terminal import render
from tests.render.fakes import HOSTILE, STOPPED, FakeReport, capture, finding, group, story
from tests.render.pages import CAPTURES, SAMPLES, Terminal, acting, too_long

pytestmark = pytest.mark.usefixtures("plain")


def page(report: object, layout: Layout | None = None, out: io.StringIO | None = None) -> str:
    """The report as a page."""
    out = out or io.StringIO()
    render(report, out, layout or Layout())  # type: ignore[arg-type]
    return out.getvalue()


@pytest.mark.parametrize("columns", [40, 80, 160])
@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_page_fits(path: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line is wider than the page, and none ends in blanks."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.chdir(SAMPLES)
    text = page(inspect(path.name))
    assert too_long(text, columns) == []
    assert [line for line in text.splitlines() if line != line.rstrip()] == []


def test_clean_capture_is_a_short_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clean capture says so in its first line, and in ten lines has said everything."""
    monkeypatch.chdir(SAMPLES)
    text = re.sub(r"\d+ ms from .* UTC", "LENGTH from DATE UTC", page(inspect("clean.pcap")))
    assert text == (
        "1 connection: opened and closed cleanly. No findings.\n"
        "\n"
        "count  outcome           word            state              example\n"
        "    1  established       client SyFzf    TIME-WAIT          1\n"
        "       closed by client  server sYafF|z  LAST-ACK (CLOSED)  frame 1\n"
        "In brackets, and right of | in a word: presumed. Nothing proves that it arrived.\n"
        "\n"
        "clean.pcap (pcap): 11 frames, all TCP, LENGTH from DATE UTC.\n"
    )


def test_wide_page_has_one_row_for_each_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is room, opening, closing and both ends stand side by side."""
    monkeypatch.setenv("COLUMNS", "160")
    row = page(FakeReport(told=[story(count=1204, codes=("SYN001",))])).splitlines()[3]
    assert re.split(r"  +", row) == [
        "1 204",
        "established",
        "closed by client",
        "SyFzf",
        "TIME-WAIT",
        "sYafF|z",
        "LAST-ACK (CLOSED)",
        "1 (frame 1)",
        "SYN001",
    ]


def test_million_equal_connections_are_one_row() -> None:
    """The count is in the row, and the page stays short."""
    many = 1_000_000
    text = page(FakeReport(told=[story(count=many)], groups=[group(finding(), many)], connection_count=many))
    assert "1 000 000  established" in text
    assert "1 000 000 connections: 1, 2, 3, 4, 5, 6, 7, 8 …" in " ".join(text.split())
    assert len(text.splitlines()) < 25


def test_limit_bounds_both_tables_and_says_so() -> None:
    """What is left out is counted, and no story or finding vanishes in silence."""
    told = [story(count=10 - n, codes=(f"SYN00{n}",)) for n in range(5)]
    groups = [group(finding(), code=f"RST00{n}") for n in range(5)]
    text = page(FakeReport(told=told, groups=groups, connection_count=40), Layout(limit=2))
    assert "… and 3 more stories of 21 connections (--limit)" in text
    assert "… and 3 findings more (--limit): RST002 RST003 RST004" in text
    assert "SYN001" in text
    assert "SYN002 " not in text.replace("rules SYN002", "")


def test_limit_of_nothing() -> None:
    """With a limit of 0 there are no tables, only their counts."""
    text = page(FakeReport(told=[story()], groups=[group(finding())]), Layout(limit=0))
    assert "… and 1 more story of 1 connection (--limit)" in text
    assert "outcome" not in text


def test_connections_as_wished() -> None:
    """Only stories with findings, or none at all."""
    report = FakeReport(told=[story(), story(closing="reset", codes=("RST001",))], connection_count=2)
    flagged, none = (page(report, Layout(connections=shown)) for shown in ("flagged", "none"))
    assert "reset by client" in flagged
    assert "closed by client" not in flagged
    assert "by client" not in none


def test_finding_shows_frames_file_filter_and_page() -> None:
    """A reader learns what happened, in which frames of which file, and where to look next."""
    report = FakeReport(
        captures=(capture("a.pcap"), capture("b.pcap")), groups=[group(finding("No answer."))]
    )
    lines = page(report).splitlines()
    assert "error SYN002 syn-unanswered (certain), connection 1" in lines
    assert "  No answer." in lines
    assert "    frame 1 (client: No answer.)" in lines
    assert "  file:      a.pcap, its frame 1" in lines
    assert "  Wireshark: tcp.port == 80 No answer." in lines
    assert "  more:      handshake-inspect rules SYN002" in lines


@pytest.mark.parametrize("frames", [1, 6, 7, 8, 1000])
def test_long_evidence_is_cut_in_the_middle(frames: int) -> None:
    """First and last frame are always shown, and shown and left out add up."""
    report = FakeReport(captures=(capture(frames=1000),), groups=[group(finding(frames=frames))])
    text = page(report)
    shown = [int(n) for n in re.findall(r"^    frame (\d+) ", text, re.MULTILINE)]
    left = [int(n.replace(" ", "")) for n in re.findall(r"⋮ ([\d ]+) frames?", text)]
    assert shown[0] == 1
    assert shown[-1] == frames
    assert len(shown) + sum(left) == frames
    assert len(shown) <= 7


@pytest.mark.parametrize("shown", ["all", "flagged"])
def test_hostile_text_cannot_act(shown: str) -> None:
    """A name or a message with escape sequences, bidi marks or markup is shown, and does nothing."""
    report = FakeReport(
        captures=(capture(HOSTILE, stopped=STOPPED, skipped={HOSTILE: 1}),),
        told=[story(codes=(HOSTILE,))],
        groups=[group(finding(HOSTILE))],
    )
    text = page(report, Layout(connections=shown, title=HOSTILE))  # type: ignore[arg-type]
    assert acting(text) == set()
    assert "[bold]markup[/bold]" in text.replace("\n", "").replace(" ", "")


def test_capture_that_stopped_says_where() -> None:
    """The end of the page says what was skipped, and at which byte reading stopped."""
    text = page(FakeReport(captures=(capture(stopped=STOPPED, skipped={"arp": 3, "udp": 1204}),)))
    assert "  skipped: 3 arp, 1 204 udp\n" in text
    assert "  stopped: at byte 41 216: block at byte 41216 is longer than the file\n" in text


def test_many_captures_are_one_line_and_their_damage() -> None:
    """Of many captures only those that stopped are named, and no more than the limit."""
    captures = tuple(capture(f"{n}.pcap", stopped=STOPPED if n < 3 else None) for n in range(9))
    text = page(FakeReport(captures=captures), Layout(limit=2))
    assert "9 captures (9 pcap): 90 frames, all TCP." in text
    assert "0.pcap, at byte" in text
    assert "2.pcap" not in text
    assert "… and 1 more that stopped early (--limit)" in text


@pytest.mark.parametrize(
    ("time_ns", "shown"),
    [
        (-1, "1969-12-31 23:59:59 UTC"),
        (2**63 - 1, "2262-04-11 23:47:16 UTC"),
        (-(2**63), "1677-09-21 00:12:43 UTC"),
    ],
)
def test_any_time_has_a_date(time_ns: int, shown: str) -> None:
    """A damaged record may claim any time that fits its field."""
    text = page(FakeReport(captures=(capture(first_time_ns=time_ns, last_time_ns=time_ns),)))
    assert shown in text


def test_pipe_has_no_colours() -> None:
    """Nothing but text goes into a pipe."""
    assert "\x1b" not in page(FakeReport(groups=[group(finding())]))


def test_colours_by_terminal_environment_and_option(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal gets colours unless NO_COLOR or TERM=dumb says no; the option has the last word."""
    report = FakeReport(groups=[group(finding())])

    def colored(layout: Layout, out: io.StringIO) -> bool:
        return "\x1b[" in page(report, layout, out)

    assert colored(Layout(), Terminal())
    assert not colored(Layout(color="never"), Terminal())
    assert colored(Layout(color="always"), io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colored(Layout(), Terminal())
    assert colored(Layout(color="always"), Terminal())
    monkeypatch.setenv("NO_COLOR", "")
    assert colored(Layout(), Terminal())
    monkeypatch.setenv("TERM", "dumb")
    assert not colored(Layout(), Terminal())


@pytest.mark.parametrize("columns", ["0", "-5", "wide", "", "²", "0" * 5000])
def test_senseless_width_is_no_wish(columns: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """COLUMNS that is no number of columns leaves the page at 80."""
    report = FakeReport(told=[story()], groups=[group(finding("word " * 60))])
    expected = page(report)
    monkeypatch.setenv("COLUMNS", columns)
    assert page(report) == expected


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437"])
def test_stream_without_unicode_gets_ascii(encoding: str) -> None:
    """Every sign has a spelling in ASCII; nothing raises, and nothing is replaced by a question mark."""
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    report = FakeReport(told=[story()] * 3, groups=[group(finding("§ → µ × 🦀", frames=50), 50)])
    render(report, out, Layout(limit=1))  # type: ignore[arg-type]
    out.flush()
    text = out.buffer.getvalue()  # type: ignore[attr-defined]
    assert text.isascii()
    assert b"section  -> u x \\U0001f980" in text
    assert b"?" not in text
