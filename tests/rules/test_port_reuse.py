"""What scripts on the page of FIN010 cannot say."""

from pathlib import Path

import pytest

from handshake_inspect import Finding, Severity, inspect
from tests.corpus import CORPUS, needs_corpus
from tests.rules.exchanges import capture, found

CLOSED = """
+0.000 > S 0:0(0)
+0.010 < S. 0:0(0) ack 1
+0.010 > . 1:1(0) ack 1
+0.100 < F. 1:1(0) ack 1
+0.010 > F. 1:1(0) ack 2
+0.010 < . 2:2(0) ack 2
"""
AGAIN = """
+{gap} > S {isn}:{isn}(0)
+0.010 < S. 70000:70000(0) ack {next}
+0.010 > . {next}:{next}(0) ack 70001
"""


def again(isn: int, gap: float = 0.3) -> str:
    """A second call from the same port, which opens."""
    return AGAIN.format(gap=gap, isn=isn, next=isn + 1)


def reuse(findings: list[Finding]) -> Finding:
    """The one finding that tells of the reuse."""
    (finding,) = [f for f in findings if f.code == "FIN010"]
    return finding


def test_larger_number(tmp_path: Path) -> None:
    """A larger number is said to be legal, and the pause is measured from the last segment."""
    finding = reuse(found(CLOSED + again(90000), tmp_path))
    assert finding.message == (
        "192.0.2.1:40000 called 198.51.100.1:80 again from the same port 300 ms after their last connection"
        " closed; its new sequence number is larger than the old ones, so that is legal; the connection"
        " opened"
    )
    assert (finding.severity, finding.connection) == (Severity.NOTE, 2)


def test_smaller_number(tmp_path: Path) -> None:
    """A smaller number that is accepted lets old segments in, which is what ISN006 tells."""
    (finding,) = found(CLOSED + again(-90000), tmp_path)
    assert (finding.code, finding.severity, finding.connections) == ("ISN006", Severity.WARNING, (2,))
    assert "began 90 002 below what it had sent before, 300 ms after the last segment" in finding.message


def test_larger_timestamp(tmp_path: Path) -> None:
    """A smaller number is legal with a larger timestamp."""
    first = CLOSED.replace("S 0:0(0)", "S 0:0(0) <mss 1460,TS val 1000 ecr 0>", 1)
    new = again(-90000).replace("(0)\n", "(0) <mss 1460,TS val 2000 ecr 0>\n", 1)
    told = found(first + new, tmp_path)
    assert "its timestamp is larger, so that is legal" in reuse(told).message
    assert "ISN006" not in {f.code for f in told}


def test_unclosed(tmp_path: Path) -> None:
    """An older connection that was not seen to close is said to be one."""
    talked = "".join(CLOSED.splitlines(keepends=True)[:4])
    assert "was last heard and not seen to close" in reuse(found(talked + again(90000), tmp_path)).message


def test_each_pause_counts(tmp_path: Path) -> None:
    """Of connections with one story only those within 60 s are told."""
    other = (CLOSED + again(90000, 61)).replace(" >", " [2] >").replace(" <", " [2] <")
    told = [f.connection for f in found(CLOSED + again(90000) + other, tmp_path) if f.code == "FIN010"]
    assert told == [2]


LATE = "+0.9 > S 0:0(0)\n+0 < S. 70000:70000(0) ack 1\n+0.001 > . 2:2(0) ack 2\n+0 < R 2:2(0)\n"
"a copy of the SYN that had opened the connection, and what server and client make of it"


def test_an_old_syn_after_the_close(tmp_path: Path) -> None:
    """A copy of the SYN that opened the last connection is an old one: nobody chose its number (ISN006)."""
    (finding,) = found(CLOSED + LATE, tmp_path)
    assert (finding.code, finding.severity) == ("FIN010", Severity.NOTE)
    assert "came again 900 ms after that closed: an old one" in finding.message


