"""What the rules of opening say beyond their pages: masks, confidence, severity, and real captures."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handshake_inspect import Confidence, Severity, inspect
from tests.corpus import CORPUS, needs_corpus
from tests.rules.exchanges import found, later, only


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pause_ms=st.integers(1, 3000))
def test_a_syn_at_the_heels_of_a_wrong_answer_is_no_time_out(pause_ms: int, tmp_path: Path) -> None:
    """Within 100 ms of an unacceptable ACK the repetition is prompted by it, after that it is the timer's."""
    notation = (
        "+0 > S 0:0(0)\n+0.01 < . 1:1(0) ack 5000\n"
        f"+{pause_ms // 1000}.{pause_ms % 1000:03} > S 0:0(0)\n"
        "+0.01 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1\n"
    )
    repeated = "SYN001" in {f.code for f in found(notation, tmp_path)}
    assert repeated == (pause_ms > 100)


def test_one_story_is_judged_for_each_connection(tmp_path: Path) -> None:
    """Connections of one shape differ in time alone: only the SYN-ACK that came too late is a finding."""
    lines = "".join(
        f"+5 [{n}] > S 0:0(0)\n+0.200 [{n}] < S. 0:0(0) ack 1\n+0.010 [{n}] > . 1:1(0) ack 1\n"
        f"+{gap} [{n}] < S. 0:0(0) ack 1\n+0.010 [{n}] > . 1:1(0) ack 1\n"
        for n, gap in enumerate(("0.050", "1.000", "0.190", "0.800"), 1)
    )
    assert [(f.code, f.connection) for f in found(lines, tmp_path)] == [("SYN005", 2), ("SYN005", 4)]


def test_packet_numbers_are_believed_only_while_they_count(tmp_path: Path) -> None:
    """A gap of one missing packet shows a lost third ACK where the client counts by one, and nowhere else."""
    counts = ((700, 702, 703), (700, 701, 702), (700, 702, 9000), (65535, 1, 2), (0, 0, 0), (700, 703, 704))
    lines = "".join(
        f"+1 [{n}] > S 0:0(0) id {syn}\n+0.01 [{n}] < S. 0:0(0) ack 1 id 0\n"
        f"+0.2 [{n}] > P. 1:11(10) ack 1 id {data}\n+0.01 [{n}] < . 1:1(0) ack 11 id 5\n"
        f"+0.01 [{n}] > P. 11:21(10) ack 1 id {more}\n"
        for n, (syn, data, more) in enumerate(counts, 1)
    )
    assert [(f.code, f.connection, f.confidence) for f in found(lines, tmp_path)] == [
        ("SYN006", 1, Confidence.LIKELY),
        ("SYN006", 4, Confidence.LIKELY),
    ]


@pytest.mark.parametrize(
    ("copies", "goes_on", "confidence"),
    [
        ("+1 < S. 0:0(0) ack 1\n", True, Confidence.CERTAIN),
        ("", True, Confidence.LIKELY),
        ("+1 < S. 0:0(0) ack 1\n", False, Confidence.LIKELY),
        ("", False, Confidence.POSSIBLE),
    ],
)
def test_how_sure_a_missing_third_ack_is(
    copies: str, goes_on: bool, confidence: Confidence, tmp_path: Path
) -> None:
    """Repetition and silence prove it, each alone makes it likely, without both it is only possible."""
    notation = "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n" + copies + (later(60) if goes_on else "")
    finding = only(notation, tmp_path)
    assert (finding.code, finding.confidence) == ("SYN003", confidence)


def test_a_dropped_attempt_is_only_a_note(tmp_path: Path) -> None:
    """A client that begins anew before its next try was due has not waited; one that waited has failed."""
    anew = "> S 500:500(0)\n+0.01 < S. 0:0(0) ack 501\n+0.01 > . 501:501(0) ack 1\n"
    dropped = only("+0 > S 0:0(0)\n+0.3 " + anew, tmp_path)
    waited = only("+0 > S 0:0(0)\n+1 > S 0:0(0)\n+40 " + anew, tmp_path)
    assert (dropped.code, dropped.severity) == ("SYN002", Severity.NOTE)
    assert (waited.code, waited.severity) == ("SYN002", Severity.ERROR)


def test_an_attempt_that_failed_by_another_number_is_a_warning(tmp_path: Path) -> None:
    """A changed number is a note while the connection opens, and a warning when it does not."""
    failed = "+0 > S -9:-9(0)\n+0.05 > S 0:0(0)\n+0.01 < S. 0:0(0) ack -8\n+1 > S 0:0(0)\n"
    finding = only(failed + "+0.01 < S. 0:0(0) ack -8\n", tmp_path)
    assert (finding.code, finding.severity) == ("SYN012", Severity.WARNING)


def test_an_answer_to_the_attempt_before_is_a_note(tmp_path: Path) -> None:
    """A SYN-ACK that acknowledges the client's last attempt is late, not wrong."""
    before = "+0 > S 0:0(0)\n+0.01 < R. 0:0(0) ack 1\n"
    late = before + "+5 > S 7000:7000(0)\n+0.01 < S. 0:0(0) ack 1\n"
    wrong = before + "+5 > S 7000:7000(0)\n+0.01 < S. 0:0(0) ack 2\n"
    severities = [[f.severity for f in found(text, tmp_path) if f.code == "SYN009"] for text in (late, wrong)]
    assert severities == [[Severity.NOTE], [Severity.ERROR]]


