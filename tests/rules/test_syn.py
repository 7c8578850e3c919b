"""What the rules of opening say beyond their pages: masks, confidence, sentences, and real captures."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handshake_inspect import Confidence, Finding, Severity, inspect, script

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus"
corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus is not beside this checkout")

LATER = "+60 [9] > S 0:0(0)\n+0.01 [9] < S. 0:0(0) ack 1\n+0.01 [9] > . 1:1(0) ack 1\n"
"another connection, which shows that the recording went on"

OPENS = "> S 0:0(0)\n+0.010 {n} < S. 0:0(0) ack 1\n+0.010 {n} > . 1:1(0) ack 1\n"


def findings(notation: str, tmp_path: Path) -> list[Finding]:
    """All that the SYN rules find in a packet script."""
    capture = tmp_path / "script.pcap"
    capture.write_bytes(script.to_pcap(script.parse(notation)))
    return [f for f in inspect(capture).findings() if f.code.startswith("SYN")]


def only(notation: str, tmp_path: Path) -> Finding:
    """The one finding of a packet script."""
    found = findings(notation, tmp_path)
    assert len(found) == 1, [(f.code, f.message) for f in found]
    return found[0]


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
        "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+1 < S. 0:0(0) ack 1\n+2 < S. 0:0(0) ack 1\n" + LATER,
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
        for found in findings("".join(lines[:end]), tmp_path):
            assert found.message
            assert all(1 <= e.frame <= end for e in found.evidence)


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


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pause_ms=st.integers(1, 3000))
def test_a_syn_at_the_heels_of_a_reset_is_no_time_out(pause_ms: int, tmp_path: Path) -> None:
    """Before 100 ms the repetition belongs to the reset answer, after that it is the timer's; never both."""
    notation = (
        "+0 > S 0:0(0)\n+0.01 < . 70:70(0) ack 5000\n+0.01 > R 5000:5000(0)\n"
        f"+{pause_ms // 1000}.{pause_ms % 1000:03} > S 0:0(0)\n"
        "+0.01 < S. 900:900(0) ack 1\n+0.01 > . 1:1(0) ack 901\n"
    )
    capture = tmp_path / "script.pcap"
    capture.write_bytes(script.to_pcap(script.parse(notation)))
    codes = {f.code for f in inspect(capture).findings()}
    # The recovery of a half-open connection explains the repetition, whenever it comes.
    assert "SYN001" not in codes or ("ACK004" not in codes and pause_ms > 100)


def test_one_story_is_judged_for_each_connection(tmp_path: Path) -> None:
    """Connections of one shape differ in time alone: only the SYN-ACK that came too late is a finding."""
    lines = "".join(
        f"+5 [{n}] > S 0:0(0)\n+0.200 [{n}] < S. 0:0(0) ack 1\n+0.010 [{n}] > . 1:1(0) ack 1\n"
        f"+{gap} [{n}] < S. 0:0(0) ack 1\n+0.010 [{n}] > . 1:1(0) ack 1\n"
        for n, gap in enumerate(("0.050", "1.000", "0.190", "0.800"), 1)
    )
    assert [(f.code, f.connection) for f in findings(lines, tmp_path)] == [("SYN005", 2), ("SYN005", 4)]


def test_packet_numbers_are_believed_only_while_they_count(tmp_path: Path) -> None:
    """A gap of one missing packet shows a lost third ACK where the client counts by one, and nowhere else."""
    counts = ((700, 702, 703), (700, 701, 702), (700, 702, 9000), (65535, 1, 2), (0, 0, 0), (700, 703, 704))
    lines = "".join(
        f"+1 [{n}] > S 0:0(0) id {syn}\n+0.01 [{n}] < S. 0:0(0) ack 1 id 0\n"
        f"+0.2 [{n}] > P. 1:11(10) ack 1 id {data}\n+0.01 [{n}] < . 1:1(0) ack 11 id 5\n"
        f"+0.01 [{n}] > P. 11:21(10) ack 1 id {more}\n"
        for n, (syn, data, more) in enumerate(counts, 1)
    )
    found = findings(lines, tmp_path)
    assert [(f.code, f.connection, f.confidence) for f in found] == [
        ("SYN006", 1, Confidence.LIKELY),
        ("SYN006", 4, Confidence.LIKELY),
    ]


@pytest.mark.parametrize(
    ("copies", "goes_on", "confidence"),
    [
        ("+1 < S. 0:0(0) ack 1\n", True, Confidence.CERTAIN),
        ("", True, Confidence.LIKELY),
        ("+1 < S. 0:0(0) ack 1\n", False, Confidence.POSSIBLE),
        ("", False, Confidence.POSSIBLE),
    ],
)
def test_how_sure_a_missing_third_ack_is(
    copies: str, goes_on: bool, confidence: Confidence, tmp_path: Path
) -> None:
    """Repetitions prove it, silence makes it likely, and a capture that ends too early leaves it possible."""
    notation = "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n" + copies + (LATER if goes_on else "")
    found = only(notation, tmp_path)
    assert (found.code, found.confidence) == ("SYN003", confidence)


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
    found = only(failed + "+0.01 < . 1:1(0) ack -8\n", tmp_path)
    assert (found.code, found.severity) == ("SYN012", Severity.WARNING)


