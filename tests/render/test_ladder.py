"""The ladder: it fits, states show when they change, and what is presumed, left out or wrong is marked."""

import io
import re
from pathlib import Path

import pytest

from handshake_inspect import inspect
from handshake_inspect.render import Layout
from handshake_inspect.render.parts.ladder import print_ladder
from tests.render.fakes import HOSTILE, FakeReport, finding, rung
from tests.render.pages import CAPTURES, SAMPLES, acting, too_long

pytestmark = pytest.mark.usefixtures("plain")

CLEAN = """\
frame   seconds       client                                        server
    1  *.******     SYN-SENT │── SYN seq 0 win 64240 ────────────▶│ LISTEN
                             │   <mss 1460,sackOK,TS,wscale 10>   │
    2  *.******  ESTABLISHED │◀─ SYN,ACK seq 0 ack 1 win 65160 ───│ SYN-RECEIVED
                             │   <mss 1460,sackOK,TS,wscale 10>   │
    3  *.******              │── ACK seq 1 ack 1 ────────────────▶│ ESTABLISHED
    4  *.******              │── PSH,ACK seq 1:38 ack 1 ─────────▶│
    5  *.******              │◀─ ACK seq 1 ack 38 ────────────────│
    6  *.******              │◀─ PSH,ACK seq 1:45 ack 38 ─────────│
    7  *.******              │── ACK seq 38 ack 45 ──────────────▶│
    8  *.******   FIN-WAIT-1 │── FIN,ACK seq 38 ack 45 ──────────▶│ CLOSE-WAIT
    9  *.******   FIN-WAIT-2 │◀─ ACK seq 45 ack 39 ───────────────│
   10  *.******    TIME-WAIT │◀─ FIN,ACK seq 45 ack 39 ───────────│ LAST-ACK
   11  *.******              │── ACK seq 39 ack 46 ──────────────▶│ (CLOSED)
"""


def drawn(report: object, number: int = 1) -> str:
    """The ladder as a page."""
    out = io.StringIO()
    print_ladder(report, number, out, Layout())  # type: ignore[arg-type]
    return out.getvalue()


def rungs(page: str) -> list[str]:
    """The lines of the drawing."""
    return [line for line in page.splitlines() if "│" in line]


def test_clean_connection() -> None:
    """The textbook's connection looks as in the textbook; only its times are the recording's own."""
    page = drawn(inspect(SAMPLES / "clean.pcap"))
    assert CLEAN in re.sub(r"(?m)^( +\d+ +)\d\.\d{6}", r"\1*.******", page)


@pytest.mark.parametrize("columns", [80, 160])
@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_ladder_fits(path: Path, columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """No line of any sample's ladder is wider than the page, and the lines of life are straight."""
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.chdir(SAMPLES)
    report = inspect(path.name)
    for connection in report.connections():
        page = drawn(report, connection.number)
        assert too_long(page, columns) == []
        assert len({(line.index("│"), line.rindex("│")) for line in rungs(page)}) == 1


def test_long_label_goes_on_below() -> None:
    """Nothing of a label is lost where it is longer than the arrow."""
    words = "SYN seq 0 win 64240 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7> and more"
    page = drawn(FakeReport(rungs=[rung(label=words)]))
    inside = " ".join(line.split("│")[1].strip("─▶ ") for line in rungs(page))
    assert inside.replace(" ", "") == words.replace(" ", "")


def test_states_show_when_they_change() -> None:
    """A state is written once, and again when it is another or no longer presumed."""
    states = ["SYN-SENT", "SYN-SENT", "ESTABLISHED", "SYN-SENT"]
    page = drawn(FakeReport(rungs=[rung(n + 1, client_state=state) for n, state in enumerate(states)]))
    assert [line.split("│")[0].split()[2:] for line in rungs(page)] == [
        ["SYN-SENT"],
        [],
        ["ESTABLISHED"],
        ["SYN-SENT"],
    ]


def test_presumed_states_are_marked_and_explained() -> None:
    """A state in brackets comes with a line that says what brackets mean, and only then."""
    proved, presumed = (drawn(FakeReport(rungs=[rung(server_presumed=p)])) for p in (False, True))
    assert "(LISTEN)" in presumed
    assert "presumed" in presumed.split("(LISTEN)")[1]
    assert "(LISTEN)" not in proved
    assert "LISTEN" in proved


def test_segments_left_out_are_counted() -> None:
    """Of a long transfer, the ladder says how much of each end it does not draw."""
    left_out = [rung(1300, skipped_before=1204), rung(1301, skipped_before=1, from_client=False)]
    page = drawn(FakeReport(rungs=[rung(1), *left_out]))
    assert "│   ⋮ 1 204 segments of the client" in page
    assert "│   ⋮ 1 segment of the server" in page


def test_findings_stand_at_their_rung_and_below() -> None:
    """A finding is marked where its evidence is, and spelled out underneath."""
    report = FakeReport(rungs=[rung(1, codes=("SYN002", "SYN002")), rung(2)], said=[finding("No answer.")])
    lines = drawn(report).splitlines()
    mark = next(n for n, line in enumerate(lines) if "⚠ SYN002 x2" in line)
    assert "SYN seq 0" in lines[mark - 1]
    assert lines.index("⚠ SYN002 syn-unanswered (error, certain)") > mark
    assert "  No answer." in lines


def test_times_count_from_the_first_rung() -> None:
    """The first segment is at 0; a clock that went back shows as a negative time."""
    page = drawn(FakeReport(rungs=[rung(5), rung(6, time_ns=10**18), rung(7)]))
    assert re.findall(r"-?\d+\.\d{6}", page) == ["0.000000", "-0.005000", "0.002000"]


def test_hostile_label_cannot_act() -> None:
    """A label or a finding with escape sequences does nothing."""
    report = FakeReport(rungs=[rung(label=HOSTILE, codes=("SYN002",))], said=[finding(HOSTILE)])
    assert acting(drawn(report)) == set()


def test_connection_without_rungs() -> None:
    """Nothing to draw is no error."""
    assert "client" in drawn(FakeReport())