def test_the_answer_to_an_old_syn_after_the_close(tmp_path: Path) -> None:
    """Near the client only the answer is seen: no second answer to the call that opened, so no SYN011."""
    answered = LATE.split("\n", 1)[1]
    assert {f.code for f in found(CLOSED + answered, tmp_path)} == {"RST002"}


def test_a_constant_number_is_no_old_syn(tmp_path: Path) -> None:
    """Whoever begins each call with one number, and goes on with it, called."""
    assert {f.code for f in found(CLOSED + again(0), tmp_path)} == {"ISN006"}


def test_lost_syn_is_told_beside_an_accepted_reuse(tmp_path: Path) -> None:
    """A lost SYN is another cause than the reuse, unless TIME-WAIT refused it."""
    lost = "+0.3 > S 90000:90000(0)\n" + again(90000, 1)
    assert {f.code for f in found(CLOSED + lost, tmp_path)} == {"FIN010", "SYN001"}


def test_refused_then_accepted(tmp_path: Path) -> None:
    """A reuse that TIME-WAIT challenged and the client's RST made possible is a note, and one finding."""
    refused = "+0.3 > S -90000:-90000(0)\n+0.01 < . 2:2(0) ack 2\n+0.001 > R 2:2(0)\n" + again(-90000, 0.012)
    (finding,) = found(CLOSED + refused, tmp_path)
    assert finding.severity is Severity.NOTE
    assert finding.message.endswith("its next SYN, 23 ms after the first, was accepted")


@needs_corpus
@pytest.mark.parametrize(
    ("capture", "frame", "severity"),
    [
        ("tw_reuse_accepted.pcap", 12, Severity.NOTE),
        ("tw_refused_rfc1337.pcap", 12, Severity.WARNING),
        ("tuple_reuse_unclosed.pcap", 8, Severity.NOTE),
    ],
)
def test_known_captures(capture: str, frame: int, severity: Severity) -> None:
    """Recorded reuses are found at their SYN, each by one finding."""
    (finding,) = inspect(CORPUS / capture).findings()
    assert (finding.code, finding.evidence[0].frame, finding.severity) == ("FIN010", frame, severity)


LEFT = """
+0.000 > S 0:0(0)
+0.010 < S. 0:0(0) ack 1
+0.010 > . 1:1(0) ack 1
+0.100 > P. 1:101(100) ack 1
+0.010 < . 1:1(0) ack 101
"""
SYN = "> S 900000:900000(0)\n"


def test_call_that_an_older_connection_does_not_answer(tmp_path: Path) -> None:
    """SYNs sent again on an open connection, after which neither end says more, are a call of their own."""
    report = inspect(capture(LEFT + f"+30 {SYN}+1 {SYN}+2 {SYN}", tmp_path))
    assert [c.opening.outcome for c in report.connections()] == ["established", "unanswered"]
    assert [(f.code, f.connection, f.count) for f in report.findings()] == [("SYN002", 2, 3)]


@pytest.mark.parametrize(
    "rest",
    [
        f"+30 {SYN}",
        f"+30 {SYN}+1 {SYN}+1 > P. 101:201(100) ack 1",
        f"+30 {SYN}+1 {SYN}+0.1 < P. 1:11(10) ack 101",
    ],
    ids=["once", "client-goes-on", "server-goes-on"],
)
def test_syn_on_a_connection_that_lives(rest: str, tmp_path: Path) -> None:
    """A single SYN of another number, or one after which an end goes on, belongs to what it meets."""
    report = inspect(capture(LEFT + rest, tmp_path))
    assert report.connection_count == 1
    assert not list(report.findings())


def test_one_direction(tmp_path: Path) -> None:
    """Where only a server was captured, a SYN-ACK behind its FIN begins its next connection (no FIN005)."""
    first = "+0 < S. 0:0(0) ack 1\n+0.1 < P. 1:301(300) ack 101\n+0 < F. 301:301(0) ack 101\n"
    second = "+1 < S. 65839:65839(0) ack 500001\n+0.1 < P. 65840:66140(300) ack 500101\n"
    (finding,) = found(first + second, tmp_path)
    assert (finding.code, finding.connections) == ("CAP002", (1, 2))