def test_an_answer_to_the_attempt_before_is_a_note(tmp_path: Path) -> None:
    """A SYN-ACK that acknowledges the client's last attempt is late, not wrong."""
    before = "+0 > S 0:0(0)\n+0.01 < R. 0:0(0) ack 1\n"
    late = before + "+5 > S 7000:7000(0)\n+0.01 < S. 0:0(0) ack 1\n"
    wrong = before + "+5 > S 7000:7000(0)\n+0.01 < S. 0:0(0) ack 2\n"
    severities = [
        [f.severity for f in findings(text, tmp_path) if f.code == "SYN009"] for text in (late, wrong)
    ]
    assert severities == [[Severity.NOTE], [Severity.ERROR]]


def test_an_old_syn_over_two_lives_is_only_likely(tmp_path: Path) -> None:
    """The reset of an old attempt is told with the new one that follows at once, and not for itself."""
    old = "+0 > S -9:-9(0)\n+0.001 < S. 0:0(0) ack -8\n+0.01 > R -8:-8(0)\n"
    new = " > S 0:0(0)\n+0.001 < S. 30:30(0) ack 1\n+0.01 > . 1:1(0) ack 31\n"
    found = only(old + "+0.003" + new, tmp_path)
    assert (found.code, found.confidence, found.connection) == ("SYN013", Confidence.LIKELY, 2)
    assert [e.frame for e in found.evidence] == [1, 2, 3, 4, 5]
    assert [f.code for f in findings(old + "+3" + new, tmp_path)] == ["SYN016"]


def test_a_refusal_before_success_is_a_warning(tmp_path: Path) -> None:
    """A client that was refused and then let in has lost time, not the connection."""
    notation = "+0 > S 0:0(0)\n+0.01 < R. 0:0(0) ack 1\n+0.5 " + OPENS.format(n="")
    found = only(notation, tmp_path)
    assert (found.code, found.severity) == ("SYN007", Severity.WARNING)


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
    assert findings(notation, tmp_path) == []


SEEN = {
    "syn_lost_1x.pcap": {("SYN001", "CERTAIN")},
    "synack_lost_1x@client.pcap": {("SYN001", "CERTAIN")},
    "synack_lost_1x@server.pcap": {("SYN001", "CERTAIN")},
    "ecn_syn_dropped_fallback.pcap": {("SYN001", "CERTAIN")},
    "third_ack_never_arrives@server.pcap": {("SYN003", "CERTAIN")},
    "cap_ends_in_handshake.pcap": {("SYN003", "POSSIBLE")},
    "third_ack_lost_no_data@server.pcap": {("SYN004", "CERTAIN")},
    "third_ack_lost_no_data@client.pcap": {("SYN005", "CERTAIN")},
    "asymmetric_firewall@client.pcap": {("SYN005", "CERTAIN")},
    "third_ack_lost_then_data@server.pcap": {("SYN006", "LIKELY")},
    "third_ack_lost_then_data@client.pcap": set(),
    "syncookie_ack_lost_then_data.pcap": {("SYN006", "LIKELY")},
    "refused_rst_three_tries.pcap": {("SYN007", "CERTAIN")},
    "rst_in_syn_sent.pcap": {("SYN007", "CERTAIN")},
    "reject_fw_icmp_admin.pcap": {("SYN008", "CERTAIN")},
    "reject_fw_icmpv6_port.pcap": {("SYN008", "CERTAIN")},
    "old_dup_syn_then_rst.pcap": {("SYN013", "LIKELY")},
    "simultaneous_open@client.pcap": {("SYN014", "CERTAIN")},
    "split_handshake_ack_syn.pcap": set(),
    "normal_defer_accept.pcap": set(),
    "tfo_data_accepted@server.pcap": set(),
}
"what these rules see in captures of a real kernel"

MINE = {"SYN001", "SYN002", "SYN003", "SYN004", "SYN005", "SYN006", "SYN007", "SYN008", "SYN009"} | {
    "SYN012",
    "SYN013",
    "SYN014",
    "SYN016",
}


@corpus
@pytest.mark.parametrize("name", SEEN)
def test_real_captures(name: str) -> None:
    """Captures with known truth raise what is true of them, as surely as they can show it."""
    found = {(f.code, f.confidence.name) for f in inspect(CORPUS / name).findings() if f.code in MINE}
    assert found == SEEN[name]


@corpus
def test_normal_captures_raise_no_alarm() -> None:
    """Nothing at WARNING or above is found in any capture that is known to be clean."""
    truths = [json.loads(path.read_text()) for path in sorted(CORPUS.glob("*.json"))]
    normal = [CORPUS / truth["capture"] for truth in truths if truth["group"] == "normal"]
    assert normal
    loud = {
        (path.name, f.code)
        for path in normal
        for f in inspect(path).findings()
        if f.code in MINE and f.severity > Severity.NOTE
    }
    assert not loud
