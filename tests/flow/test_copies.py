"""What is a copy of a frame, and what only looks like one."""

from pathlib import Path

from tests.rules.exchanges import found, only

LOST = """
+0.000 > S 0:0(0)         id 7
+0.000 < S. 0:0(0) ack 1  id 0
+1.014 < S. 0:0(0) ack 1  id 0
+0.002 > S 0:0(0)         id 8
+0.000 < S. 0:0(0) ack 1  id 0
+0.005 > . 1:1(0) ack 1   id 9
"""
"The retransmission timers of both ends fire at nearly the same time, and the server answers the SYN as well."

INTERLEAVED = """
+0.0000 > S 0:0(0)         id 7
+0.0001 < S. 0:0(0) ack 1  id 0
+0.0001 > S 0:0(0)         id 7
+0.0001 < S. 0:0(0) ack 1  id 0
+0.0100 > . 1:1(0) ack 1   id 8
"""
"Both frames of the opening, each recorded a second time."


def test_a_syn_ack_behind_a_syn_is_no_copy(tmp_path: Path) -> None:
    """A SYN-ACK that answers a SYN was sent, though one just like it had gone out 2 ms before."""
    finding = only(LOST, tmp_path)
    assert finding.code == "SYN001"
    assert 5 in {e.frame for e in finding.evidence}


def test_a_syn_ack_behind_the_copy_of_a_syn_is_a_copy(tmp_path: Path) -> None:
    """A SYN that the capture made twice calls nobody, so that the SYN-ACK behind it is a copy, too."""
    (finding,) = found(INTERLEAVED, tmp_path)
    assert (finding.code, finding.count) == ("CAP006", 2)
