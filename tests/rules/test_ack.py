"""What scripts on the pages of the ACK rules cannot say: sentences, confidence, many connections."""

from pathlib import Path

import pytest

from handshake_inspect import Confidence, inspect
from tests.corpus import CORPUS, needs_corpus
from tests.rules.exchanges import TALKED, found, only

SAMPLES = Path(__file__).resolve().parents[2] / "sample_pcaps"

GOES_ON = "+1 > P. 101:201(100) ack 301\n+0.01 < . 301:301(0) ack 201"
CHALLENGE = "+0.001 < . 301:301(0) ack 101\n"


def test_challenged_syn_of_a_new_attempt(tmp_path: Path) -> None:
    """ACK001 says that the SYN was new, who answered, and that the connection went on."""
    finding = only(TALKED + "+5 > S 70000:70000(0)\n" + CHALLENGE + GOES_ON, tmp_path)
    assert finding.message == (
        "192.0.2.1:40000 sent a new SYN on its open connection to 198.51.100.1:80; "
        "198.51.100.1:80 answered with a challenge ACK, and the connection went on"
    )
    assert finding.confidence is Confidence.CERTAIN


def test_challenged_copy(tmp_path: Path) -> None:
    """A late copy of the connection's own SYN is called one."""
    finding = only(TALKED + "+5 > S 0:0(0)\n" + CHALLENGE + GOES_ON, tmp_path)
    assert finding.code == "ACK001"
    assert "a copy of its SYN" in finding.message


def test_challenged_stranger(tmp_path: Path) -> None:
    """A SYN that came another way than its sender's segments is said to."""
    finding = only(TALKED + "+5 > S 70000:70000(0) ttl 240\n" + CHALLENGE + GOES_ON, tmp_path)
    assert "TTL 240 where its other segments have 64" in finding.message


def test_ack_of_something_new_is_only_possible(tmp_path: Path) -> None:
    """An ACK behind a SYN that acknowledges waiting data may be an ordinary one."""
    unacked = TALKED + "+0.5 > P. 101:201(100) ack 301\n"
    finding = only(unacked + "+0.001 > S 70000:70000(0)\n+0.04 < . 301:301(0) ack 201", tmp_path)
    assert (finding.code, finding.confidence) == ("ACK001", Confidence.POSSIBLE)


def test_several_challenges_are_one_finding(tmp_path: Path) -> None:
    """SYNs that are repeated in vain are counted, and told once."""
    syn = "+1 > S 70000:70000(0)\n"
    finding = only(TALKED + (syn + CHALLENGE) * 3 + GOES_ON, tmp_path)
    assert (finding.code, finding.count) == ("ACK001", 3)


def test_challenged_reset_says_how_far_off(tmp_path: Path) -> None:
    """ACK002 says in whose name the RST came and how far from exact it was."""
    finding = only(TALKED + "+5 > R 2101:2101(0)\n" + CHALLENGE + GOES_ON, tmp_path)
    assert finding.message == (
        "a RST in the name of 192.0.2.1:40000 was 2 000 bytes beyond what 198.51.100.1:80 expected next; "
        "198.51.100.1:80 answered with a challenge ACK, and the connection went on"
    )


def test_confirmed_reset_is_an_abort(tmp_path: Path) -> None:
    """A sender that answers the challenge with an exact RST meant it: RST001 tells that, not ACK002."""
    finding = only(TALKED + "+5 > R 2101:2101(0)\n" + CHALLENGE + "+0.01 > R 101:101(0)", tmp_path)
    assert finding.code == "RST001"


RESTART = """
+{0} > S 70000:70000(0)
+0.010 < . 301:301(0) ack 101
+0.010 > R 101:101(0)
+1.000 > S 70000:70000(0)
+0.010 < S. 90000:90000(0) ack 70001
+0.010 > . 70001:70001(0) ack 90001
"""


def test_recovery_names_the_old_connection(tmp_path: Path) -> None:
    """ACK004 says when the forgotten connection was last heard, and how long the recovery took."""
    finding = only(TALKED + RESTART.format(30), tmp_path)
    assert finding.message == (
        "198.51.100.1:80 still held a connection last heard 30.0 s before; it challenged the SYN of "
        "192.0.2.1:40000, which reset that, tried again and got through after 1.0 s"
    )


def test_time_wait_is_not_half_open(tmp_path: Path) -> None:
    """Of two lives with one story, only the one whose older connection had not been closed is ACK004."""
    closed = "+0.1 > F. 101:101(0) ack 301\n+0 < F. 301:301(0) ack 102\n+0.01 > . 102:102(0) ack 302\n"
    refused = (
        RESTART.format(1)
        .replace("301:301(0) ack 101", "302:302(0) ack 102")
        .replace("R 101:101(0)", "R 102:102(0)")
    )
    held = (TALKED + RESTART.format(1)).replace(" >", " [2] >").replace(" <", " [2] <")
    told = [(f.code, f.connection) for f in found(TALKED + closed + refused + held, tmp_path)]
    assert [t for t in told if t[0] == "ACK004"] == [("ACK004", 4)]


def test_reset_at_another_number_recovers_nothing(tmp_path: Path) -> None:
    """The RST of a recovery lies at the number the challenge acknowledged."""
    wrong = RESTART.format(1).replace("R 101:101(0)", "R 555:555(0)")
    assert "ACK004" not in {f.code for f in found(TALKED + wrong, tmp_path)}


@pytest.mark.parametrize(
    ("capture", "code", "frame"),
    [
        ("blind_reset.pcap", "ACK002", 7),
        ("half_open_challenged.pcap", "ACK004", 5),
    ],
)
def test_samples(capture: str, code: str, frame: int) -> None:
    """The samples of challenges are told right, each by one finding."""
    told = [(f.code, f.evidence[0].frame) for f in inspect(SAMPLES / capture).findings()]
    assert told == [(code, frame)]


@needs_corpus
@pytest.mark.parametrize(
    ("capture", "code", "frame"),
    [
        ("spoofed_synack_established.pcap", "ACK001", 8),
        ("spoofed_rst_in_window.pcap", "ACK002", 8),
    ],
)
def test_known_captures(capture: str, code: str, frame: int) -> None:
    """Recorded challenges are found at the segment that provoked them."""
    told = [(f.code, f.evidence[0].frame) for f in inspect(CORPUS / capture).findings()]
    assert told == [(code, frame)]


@needs_corpus
@pytest.mark.parametrize("capture", ["tw_refused_rfc1337.pcap", "tuple_reuse_unclosed.pcap"])
def test_reuse_is_not_a_recovery(capture: str) -> None:
    """A SYN in TIME-WAIT, and one that is simply accepted, are no challenges."""
    assert not [f for f in inspect(CORPUS / capture).findings() if f.code.startswith("ACK")]
