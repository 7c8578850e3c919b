"""What scripts on the pages of FIN005 to FIN014 cannot say: sentences, confidence, many connections."""

from pathlib import Path

import pytest

from handshake_inspect import Confidence, Severity, inspect
from tests.corpus import CORPUS, needs_corpus
from tests.rules.exchanges import OPEN, found, later, only, second

SAMPLES = Path(__file__).resolve().parents[2] / "sample_pcaps"

HALF = OPEN + "+0.1 > F. 1:1(0) ack 1\n+0.04 < . 1:1(0) ack 2\n"


def test_data_beyond_the_fin(tmp_path: Path) -> None:
    """FIN005 is certain for the next byte; behind a gap it may be another connection."""
    next_byte = next(f for f in found(HALF + "+0.2 > P. 2:12(10) ack 1", tmp_path) if f.code == "FIN005")
    behind = next(f for f in found(HALF + "+0.2 > P. 502:512(10) ack 1", tmp_path) if f.code == "FIN005")
    assert next_byte.message == (
        "192.0.2.1:40000 sent 10 bytes of new data to 198.51.100.1:80 240 ms after its FIN: "
        "the receiver must ignore it"
    )
    assert (next_byte.confidence, behind.confidence) == (Confidence.CERTAIN, Confidence.POSSIBLE)


def test_hole_before_a_fin(tmp_path: Path) -> None:
    """FIN006 counts the missing bytes, and is only possible until the receiver says that it lacks them."""
    fin = OPEN + "+0.1 > P. 1:101(100) ack 1\n+0.01 < . 1:1(0) ack 101\n+0.1 > F. 601:601(0) ack 1\n"
    asked = only(fin + "+0.01 < . 1:1(0) ack 101", tmp_path)
    alone = only(fin, tmp_path)
    assert asked.message == (
        "500 bytes before the FIN of 192.0.2.1:40000 to 198.51.100.1:80 were never seen, so it cannot take "
        "effect; 198.51.100.1:80 still waits for them"
    )
    assert [(f.code, f.confidence) for f in (asked, alone)] == [
        ("FIN006", Confidence.CERTAIN),
        ("FIN006", Confidence.POSSIBLE),
    ]


def test_a_hole_is_told_once(tmp_path: Path) -> None:
    """A FIN behind a gap that is sent again and again is still one cause."""
    fin = OPEN + "+0.1 > P. 1:101(100) ack 1\n+0.01 < . 1:1(0) ack 101\n" + 3 * "+0.4 > F. 601:601(0) ack 1\n"
    assert only(fin + later(5), tmp_path).code == "FIN006"


def test_transfer_over_half_a_connection(tmp_path: Path) -> None:
    """FIN008 says how much was sent and for how long; copies alone do not count."""
    data = HALF + "+2 < P. 1:1001(1000) ack 2\n+0.01 > . 2:2(0) ack 1001\n+1 < P. 1001:1501(500) ack 2\n"
    close = "+0.01 > . 2:2(0) ack {0}\n+0.01 < F. {1}:{1}(0) ack 2\n+0.01 > . 2:2(0) ack {0}"
    finding = only(data + close.format(1502, 1501).replace("ack 1502", "ack 1501", 1), tmp_path)
    assert finding.message == (
        "198.51.100.1:80 sent 1 500 bytes more for 3.0 s after 192.0.2.1:40000 had closed"
    )
    answered = OPEN + "+0.1 < P. 1:11(10) ack 1\n+0.01 > F. 1:1(0) ack 11\n"
    copies = (
        answered
        + "+2 < P. 1:11(10) ack 2\n+0.01 > . 2:2(0) ack 11\n+0.1 < F. 11:11(0) ack 2\n+0 > . 2:2(0) ack 12"
    )
    assert "FIN008" not in {f.code for f in found(copies, tmp_path)}


def test_transfers_of_one_story(tmp_path: Path) -> None:
    """Of two connections of one story only that with the long transfer is named."""
    text = (
        HALF
        + "+{0} < P. 1:1001(1000) ack 2\n+0.01 > . 2:2(0) ack 1001\n"
        + "+0.01 < F. 1001:1001(0) ack 2\n+0.01 > . 2:2(0) ack 1002\n"
    )
    told = found(text.format(2) + second(text.format(0.5)), tmp_path)
    assert [(f.code, f.connection) for f in told] == [("FIN008", 1)]


