"""What SYN005 and SYN009 say of connections that are open already, beyond their pages."""

from pathlib import Path

import pytest

from handshake_inspect import Severity, inspect
from tests.corpus import CORPUS, needs_corpus
from tests.rules.exchanges import found

OPENED = "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1\n"


@pytest.mark.parametrize(
    ("ack", "answer", "said"),
    [
        (
            999,
            "+0.001 > . 1:1(0) ack 1",
            "998 bytes beyond what the client had sent; the client answered with a chall",
        ),
        (
            999,
            "+0.001 > R 999:999(0)",
            "998 bytes beyond what the client had sent; the client answered with a RST",
        ),
        (999, "+0.5 < P. 1:101(100) ack 1", "998 bytes beyond what the client had sent"),
        (
            0,
            "+0.001 > . 1:1(0) ack 1",
            "1 byte behind what the client had sent; the client answered with a chall",
        ),
    ],
    ids=["challenged", "reset", "unanswered", "too-low"],
)
def test_wrong_syn_ack_on_an_open_connection(ack: int, answer: str, said: str, tmp_path: Path) -> None:
    """SYN009 tells of a SYN-ACK on an open connection that differs from the first in its acknowledgement."""
    findings = found(OPENED + f"+0.01 < S. 0:0(0) ack {ack}\n" + answer, tmp_path)
    (finding,) = (f for f in findings if f.code == "SYN009")
    assert said in finding.message
    assert (finding.severity, finding.evidence[0].frame) == (Severity.WARNING, 4)


@pytest.mark.parametrize("late", ["0:0(0) ack 1", "5000000:5000000(0) ack 999"], ids=["copy", "another"])
def test_other_syn_acks_on_an_open_connection(late: str, tmp_path: Path) -> None:
    """SYN009 leaves copies alone, and SYN-ACKs of another initial sequence number to ACK001."""
    codes = {f.code for f in found(OPENED + f"+0.01 < S. {late}\n+0.001 > . 1:1(0) ack 1", tmp_path)}
    assert codes == ({"ACK001"} if "999" in late else set())


DATA = "+0.2 > P. 1:101(100) ack 1\n"


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        (DATA * 3, True),
        (DATA * 2, False),
        (DATA * 3 + "+0.01 < . 1:1(0) ack 101", False),
        (DATA + "+0.2 > P. 101:201(100) ack 1\n" + "+0.2 > P. 201:301(100) ack 1\n", False),
        (DATA * 3 + "+1 > F. 101:101(0) ack 1", False),
    ],
    ids=["again", "once", "answered", "new-data", "closed"],
)
def test_silence_after_the_handshake(rest: str, told: bool, tmp_path: Path) -> None:
    """SYN005 tells of a server that never takes up a connection, once its client's data came three times."""
    findings = [f for f in found(OPENED + rest, tmp_path) if f.code == "SYN005"]
    assert bool(findings) is told
    if told:
        assert "sent its data 3 times over 400 ms; the server said nothing" in findings[0].message
        assert [e.frame for e in findings[0].evidence] == [6, 4, 3, 2]


def test_tries_before_the_handshake_are_no_data(tmp_path: Path) -> None:
    """Repeated SYNs and SYN-ACKs do not count as repeated data."""
    tried = "+0 > S 0:0(0)\n+1 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+0.01 < S. 0:0(0) ack 1\n"
    third = "+0.01 > . 1:1(0) ack 1\n"
    assert "SYN005" not in {f.code for f in found(tried + third + DATA * 2, tmp_path)}
    assert "SYN005" in {f.code for f in found(tried + third + DATA * 3, tmp_path)}


@needs_corpus
@pytest.mark.parametrize("end", ["client", "server"])
def test_full_queue_behind_syn_cookies_captured(end: str) -> None:
    """A real full accept queue behind SYN cookies is told for the two connections it never took up."""
    report = inspect(CORPUS / f"accept_overflow_cookies@{end}.pcap")
    assert [(f.code, f.connection) for f in report.findings()] == [("SYN005", 3), ("SYN005", 4)]


def test_error_about_the_data_speaks_for_the_cause(tmp_path: Path) -> None:
    """An ICMP error about data that the server never acknowledged is said instead of a guess."""
    error = "+0.01 < icmp host-unreachable (1:101) from 192.0.2.254\n"
    (finding,) = found(OPENED + DATA + error + DATA * 2, tmp_path)
    assert finding.code == "SYN005"
    assert finding.message.endswith(
        "said nothing after its SYN-ACK, and 192.0.2.254 said of it: host unreachable"
    )
    assert [e.frame for e in finding.evidence] == [7, 4, 3, 2, 5]
