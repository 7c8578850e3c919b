"""What scripts on the pages of ACK003, ACK005, ACK006 and ACK007 cannot say."""

from pathlib import Path

from handshake_inspect import Confidence, Severity, inspect
from tests.corpus import CORPUS, needs_corpus
from tests.rules.exchanges import TALKED, found, only, second

SAMPLES = Path(__file__).resolve().parents[2] / "sample_pcaps"

GOES_ON = "+1 > P. 101:201(100) ack 301\n+0.01 < . 301:301(0) ack 201\n"
CHALLENGE = "+0.001 < . 301:301(0) ack 101\n"


def test_too_much_says_how_much(tmp_path: Path) -> None:
    """ACK003 measures by the challenge ACK's own number, and is certain when data was dropped."""
    finding = only(TALKED + "+1 > P. 101:105(4) ack 100301\n" + CHALLENGE + GOES_ON, tmp_path)
    assert finding.message == (
        "a segment in the name of 192.0.2.1:40000 acknowledged 100 000 bytes more than 198.51.100.1:80 had"
        " sent; 198.51.100.1:80 dropped it and answered with a challenge ACK, and the connection went on"
    )
    assert (finding.code, finding.confidence) == ("ACK003", Confidence.CERTAIN)


def test_too_old_is_outside_the_largest_window(tmp_path: Path) -> None:
    """An old acknowledgement counts only beyond the largest window its sender had offered."""
    offer = " <mss 1460,wscale 10>"
    scaled = TALKED.replace("S 0:0(0)", f"S 0:0(0){offer}").replace("ack 1\n", f"ack 1{offer}\n", 1)
    old = "+1 > P. 101:105(4) ack -200000\n" + CHALLENGE + GOES_ON
    told = only(TALKED + old, tmp_path)
    assert told.code == "ACK003"
    assert "acknowledged 200 301 bytes less than it had before" in told.message
    assert not found(scaled + old, tmp_path)


def test_too_old_in_a_long_transfer(tmp_path: Path) -> None:
    """An acknowledgement that is old, but later than the SYN, is kept and told too, far from either end."""
    bulk = "".join(
        f"+0.01 < P. {301 + 60000 * k}:{301 + 60000 * (k + 1)}(60000) ack 101\n"
        f"+0.01 > . 101:101(0) ack {301 + 60000 * (k + 1)}\n"
        for k in range(8)
    )
    old = "+1 > P. 101:105(4) ack 5301\n+0.001 < . 480301:480301(0) ack 101\n"
    assert only(TALKED + bulk + old, tmp_path).code == "ACK003"


def test_several_are_one_finding(tmp_path: Path) -> None:
    """Odd acknowledgements of one connection are told once, with all frames."""
    asked = "+1 > P. 101:105(4) ack 900301\n" + CHALLENGE
    finding = only(TALKED + asked * 2 + GOES_ON, tmp_path)
    assert (finding.count, [e.frame for e in finding.evidence]) == (2, [7, 8, 9, 10])


def test_unsent_without_an_answer_is_ack_of_unsent(tmp_path: Path) -> None:
    """Without a challenge ACK the same segment is ACK006, because the server goes on below the number."""
    odd = "+1 > . 101:101(0) ack 5301\n"
    on = "+0.5 < P. 301:401(100) ack 101\n+0.01 > . 101:101(0) ack 401\n"
    finding = only(TALKED + odd + on, tmp_path)
    assert finding.message == (
        "192.0.2.1:40000 acknowledged 5 000 bytes more than 198.51.100.1:80 had sent;"
        " 198.51.100.1:80 went on below that number 500 ms later, and never reached it"
    )
    assert (finding.code, finding.severity) == ("ACK006", Severity.WARNING)


def test_unsent_is_settled_for_each_connection(tmp_path: Path) -> None:
    """Of two connections with one story, only that is told whose server never sends what was acknowledged."""
    odd = "+1 > . 101:101(0) ack 5301\n"
    on = "+0.5 < P. 301:401(100) ack 101\n+0.01 > . 101:101(0) ack 401\n"
    # The same, but the acknowledged bytes are captured after their acknowledgement.
    late = odd.replace("5301", "401") + on
    told = [(f.code, f.connection) for f in found(TALKED + odd + on + second(TALKED + late), tmp_path)]
    assert told == [("ACK006", 1)]


