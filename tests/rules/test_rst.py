"""What scripts on the pages of the RST rules cannot say: sentences, confidence, many connections."""

from pathlib import Path

import pytest

from handshake_inspect import Confidence, Severity, inspect
from tests.corpus import CORPUS, needs_corpus
from tests.rules.exchanges import OPEN, TALKED, found, only

SAMPLES = Path(__file__).resolve().parents[2] / "sample_pcaps"


def test_aborted_says_side_stage_and_bytes(tmp_path: Path) -> None:
    """RST001 names who reset, how far the connection had come, and what was not acknowledged."""
    finding = only(TALKED + "+0.100 < P. 301:1301(1000) ack 101\n+0.050 < R. 1301:1301(0) ack 101", tmp_path)
    assert finding.message == (
        "198.51.100.1:80 reset its open connection to 192.0.2.1:40000 50 ms after the last segment, "
        "after data had flowed both ways, with 1 000 bytes of its own unacknowledged"
    )
    assert [e.frame for e in finding.evidence] == [8, 7]


@pytest.mark.parametrize(
    ("rest", "stage"),
    [
        ("+0.010 < R 1:1(0)", "in answer to the third segment"),
        ("+1.000 > R. 1:1(0) ack 1", "before any data"),
        (
            "+0.010 > P. 1:11(10) ack 1\n+0.010 < R. 1:1(0) ack 11",
            "after the client's data and before any of the server",
        ),
        (
            "+0.010 < P. 1:11(10) ack 1\n+0.010 > R. 1:1(0) ack 11",
            "after the server's data and before any of the client",
        ),
    ],
)
def test_stages(rest: str, stage: str, tmp_path: Path) -> None:
    """RST001 tells the stages of a connection apart."""
    finding = only(OPEN + rest, tmp_path)
    assert finding.code == "RST001"
    assert stage in finding.message


def test_reset_in_anothers_name(tmp_path: Path) -> None:
    """A RST that its sender disowns is told by RST007; what the ends then found is told by RST003."""
    told = {
        f.code: f
        for f in found(
            TALKED + "+1 > R 101:101(0) ttl 44\n+0.2 > P. 101:141(40) ack 301\n+0.01 < R 301:301(0)", tmp_path
        )
    }
    assert told.keys() == {"RST003", "RST007"}
    assert told["RST007"].message == (
        "a RST in the name of 192.0.2.1:40000 to 198.51.100.1:80 was sent by another box: its TTL is 44 "
        "where that end's other segments have 64; 192.0.2.1:40000 went on 200 ms later"
    )
    assert (told["RST007"].severity, told["RST007"].confidence) == (Severity.ERROR, Confidence.CERTAIN)
    assert [e.frame for e in told["RST007"].evidence] == [7, 1, 8, 9]
    assert told["RST003"].message.endswith("; it had taken a RST for one of 192.0.2.1:40000")


def test_repeated_resets_are_one_finding(tmp_path: Path) -> None:
    """However many RSTs an end sends, the cause is counted and told once."""
    finding = only(
        TALKED + "+1 < R. 301:301(0) ack 101\n+0.001 < R 301:301(0)\n+0.1 < R 301:301(0)", tmp_path
    )
    assert (finding.code, finding.count) == ("RST001", 3)


def test_reset_after_fin_says_who_and_what(tmp_path: Path) -> None:
    """RST002 says that data came for a closed socket, and how much of it."""
    finding = only(
        TALKED + "+0.1 > F. 101:101(0) ack 301\n+0.01 < P. 301:501(200) ack 102\n+0.01 > R 301:301(0)",
        tmp_path,
    )
    assert finding.message == (
        "192.0.2.1:40000 had closed, and answered data of 198.51.100.1:80 with RST 20 ms after its FIN, "
        "with 200 bytes of its peer unacknowledged"
    )
    assert finding.severity is Severity.WARNING


def test_reset_instead_of_closing(tmp_path: Path) -> None:
    """RST002 speaks of the end that received the FIN and reset."""
    finding = only(TALKED + "+0.1 < F. 301:301(0) ack 101\n+0.2 > R. 101:101(0) ack 302", tmp_path)
    assert finding.code == "RST002"
    assert (
        "192.0.2.1:40000 answered the FIN of 198.51.100.1:80 with RST instead of closing" in finding.message
    )


def test_half_open_found_says_idle_time(tmp_path: Path) -> None:
    """RST003 says how long the end that forgot had not been heard; that is what a time-out is read from."""
    finding = only(TALKED + "+350 > P. 101:201(100) ack 301\n+0.010 < R 301:301(0)", tmp_path)
    assert finding.message == (
        "192.0.2.1:40000 sent data 350 s after 198.51.100.1:80 had last been heard; "
        "a RST said that there is no such connection"
    )
    assert finding.confidence is Confidence.CERTAIN


def test_keep_alive_and_fin_find_it_too(tmp_path: Path) -> None:
    """RST003 holds for a keep-alive, and is only a WARNING for a FIN."""
    probe = only(TALKED + "+75 > . 100:100(0) ack 301\n+0.010 < R 301:301(0)", tmp_path)
    fin = only(TALKED + "+75 > F. 101:101(0) ack 301\n+0.010 < R 301:301(0)", tmp_path)
    assert (probe.code, probe.severity) == ("RST003", Severity.ERROR)
    assert "sent a keep-alive 75.0 s after" in probe.message
    shut = only(
        TALKED + "+0.1 < . 301:301(0) ack 101 win 0\n+75 > . 100:100(0) ack 301\n+0 < R 301:301(0)", tmp_path
    )
    assert "sent a window probe 75.0 s after" in shut.message
    assert (fin.code, fin.severity) == ("RST003", Severity.WARNING)