def test_half_closed_at_the_end(tmp_path: Path) -> None:
    """FIN009 says on which side a connection was still open, until FIN003 knows that it waits too long."""
    finding = only(HALF + later(5), tmp_path)
    assert finding.message == (
        "192.0.2.1:40000 closed; 198.51.100.1:80 acknowledged that and had not closed when the capture "
        "ended, 5.1 s after the FIN"
    )
    assert (finding.code, finding.severity) == ("FIN009", Severity.NOTE)
    assert only(HALF + later(80), tmp_path).code == "FIN003"


def test_open_and_idle(tmp_path: Path) -> None:
    """FIN009 speaks of an idle connection only after more than two hours."""
    assert found(OPEN + later(7400), tmp_path) == []
    idle = only(OPEN + later(7500), tmp_path)
    assert idle.message == (
        "192.0.2.1:40000 and 198.51.100.1:80 had said nothing for 7500 s when the capture ended, "
        "and neither had closed"
    )
    assert (idle.code, idle.confidence) == ("FIN009", Confidence.LIKELY)


def test_lone_fin(tmp_path: Path) -> None:
    """FIN011 speaks of a FIN that was refused, and is silent for a connection that once spoke."""
    lone = found("+0 > F. 501:501(0) ack 901\n+1 > F. 501:501(0) ack 901\n+0.01 < R 901:901(0)", tmp_path)
    finding = next(f for f in lone if f.code == "FIN011")
    assert finding.message == (
        "192.0.2.1:40000 sent a FIN to 198.51.100.1:80 for a connection that was never seen open; "
        "a RST 1.0 s later said that there is none"
    )
    assert "RST003" not in {f.code for f in lone}
    spoke = found("+0 > P. 491:501(10) ack 901\n+9 > F. 501:501(0) ack 901\n+0.01 < R 901:901(0)", tmp_path)
    assert "FIN011" not in {f.code for f in spoke}


def test_last_ack_not_seen(tmp_path: Path) -> None:
    """FIN013 is possible at first, likely after 3 s, and never certain."""
    closing = OPEN + "+0.1 > F. 1:1(0) ack 1\n+0.01 < F. 1:1(0) ack 2\n"
    assert found(closing + later(0.5), tmp_path) == []
    soon, sure = only(closing + later(2), tmp_path), only(closing + later(5), tmp_path)
    assert [(f.code, f.confidence) for f in (soon, sure)] == [
        ("FIN013", Confidence.POSSIBLE),
        ("FIN013", Confidence.LIKELY),
    ]
    assert sure.message == (
        "192.0.2.1:40000 was not seen to acknowledge the FIN of 198.51.100.1:80, which did not repeat it "
        "in the 5.0 s that the capture goes on"
    )


def test_lost_with_the_close(tmp_path: Path) -> None:
    """FIN014 counts what was never acknowledged; a FIN that is repeated is told by FIN002."""
    closed = OPEN + "+0.1 < F. 1:1(0) ack 1\n+0.01 > . 1:1(0) ack 2\n+0.1 > P. 1:101(100) ack 2\n"
    fin = "+0.001 > F. 101:101(0) ack 2\n"
    lost = only(closed + fin + later(5), tmp_path)
    assert lost.message == (
        "192.0.2.1:40000 and 198.51.100.1:80 both closed, and 198.51.100.1:80 never acknowledged 100 bytes "
        "before the FIN of 192.0.2.1:40000"
    )
    assert (lost.code, lost.confidence) == ("FIN014", Confidence.LIKELY)
    repeated = only(closed + fin + "+0.3 > F. 101:101(0) ack 2\n" + later(5), tmp_path)
    assert repeated.code == "FIN002"


def test_half_close_sample() -> None:
    """The sample of a half-close is told by FIN008 alone."""
    told = [f.code for f in inspect(SAMPLES / "half_close.pcap").findings()]
    assert told == ["FIN008"]


@needs_corpus
@pytest.mark.parametrize(
    ("capture", "frames"),
    [("close_wait_leak.pcap", [8, 17, 26, 35, 44]), ("server_app_hangs.pcap", [6])],
)
def test_half_closed_captures(capture: str, frames: list[int]) -> None:
    """Recorded connections that were half-closed when the capture ended are told by FIN009."""
    told = sorted(f.evidence[0].frame for f in inspect(CORPUS / capture).findings() if f.code == "FIN009")
    assert told == frames


def test_a_fin_that_the_capture_lost(tmp_path: Path) -> None:
    """FIN009 is silent where an acknowledgement shows that the other FIN was sent and not captured."""
    assert "FIN009" not in {f.code for f in found(HALF + "+0.2 > . 2:2(0) ack 2", tmp_path)}
