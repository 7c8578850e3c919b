"""What scripts on the pages of SYN022, SYN023, SYN024, FIN012 and RST013 cannot say."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handshake_inspect import Confidence, Report, Severity, inspect, script
from tests.corpus import CORPUS, needs_corpus
from tests.rules.exchanges import OPEN, found, only, second

ITSELF = """
client 127.0.0.1:40000 isn 0
server 127.0.0.1:40000 isn 0
"""
"with number 0, so that an end's own numbers and the other's look alike"


def reported(text: str, tmp_path: Path) -> Report:
    """The report on a packet script."""
    capture = tmp_path / "script.pcap"
    capture.write_bytes(script.to_pcap(script.parse(text)))
    return inspect(capture)


SELF_CONNECT = """
+0.000 > S 0:0(0)
+0.001 > S. 0:0(0) ack 1
+0.001 > . 1:1(0) ack 1
+0.100 > P. 1:51(50) ack 1
+0.001 > . 51:51(0) ack 51
+1.000 > F. 51:51(0) ack 51
+0.001 > . 52:52(0) ack 52
"""


def test_self_connect_is_a_simultaneous_opening(tmp_path: Path) -> None:
    """A program that connected to itself opened simultaneously and closed, from one end and to the same."""
    report = reported(ITSELF + SELF_CONNECT, tmp_path)
    (connection,) = report.connections()
    assert (connection.opening.outcome, connection.opening.manner) == ("established", "simultaneous")
    assert connection.closing.outcome == "closed"
    assert connection.client.word == connection.server.word == "SsYyFf|z"
    (finding,) = report.findings()
    assert (finding.code, finding.severity) == ("SYN022", Severity.NOTE)
    assert finding.message == "127.0.0.1:40000 connected to itself, and its own SYN was the answer"


def test_land(tmp_path: Path) -> None:
    """A SYN from an address to itself that nothing follows is an error."""
    finding = only(ITSELF + "+0 > S 0:0(0)\n+0.1 > S 0:0(0)\n", tmp_path)
    assert (finding.code, finding.severity) == ("SYN022", Severity.ERROR)
    assert finding.message == (
        "2 segments had 127.0.0.1:40000 as source and as destination; nothing answered"
    )


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(
        st.tuples(
            st.sampled_from(("S", "S", "S.", ".", "P.", "F.", "R", "R.", "-", "SF")),
            st.sampled_from((0, 1, 2, 51, 900)),
            st.sampled_from((0, 0, 50)),
            st.sampled_from((0, 1, 2, 51, 52, 901)),
            st.sampled_from(("0.001", "1", "70")),
        ),
        min_size=1,
        max_size=10,
    )
)
def test_whatever_an_end_tells_itself(said: list[tuple[str, int, int, int, str]], tmp_path: Path) -> None:
    """Any segments from an end to itself have a story, and SYN022 alone tells each connection once."""
    text = "".join(
        f"+{gap} > {flags} {start}:{start + length}({length}){f' ack {ack}' if '.' in flags else ''}\n"
        for flags, start, length, ack, gap in said
    )
    report = reported(ITSELF + text, tmp_path)
    told = [(f.code, f.connection) for f in report.findings() if f.connection is not None]
    assert told == [("SYN022", c.number) for c in report.connections()]


def test_reset_by_itself_is_no_refusal_by_another(tmp_path: Path) -> None:
    """Whatever an end sends itself is one finding."""
    finding = only(ITSELF + "+0 > S 0:0(0)\n+0.001 > R. 0:0(0) ack 1\n", tmp_path)
    assert finding.code == "SYN022"


def test_dropped_offer_of_ecn(tmp_path: Path) -> None:
    """SYN023 names both SYNs and what the time-out cost, and is only likely: a lost SYN looks the same."""
    lost = "+0 > SEW 0:0(0)\n" + OPEN.replace("0.000", "1")
    finding = only(lost, tmp_path)
    assert finding.message == (
        "198.51.100.1:80 did not answer the SYN of 192.0.2.1:40000 that offered ECN; it answered the one"
        " without, sent 1.0 s later; the connection opened 1.0 s late"
    )
    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.LIKELY)


def test_one_answered_offer_speaks_for_the_path(tmp_path: Path) -> None:
    """Where the same address answered an offer of ECN, the other SYN was just lost."""
    lost = "+0 > SEW 0:0(0)\n" + OPEN.replace("0.000", "1")
    fine = OPEN.replace("S 0:0", "SEW 0:0", 1)
    assert {f.code for f in found(lost + second(fine), tmp_path)} == {"SYN001"}


@pytest.mark.parametrize(
    ("syn", "answer", "wrong"),
    [
        ("SEW", "S.E", False),
        ("SEW", "S.", False),
        ("SEW", "S.EW", True),
        ("S", "S.E", True),
        ("SEWA", "S.W", False),
        ("SEWA", "S.EW", False),
        ("SEWA", "S.A", False),
        ("SEWA", "S.WA", False),
        ("SEWA", "S.E", False),
        ("SEWA", "S.EWA", True),
    ],
)
def test_answers_to_an_offer(syn: str, answer: str, wrong: bool, tmp_path: Path) -> None:
    """Of all answers to an offer of classic or accurate ECN only mirrored and unasked ones are wrong."""
    text = OPEN.replace("S 0:0", f"{syn} 0:0", 1).replace("S. 0:0", f"{answer} 0:0", 1)
    assert [f.code for f in found(text, tmp_path)] == ["SYN023"] * wrong


def test_a_wrong_echo_does_not_hide_a_lost_syn(tmp_path: Path) -> None:
    """A SYN that had to be repeated is told beside the wrong echo."""
    text = "+0 > SEW 0:0(0)\n+1 > SEW 0:0(0)\n+0.01 < S.EW 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1\n"
    assert {f.code for f in found(text, tmp_path)} == {"SYN001", "SYN023"}


@needs_corpus
def test_known_ecn() -> None:
    """A recorded fallback is found, and a server that does without ECN is not."""
    dropped = list(inspect(CORPUS / "ecn_syn_dropped_fallback.pcap").findings())
    assert [(f.code, f.evidence[0].frame) for f in dropped] == [("SYN023", 1)]
    assert not list(inspect(CORPUS / "ecn_refused.pcap").findings())


def test_syn_ack_of_the_client(tmp_path: Path) -> None:
    """SYN024 says after what the client sent it, and is only likely where no SYN-ACK called for an ACK."""
    finding = only("+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+0.01 > S. 0:0(0) ack 1\n", tmp_path)
    assert finding.message == (
        "192.0.2.1:40000 sent a SYN-ACK 10 ms after the SYN-ACK of 198.51.100.1:80, as if it had been called;"
        " the handshake was never completed"
    )
    assert (finding.code, finding.confidence) == ("SYN024", Confidence.CERTAIN)


def test_fin_before_the_third_segment(tmp_path: Path) -> None:
    """FIN012 says how early the FIN was, and is only likely: the third segment may be missing."""
    early = "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+0.001 < F. 1:1(0) ack 1\n+0.01 > . 1:1(0) ack 2\n"
    finding = next(f for f in found(early, tmp_path) if f.code == "FIN012")
    assert finding.message == (
        "198.51.100.1:80 sent its FIN 1 ms after its SYN-ACK, which 192.0.2.1:40000 acknowledged only 10 ms"
        " later; the connection opened"
    )
    assert finding.confidence is Confidence.LIKELY


def test_fast_open_may_close_early(tmp_path: Path) -> None:
    """A server that took data with the SYN may answer it and close before the third segment."""
    fast = """