def test_server_that_may_never_have_opened(tmp_path: Path) -> None:
    """Where the server never showed that it was open, RST003 says so and is only likely."""
    late = OPEN + "+1 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1\n+9 > P. 1:11(10) ack 1\n+0.01 < R 1:1(0)"
    finding = next(f for f in found(late, tmp_path) if f.code == "RST003")
    assert "may have given up the handshake" in finding.message
    assert finding.confidence is Confidence.LIKELY


def test_reset_at_another_number_is_no_answer(tmp_path: Path) -> None:
    """Connections of one story are judged by their own numbers: RST003 needs the RST at SEG.ACK."""
    late = "+1 > P. 101:201(100) ack 251\n+0.010 < R 301:301(0)"
    codes = {f.code for f in found(TALKED + late, tmp_path)}
    assert "RST003" not in codes


@pytest.mark.parametrize(
    ("capture", "code", "frame"),
    [
        ("aborted.pcap", "RST001", 8),
        ("half_open_reset.pcap", "RST003", 9),
    ],
)
def test_samples(capture: str, code: str, frame: int) -> None:
    """The samples of resets are told right, each by one finding."""
    told = [(f.code, f.evidence[0].frame) for f in inspect(SAMPLES / capture).findings()]
    assert told == [(code, frame)]


@needs_corpus
@pytest.mark.parametrize(
    ("capture", "code", "frame"),
    [
        ("close_unread_client.pcap", "RST001", 10),
        ("close_unread_server.pcap", "RST001", 6),
        ("multiple_rst.pcap", "RST001", 17),
        ("pmtud_blackhole.pcap", "RST001", 16),
        ("fin_then_rst_same_side.pcap", "RST002", 10),
        ("rst_after_fin_data.pcap", "RST002", 8),
        ("rst_instead_of_last_ack.pcap", "RST002", 10),
        ("late_duplicate_after_close_rst.pcap", "RST002", 17),
        ("idle_then_fin_answered_rst.pcap", "RST003", 9),
        ("keepalive_rebooted_peer.pcap", "RST003", 9),
        ("server_reboot_data_rst.pcap", "RST003", 9),
    ],
)
def test_known_captures(capture: str, code: str, frame: int) -> None:
    """Recorded resets are found at the frame that is known to be guilty, and called by one of these codes."""
    told = [(f.code, f.evidence[0].frame) for f in inspect(CORPUS / capture).findings()]
    assert [t for t in told if t[0] in ("RST001", "RST002", "RST003")] == [(code, frame)]


def test_what_the_reset_acknowledges_is_not_lost(tmp_path: Path) -> None:
    """A RST with ACK acknowledges what came before it, so only what it leaves out is counted."""
    data = "+0.01 < P. 301:1301(1000) ack 101\n"
    took = only(TALKED + data + "+0.01 > R. 101:101(0) ack 1301", tmp_path)
    left = only(TALKED + data + "+0.01 > R. 101:101(0) ack 301", tmp_path)
    assert "unacknowledged" not in took.message
    assert left.message.endswith("with 1 000 bytes of its peer's unacknowledged")


@pytest.mark.parametrize(
    ("sent", "what"),
    [
        ("+0 > . 100:100(0) ack 1\n", "an ACK"),
        ("+0 > . 100:100(0) ack 1\n+5 > . 100:100(0) ack 1\n", "an ACK"),
        ("+0 > P. 100:200(100) ack 1\n", "data"),
    ],
    ids=["ack", "acks", "data"],
)
def test_half_open_found_at_the_beginning_of_a_capture(sent: str, what: str, tmp_path: Path) -> None:
    """What an older connection sends first may be a keep-alive: its RST is RST003, and not RST001."""
    *late, gone = found(sent + "+0.01 < R 1:1(0)", tmp_path)
    # A lone ACK may be a probe, and no connection of before.
    assert [f.code for f in late] == ([] if sent.count("+") == 1 and what == "an ACK" else ["CAP003"])
    assert gone.code == "RST003"
    assert gone.message == (
        f"192.0.2.1:40000 sent {what} to 198.51.100.1:80; a RST said that there is no such connection"
    )


def test_aborted_without_its_opening_names_no_third_segment(tmp_path: Path) -> None:
    """The first segment of a capture is not taken for the third of a handshake."""
    (finding,) = (
        f for f in found("+0 > . 100:100(0) ack 1\n+1 < R. 1:1(0) ack 100", tmp_path) if f.connection
    )
    assert finding.code == "RST001"
    assert finding.message.endswith("1.0 s after the last segment, with no data captured before")


def test_reset_by_another_box_is_told_once(tmp_path: Path) -> None:
    """A RST for an idle connection that its end did not send is RST007 alone, with the time of silence."""
    finding = only(TALKED + "+300 > P. 101:201(100) ack 301\n+0.001 < R 301:301(0) ttl 61", tmp_path)
    assert finding.code == "RST007"
    assert finding.message.endswith("; it answered data sent 300 s after 198.51.100.1:80 was last heard")