STUCK = "+1 > S 70000:70000(0)\n+0.001 < . 301:301(0) ack 101\n"


def test_unanswered_challenges(tmp_path: Path) -> None:
    """ACK005 counts tries and challenges, and is only likely after a single challenge."""
    finding = only(TALKED + STUCK * 3, tmp_path)
    assert finding.message == (
        "192.0.2.1:40000 sent its SYN to 198.51.100.1:80 3 times, after 1.0 s, 1.0 s: at 1 s first, then"
        " doubling, as Linux does since 6.5; 198.51.100.1:80 answered with 3 challenge ACKs of an older"
        " connection, and no RST of 192.0.2.1:40000 said that this is over"
    )
    assert (finding.code, finding.confidence) == ("ACK005", Confidence.CERTAIN)
    finding = only(TALKED + STUCK + "+1 > S 70000:70000(0)\n", tmp_path)
    assert (finding.code, finding.confidence) == ("ACK005", Confidence.LIKELY)


def test_the_syn_after_a_challenge_is_no_time_out(tmp_path: Path) -> None:
    """Linux repeats its SYN at once after a wrong answer: ACK005 counts that as no wait."""
    finding = only(TALKED + STUCK + "+0.012 > S 70000:70000(0)\n" + STUCK * 2, tmp_path)
    assert "4 times, after 1.0 s, 1.0 s: at 1 s first" in finding.message


def test_a_stranger_is_not_stuck(tmp_path: Path) -> None:
    """Where the connection goes on, the SYNs were not its client's: ACK001."""
    assert only(TALKED + STUCK * 2 + GOES_ON, tmp_path).code == "ACK001"


def test_time_wait_is_not_stuck(tmp_path: Path) -> None:
    """Challenges from TIME-WAIT are FIN010, whether or not a RST answers them."""
    closed = "+0.1 > F. 101:101(0) ack 301\n+0 < F. 301:301(0) ack 102\n+0.01 > . 102:102(0) ack 302\n"
    refused = "+1 > S -70000:-70000(0)\n+0.01 < . 302:302(0) ack 102\n"
    assert [f.code for f in found(TALKED + closed + refused * 2, tmp_path)] == ["FIN010"]


IN_SYN_RECEIVED = """
+0.000 > S -5000:-5000(0)
+0.010 < S. 0:0(0) ack -4999
+0.300 > S 0:0(0)
+0.010 < . 1:1(0) ack -4999
"""


def test_challenge_in_syn_received(tmp_path: Path) -> None:
    """ACK007 tells both SYNs, who was answered and what the client did; unopened it is a warning."""
    finding = only(IN_SYN_RECEIVED + "+0.001 > R -4999:-4999(0)\n", tmp_path)
    assert finding.message == (
        "192.0.2.1:40000 sent 198.51.100.1:80 a SYN with another initial sequence number 310 ms after its"
        " first; 198.51.100.1:80, in SYN-RECEIVED, answered for the first one with a challenge ACK; the"
        " client reset that; the attempt was reset"
    )
    assert (finding.code, finding.severity) == ("ACK007", Severity.WARNING)


def test_old_syn_is_told_as_a_whole(tmp_path: Path) -> None:
    """Where the client resets the challenge and its newer SYN opens, SYN013 alone speaks."""
    recovery = """
+0.001 > R -4999:-4999(0)
+0.012 > S 0:0(0)
+0.010 < S. 30000:30000(0) ack 1
+0.010 > . 1:1(0) ack 30001
"""
    assert [f.code for f in found(IN_SYN_RECEIVED + recovery, tmp_path)] == ["SYN013"]
    assert [f.code for f in inspect(SAMPLES / "old_syn_challenged.pcap").findings()] == ["SYN013"]


@needs_corpus
def test_known_capture() -> None:
    """Injected data with an impossible acknowledgement is found, ahead and behind, with its answers."""
    told = list(inspect(CORPUS / "spoofed_data_bad_ack.pcap").findings())
    assert [(f.code, [e.frame for e in f.evidence]) for f in told] == [("ACK003", [8, 9, 10, 11])]