+0.000 > S 0:100(100) <mss 1460,FO 1122334455667788>
+0.010 < S. 0:0(0) ack 101
+0.001 < F. 1:101(100) ack 101
+0.010 > F. 101:101(0) ack 102
+0.010 < . 102:102(0) ack 102
"""
    assert "FIN012" not in {f.code for f in found(fast, tmp_path)}


@pytest.mark.parametrize(("gap", "confidence"), [(5, Confidence.LIKELY), (1, Confidence.POSSIBLE)])
def test_reset_for_nothing(gap: int, confidence: Confidence, tmp_path: Path) -> None:
    """RST013 is only possible where what it answers may have been sent before the capture began."""
    text = f"[2] server 198.51.100.1:80 isn 0\n{OPEN}+{gap} [2] < R. 0:0(0) ack 1\n"
    finding = only(text, tmp_path)
    assert finding.message == (
        "198.51.100.1:80 sent 192.0.2.1:40001 1 RST, as if to refuse a SYN; nothing of 192.0.2.1:40001 was"
        " captured"
    )
    assert (finding.code, finding.confidence) == ("RST013", confidence)


def test_aborts_of_unknown_connections_are_no_answers(tmp_path: Path) -> None:
    """Of connections with one story only those are told whose RST has an answer's numbers."""
    text = f"[2] server 198.51.100.1:80 isn 0\n{OPEN}+5 [2] < R. 0:0(0) ack 1\n+1 [3] < R. 900:900(0) ack 1\n"
    assert [(f.code, f.connection) for f in found(text, tmp_path)] == [("RST013", 2)]


CROSSED = "+0 > S 0:0(0)\n+0.005 < S 0:0(0)\n"


@pytest.mark.parametrize(
    ("rest", "frames"),
    [
        ("", [2, 1]),
        ("+1 > S 0:0(0)\n+0.005 < S 0:0(0)\n", [2, 1, 3, 4]),
        ("+0.01 > S. 0:0(0) ack 1\n+1 > S. 0:0(0) ack 1\n", [2, 1, 3, 4]),
    ],
    ids=["once", "again", "one-hears"],
)
def test_ends_that_call_each_other_and_do_not_meet(rest: str, frames: list[int], tmp_path: Path) -> None:
    """A simultaneous open that comes to nothing is a warning, with all SYNs as evidence."""
    long_after = "+60 [2] > S 618033988:618033988(0)\n+0.01 [2] < R. 0:0(0) ack 618033989\n"
    finding = found(CROSSED + rest + long_after, tmp_path)[0]
    assert (finding.code, finding.severity, finding.confidence) == (
        "SYN014",
        Severity.WARNING,
        Confidence.CERTAIN,
    )
    assert finding.message.endswith("5 ms apart, but neither end completed the handshake")
    assert [e.frame for e in finding.evidence] == frames
    assert only(CROSSED + rest, tmp_path).confidence is Confidence.POSSIBLE


def test_answer_to_crossing_syns_that_is_not_acknowledged(tmp_path: Path) -> None:
    """Where the server answered with a SYN-ACK, what is missing is the acknowledgement of that."""
    assert only(CROSSED + "+0.01 < S. 0:0(0) ack 1\n+1 < S. 0:0(0) ack 1", tmp_path).code == "SYN003"


@pytest.mark.parametrize("later", ["", "+0.1 > P. 1:101(100) ack 1\n+0.01 < . 1:1(0) ack 101\n"])
def test_second_server_is_told_once(later: str, tmp_path: Path) -> None:
    """A SYN-ACK of another number is SYN011 also where the client, open already, challenges it."""
    sent = 101 if later else 1
    other = f"+0.002 < S. 50000:50000(0) ack 1\n+0.001 > . {sent}:{sent}(0) ack 1\n"
    assert only(OPEN + later + other, tmp_path).code == "SYN011"