def test_an_old_syn_over_two_lives_is_only_likely(tmp_path: Path) -> None:
    """The reset of an old attempt is told with the new one that follows at once, and not for itself."""
    old = "+0 > S -9:-9(0)\n+0.001 < S. 0:0(0) ack -8\n+0.01 > R -8:-8(0)\n"
    new = " > S 0:0(0)\n+0.001 < S. 30:30(0) ack 1\n+0.01 > . 1:1(0) ack 31\n"
    finding = only(old + "+0.003" + new, tmp_path)
    assert (finding.code, finding.confidence, finding.connection) == ("SYN013", Confidence.LIKELY, 2)
    assert [e.frame for e in finding.evidence] == [1, 2, 3, 4, 5]
    assert [f.code for f in found(old + "+3" + new, tmp_path)] == ["SYN016"]


def test_a_refusal_before_success_is_a_warning(tmp_path: Path) -> None:
    """A client that was refused and then let in has lost time, not the connection."""
    notation = "+0 > S 0:0(0)\n+0.01 < R. 0:0(0) ack 1\n+0.5 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n"
    finding = only(notation + "+0.01 > . 1:1(0) ack 1\n", tmp_path)
    assert (finding.code, finding.severity) == ("SYN007", Severity.WARNING)


def test_who_sent_an_icmp_error(tmp_path: Path) -> None:
    """An error says whether the server itself sent it, over IPv4 and over IPv6."""
    six = "client [2001:db8::1]:40000\nserver [2001:db8::2]:80\n"
    own = only(six + "+0 > S 0:0(0)\n+0.01 < icmp port-unreachable (0:0)\n", tmp_path)
    assert own.message.startswith("2001:db8::2, the server itself, answered")
    assert '"port unreachable"' in own.message
    assert own.evidence[0].who == "2001:db8::2"


def test_a_second_interface_is_no_retransmission(tmp_path: Path) -> None:
    """Copies that come sooner than any time-out are not taken for repetitions by a timer."""
    notation = (
        "client [2001:db8::1]:40000\nserver [2001:db8::2]:80\n+0 > S 0:0(0)\n+0.01 > S 0:0(0)\n"
        "+0.01 < S. 0:0(0) ack 1\n+0.01 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1\n"
    )
    assert found(notation, tmp_path) == []


SEEN = {
    "syn_lost_1x.pcap": {("SYN001", "CERTAIN")},
    "synack_lost_1x@client.pcap": {("SYN001", "CERTAIN")},
    "synack_lost_1x@server.pcap": {("SYN001", "CERTAIN")},
    "ecn_syn_dropped_fallback.pcap": {("SYN023", "LIKELY")},
    "third_ack_never_arrives@server.pcap": {("SYN003", "CERTAIN")},
    "cap_ends_in_handshake.pcap": {("SYN003", "POSSIBLE")},
    "third_ack_lost_no_data@server.pcap": {("SYN004", "CERTAIN")},
    "third_ack_lost_no_data@client.pcap": {("SYN005", "CERTAIN")},
    "asymmetric_firewall@client.pcap": {("SYN005", "CERTAIN")},
    "third_ack_lost_then_data@server.pcap": {("SYN006", "LIKELY")},
    "third_ack_lost_then_data@client.pcap": set(),
    "syncookie_ack_lost_then_data.pcap": {("SYN006", "LIKELY")},
    "refused_rst_three_tries.pcap": {("SYN007", "CERTAIN")},
    "rst_in_syn_sent.pcap": set(),
    "reject_fw_icmp_admin.pcap": {("SYN008", "CERTAIN")},
    "reject_fw_icmpv6_port.pcap": {("SYN008", "CERTAIN")},
    "old_dup_syn_then_rst.pcap": {("SYN013", "LIKELY")},
    "simultaneous_open@client.pcap": {("SYN014", "CERTAIN")},
    "split_handshake_ack_syn.pcap": {("SYN015", "CERTAIN")},
    "normal_defer_accept.pcap": set(),
    "tfo_data_accepted@server.pcap": set(),
}
"what these rules see in captures of a real kernel"


@needs_corpus
@pytest.mark.parametrize("name", SEEN)
def test_real_captures(name: str) -> None:
    """Captures with known truth raise what is true of them, as surely as they can show it."""
    told = [f for f in inspect(CORPUS / name).findings() if f.code.startswith("SYN")]
    assert {(f.code, f.confidence.name) for f in told} == SEEN[name]


@needs_corpus
def test_normal_captures_raise_no_alarm() -> None:
    """Nothing at WARNING or above is found in any capture that is known to be clean."""
    truths = [json.loads(path.read_text()) for path in sorted(CORPUS.glob("*.json"))]
    normal = [CORPUS / truth["capture"] for truth in truths if truth["group"] == "normal"]
    assert normal
    found = ((path.name, f.code, f.severity) for path in normal for f in inspect(path).findings())
    loud = {(name, code) for name, code, severity in found if severity > Severity.NOTE}
    # Its client did abort one of the two.
    assert loud <= {("two_connections_interleaved.pcap", "RST002")}
