"""What the rules of opening say in words, and that no number of a capture changes it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rules.exchanges import found, later, only


def named(sentence: str) -> str:
    """A sentence about the ends that a script has by itself."""
    return sentence.replace("CLIENT", "192.0.2.1:40000").replace("SERVER", "198.51.100.1:80")


SENTENCES = [
    (
        "SYN001",
        "+0 > S 0:0(0)\n+1 > S 0:0(0)\n+2 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1\n",
        "CLIENT sent its SYN to SERVER again twice, after 1.0 s, 2.0 s: doubling from 1.0 s; "
        "the connection opened 3.0 s late",
    ),
    (
        "SYN003",
        "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+1 < S. 0:0(0) ack 1\n+2 < S. 0:0(0) ack 1\n" + later(60),
        "nothing acknowledged the SYN-ACK of SERVER to CLIENT: it was sent 3 times over 3.0 s, "
        "again after 1.0 s, 2.0 s: doubling from 1.0 s",
    ),
    (
        "SYN004",
        "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+1 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1\n",
        "SERVER sent its SYN-ACK to CLIENT again after 1.0 s, the first wait of RFC 6298; "
        "the handshake was complete 1.0 s after the first",
    ),
    (
        "SYN005",
        "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1\n+0.1 > P. 1:11(10) ack 1\n"
        "+0.9 < S. 0:0(0) ack 1\n+0.01 > . 11:11(0) ack 1\n",
        "SERVER sent its SYN-ACK again 1.0 s after CLIENT had acknowledged it; data was "
        "ignored too: its accept queue is full, or the client's segments are lost behind this capture point",
    ),
    (
        "SYN006",
        "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+1 < S. 0:0(0) ack 1\n+0.5 > P. 1:11(10) ack 1\n",
        "data of CLIENT completed the handshake with SERVER 1.5 s after the SYN-ACK; the bare "
        "ACK before it is missing: the server repeated its SYN-ACK once meanwhile",
    ),
    (
        "SYN007",
        "+0 > S 0:0(0)\n+0.01 < R. 0:0(0) ack 1\n+0.5 > S 0:0(0)\n+0.01 < R. 0:0(0) ack 1\n",
        "SERVER refused CLIENT 10 ms after its SYN; the client tried twice over 510 ms",
    ),
    (
        "SYN008",
        "+0 > S 0:0(0)\n+0.01 < icmp host-unreachable (0:0) from 192.0.2.254\n",
        "192.0.2.254, on the way, answered the SYN of CLIENT to SERVER with ICMP "
        '"host unreachable" after 10 ms',
    ),
    (
        "SYN009",
        "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 101\n+0.01 > R 101:101(0)\n",
        "SERVER answered the SYN of CLIENT with a SYN-ACK for a number 100 bytes beyond the "
        "right one; the client reset it 10 ms later; the connection did not open",
    ),
    (
        "SYN012",
        "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+0.3 > S 500:500(0)\n+0.01 < S. 900:900(0) ack 501\n"
        "+0.01 > . 501:501(0) ack 901\n",
        "CLIENT sent SERVER a SYN with another initial sequence number 310 ms after its first, "
        "which was still open; the connection opened",
    ),
    (
        "SYN013",
        "+0 > S -9:-9(0)\n+0.2 > S 0:0(0)\n+0.01 < S. 0:0(0) ack -8\n+0.01 > R -8:-8(0)\n+0.012 > S 0:0(0)\n"
        "+0.01 < S. 30:30(0) ack 1\n+0.01 > . 1:1(0) ack 31\n",
        "SERVER answered an old SYN of CLIENT; the client reset the answer 10 ms later, and its "
        "newer SYN was answered 22 ms after that: the handshake worked as designed",
    ),
    (
        "SYN014",
        "+0 > S 0:0(0)\n+0.005 < S 0:0(0)\n+0.01 > S. 0:0(0) ack 1\n+0.001 < S. 0:0(0) ack 1\n"
        "+0.01 > . 1:1(0) ack 1\n+0.001 < . 1:1(0) ack 1\n",
        "CLIENT and SERVER called each other: their SYNs were captured 5 ms apart, and the connection opened",
    ),
    (
        "SYN016",
        "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+0.001 > R 1:1(0)\n",
        "CLIENT reset the SYN-ACK of SERVER 1 ms after it, without ACK: its stack knows no such "
        "attempt, as in a half-open scan",
    ),
]


@pytest.mark.parametrize(("code", "notation", "sentence"), SENTENCES, ids=[code for code, _, _ in SENTENCES])
def test_sentence(code: str, notation: str, sentence: str, tmp_path: Path) -> None:
    """A finding names the ends, gives numbers with units, and says what followed."""
    found = only(notation, tmp_path)
    assert (found.code, found.message) == (code, named(sentence))


@pytest.mark.parametrize("notation", [n for _, n, _ in SENTENCES], ids=[code for code, _, _ in SENTENCES])
def test_any_beginning_can_be_inspected(notation: str, tmp_path: Path) -> None:
    """A capture that ends after any frame of a story gives findings that point into it, never an error."""
    lines = notation.splitlines(keepends=True)
    for end in range(1, len(lines)):
        for finding in found("".join(lines[:end]), tmp_path):
            assert finding.message
            assert all(1 <= e.frame <= end for e in finding.evidence)


isns = st.integers(0, 2**32 - 1)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(client=isns, server=isns, case=st.sampled_from(SENTENCES))
def test_no_rule_depends_on_the_numbers(
    client: int, server: int, case: tuple[str, str, str], tmp_path: Path
) -> None:
    """The same exchange gives the same finding whatever the initial sequence numbers are, wrapping or not."""
    code, notation, sentence = case
    ends = f"client 192.0.2.1:40000 isn {client}\nserver 198.51.100.1:80 isn {server}\n"
    found = only(ends + notation, tmp_path)
    assert (found.code, found.message) == (code, named(sentence))


def test_a_reset_with_an_acknowledgement_was_open(tmp_path: Path) -> None:
    """SYN016 tells a live socket, which got the SYN-ACK, from a stack that knows of no attempt."""
    called = "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+2.5 > "
    assert only(called + "R. 1:1(0) ack 1", tmp_path).message.endswith(
        "with ACK: it had opened; its third segment was lost on the way here, or never sent"
    )
    assert "its stack knows no such attempt" in only(called + "R 1:1(0)", tmp_path).message
