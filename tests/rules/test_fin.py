"""What scripts on the pages of the FIN rules cannot say: sentences, confidence, many connections."""

from pathlib import Path

import pytest

from handshake_inspect import Confidence, Severity, inspect
from tests.corpus import CORPUS, needs_corpus
from tests.rules.exchanges import OPEN, found, later, only

SAMPLES = Path(__file__).resolve().parents[2] / "sample_pcaps"


FIN_LOST = OPEN + "+0.1 > F. 1:1(0) ack 1\n+0.22 > F. 1:1(0) ack 1\n"


def test_retransmitted_says_when_it_was_acknowledged(tmp_path: Path) -> None:
    """FIN001 says how often the FIN was sent and what became of it."""
    finding = only(FIN_LOST + "+0.01 < F. 1:1(0) ack 2\n+0.01 > . 2:2(0) ack 2", tmp_path)
    assert finding.message == (
        "192.0.2.1:40000 sent its FIN twice, 220 ms apart; it was acknowledged 230 ms after the first"
    )
    assert finding.severity is Severity.NOTE


def test_tail_loss_probe(tmp_path: Path) -> None:
    """A FIN repeated before a delayed ACK could come is called a probe."""
    probe = (
        OPEN + "+0.1 > F. 1:1(0) ack 1\n+0.03 > F. 1:1(0) ack 1\n+0.01 < F. 1:1(0) ack 2\n+0 > . 2:2(0) ack 2"
    )
    assert "tail-loss probe" in only(probe, tmp_path).message


def test_repeated_although_acknowledged(tmp_path: Path) -> None:
    """An acknowledgement captured before the repetition was lost, or late, behind the observer."""
    lost = "+0.1 > F. 1:1(0) ack 1\n+0.01 < . 1:1(0) ack 2\n+0.25 > F. 1:1(0) ack 1\n+0.01 < . 1:1(0) ack 2\n"
    close = "+0.1 < F. 1:1(0) ack 2\n+0.01 > . 2:2(0) ack 2"
    assert "behind the observer" in only(OPEN + lost + close, tmp_path).message


def test_unacknowledged_is_possible_until_the_next_was_due(tmp_path: Path) -> None:
    """FIN002 is certain only where the recording goes on for longer than the next repetition was due."""
    early = only(FIN_LOST + "+0.44 > F. 1:1(0) ack 1", tmp_path)
    late = only(FIN_LOST + "+0.44 > F. 1:1(0) ack 1" + later(5), tmp_path)
    assert (early.code, early.confidence) == ("FIN002", Confidence.POSSIBLE)
    assert (late.code, late.confidence) == ("FIN002", Confidence.CERTAIN)
    assert late.message == (
        "192.0.2.1:40000 sent its FIN to 198.51.100.1:80 3 times over 660 ms, after 220 ms, 440 ms: doubling "
        "from 220 ms; it was never acknowledged, in the 5.0 s that the capture goes on"
    )


def test_one_story_two_confidences(tmp_path: Path) -> None:
    """Two connections with the same packets share a story, and the clock decides for each of them."""
    second = FIN_LOST.replace("+0.000", "+9").replace(" >", " [2] >").replace(" <", " [2] <")
    told = {f.connection: f.confidence for f in found(FIN_LOST + second, tmp_path)}
    assert told == {1: Confidence.CERTAIN, 2: Confidence.POSSIBLE}


def test_silence_without_repetition(tmp_path: Path) -> None:
    """A FIN that is not repeated counts after 10 s of silence, and is only likely."""
    once = OPEN + "+0.1 > F. 1:1(0) ack 1"
    assert found(once + later(5), tmp_path) == []
    finding = only(once + later(15), tmp_path)
    assert (finding.code, finding.confidence) == ("FIN002", Confidence.LIKELY)


def test_the_last_step_matters_less(tmp_path: Path) -> None:
    """Where the other end had closed before, FIN002 is a WARNING."""
    last = (
        OPEN
        + "+0.1 > F. 1:1(0) ack 1\n+0.01 < F. 1:1(0) ack 2\n+0.3 < F. 1:1(0) ack 2\n+0.6 < F. 1:1(0) ack 2"
        + later(5)
    )
    finding = only(last, tmp_path)
    assert (finding.code, finding.severity) == ("FIN002", Severity.WARNING)


STUCK = OPEN + "+0.1 > F. 1:1(0) ack 1\n+0.04 < . 1:1(0) ack 2\n"


def test_stuck_until_the_capture_ends(tmp_path: Path) -> None:
    """FIN003 holds for a connection that is still waiting when the capture ends, and says how long."""
    finding = only(STUCK + later(80), tmp_path)
    assert finding.message == (
        "198.51.100.1:80 stayed silent in CLOSE-WAIT for 80.0 s after 192.0.2.1:40000 had closed, "
        "until the capture ended"
    )
    assert (finding.code, finding.confidence) == ("FIN003", Confidence.LIKELY)


def test_only_those_that_wait_long(tmp_path: Path) -> None:
    """Of connections with one story only those that waited 60 s or more are named."""
    close = "+{0} < F. 1:1(0) ack 2\n+0.01 > . 2:2(0) ack 2\n"
    second = (STUCK + close.format(3)).replace(" >", " [2] >").replace(" <", " [2] <")
    told = found(STUCK + close.format(70) + second, tmp_path)
    assert [(f.code, f.connection) for f in told] == [("FIN003", 1)]


def test_data_begins_the_wait_anew(tmp_path: Path) -> None:
    """The wait of FIN003 is counted from the last data, not from the FIN."""
    data = STUCK + "+40 < P. 1:11(10) ack 2\n+0.01 > . 2:2(0) ack 11\n"
    patient = only(data + "+40 < F. 11:11(0) ack 2\n+0.01 > . 2:2(0) ack 12", tmp_path)
    assert patient.code == "FIN008"
    finding = only(data + "+90 < F. 11:11(0) ack 2\n+0.01 > . 2:2(0) ack 12", tmp_path)
    assert "for 90.0 s" in finding.message


def test_forgotten_meanwhile(tmp_path: Path) -> None:
    """A RST for the FIN that came too late is told by FIN003 alone."""
    finding = only(STUCK + "+75 < F. 1:1(0) ack 2\n+0.01 > R 2:2(0)", tmp_path)
    assert finding.message.endswith("then it closed, and 192.0.2.1:40000 no longer knew the connection")


LAST = OPEN + "+0.1 > F. 1:1(0) ack 1\n+0.01 < F. 1:1(0) ack 2\n+0.01 > . 2:2(0) ack 2\n"


def test_last_ack_lost(tmp_path: Path) -> None:
    """FIN004 names both ends; a repetition that may have crossed the ACK is only possible."""
    again = "+{0} < F. 1:1(0) ack 2\n+0.01 > . 2:2(0) ack 2"
    sure, crossed = only(LAST + again.format(0.22), tmp_path), only(LAST + again.format(0.03), tmp_path)
    assert sure.message == (
        "the last ACK of 192.0.2.1:40000 did not reach 198.51.100.1:80, which sent its FIN again "
        "230 ms later; 192.0.2.1:40000 acknowledged it from TIME-WAIT"
    )
    assert sure.confidence is Confidence.CERTAIN
    assert (crossed.code, crossed.confidence) == ("FIN004", Confidence.POSSIBLE)


def test_simultaneous_close_is_proved_by_both(tmp_path: Path) -> None:
    """FIN007 is certain where each end acknowledged the other's FIN."""
    crossing = OPEN + "+0.1 > F. 1:1(0) ack 1\n+0.001 < F. 1:1(0) ack 1\n"
    finding = only(crossing + "+0.01 > . 2:2(0) ack 2\n+0 < . 2:2(0) ack 2", tmp_path)
    assert (finding.code, finding.confidence) == ("FIN007", Confidence.CERTAIN)
    assert "1 ms apart" in finding.message


def test_a_tail_loss_probe_comes_first(tmp_path: Path) -> None:
    """Linux probes before it times out, and counts anew from the probe: that is no odd schedule."""
    again = "+0.1 > F. 1:1(0) ack 1\n+0.21 > F. 1:1(0) ack 1\n+0.21 > F. 1:1(0) ack 1\n+0.01 < . 1:1(0) ack 2"
    opened = "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1\n"
    (finding,) = (f for f in found(opened + again, tmp_path) if f.code == "FIN001")
    assert "210 ms, 210 ms: as with a tail loss probe before the time-out;" in finding.message


@pytest.mark.parametrize(
    ("capture", "code", "frame"),
    [
        ("last_ack_lost.pcapng", "FIN004", 12),
        ("simultaneous_close.pcap", "FIN007", 8),
    ],
)
def test_samples(capture: str, code: str, frame: int) -> None:
    """The samples of closings are told right, each by one finding."""
    told = [(f.code, f.evidence[0].frame) for f in inspect(SAMPLES / capture).findings()]
    assert told == [(code, frame)]


@needs_corpus
@pytest.mark.parametrize(
    ("capture", "code", "frame"),
    [
        ("fin_lost_all.pcap", "FIN002", 8),
        ("last_ack_server_gone.pcap", "FIN002", 8),
        ("last_ack_lost@client.pcap", "FIN004", 12),
        ("last_ack_lost@server.pcap", "FIN001", 11),
        ("two_connections_interleaved.pcap", "FIN001", 25),
    ],
)
def test_known_captures(capture: str, code: str, frame: int) -> None:
    """Recorded closings are told by the one rule that knows them best."""
    told = [(f.code, f.evidence[0].frame) for f in inspect(CORPUS / capture).findings()]
    assert [t for t in told if t[0].startswith("FIN")] == [(code, frame)]


def test_data_after_fin_counts_what_is_new(tmp_path: Path) -> None:
    """FIN005 does not count what a segment repeats of before the FIN, nor the number that the FIN has."""
    closed = OPEN + "+0.1 > P. 1:101(100) ack 1\n+0.001 > F. 101:101(0) ack 1\n+0.01 < . 1:1(0) ack 102\n"
    told = [f for f in found(closed + "+0.3 > P. 51:151(100) ack 1", tmp_path) if f.code == "FIN005"]
    assert "sent 49 bytes of new data" in told[0].message


def test_fin_without_ack_is_not_repeated_by_the_next(tmp_path: Path) -> None:
    """A FIN without ACK, which its receiver drops, is SYN021; the real one behind it is its first."""
    rest = "+0.1 > F 1:1(0)\n+0.01 > F. 1:1(0) ack 1\n+0.01 < F. 1:1(0) ack 2\n+0.01 > . 2:2(0) ack 2"
    assert only(OPEN + rest, tmp_path).code == "SYN021"
