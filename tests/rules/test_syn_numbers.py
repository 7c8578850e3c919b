"""The rules about wrong numbers, wrong flags and wrong resets in an opening, beyond their pages."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handshake_inspect import Confidence, Severity, inspect
from tests.corpus import CORPUS, needs_corpus
from tests.rules.exchanges import found, later, only

SAMPLES = Path(__file__).resolve().parents[2] / "sample_pcaps"

CALL = "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n"


@pytest.mark.parametrize(
    ("after", "confidence"),
    [
        ("+0.01 < R 7777:7777(0)\n", Confidence.CERTAIN),
        (later(60), Confidence.LIKELY),
        ("", Confidence.POSSIBLE),
    ],
)
def test_how_sure_a_wrong_third_segment_is(after: str, confidence: Confidence, tmp_path: Path) -> None:
    """A reset at the wrong number proves it; silence makes it likely; the end of the capture says little."""
    wrong = only(CALL + "+0.01 > . 1:1(0) ack 7777\n" + after, tmp_path)
    assert (wrong.code, wrong.confidence) == ("SYN010", confidence)
    assert "acknowledges a number 7 776 bytes beyond the right one" in wrong.message


def test_an_old_segment_of_the_life_before_is_not_the_third(tmp_path: Path) -> None:
    """Both numbers of a late copy are those of the connection before, which no client gets wrong at once."""
    before = CALL + "+0.01 > . 1:1(0) ack 1\n+0.01 > R. 1:1(0) ack 1\n"
    again = "+60 > S 900000:900000(0)\n+0.01 < S. 500000:500000(0) ack 900001\n"
    late = "+0.001 > . 1:1(0) ack 1\n+0.01 > . 900001:900001(0) ack 500001\n"
    assert {f.code for f in found(before + again + late, tmp_path)}.isdisjoint({"SYN010"})


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(-200_000, 200_000))
def test_which_sequence_numbers_no_server_takes(number: int, tmp_path: Path) -> None:
    """The third segment may stand anywhere from the SYN to the end of the largest window of a SYN-ACK."""
    codes = {f.code for f in found(CALL + f"+0.01 > . {number}:{number}(0) ack 1\n", tmp_path)}
    assert ("SYN010" in codes) == (number < 0 or number > 1 + 0xFFFF)


@pytest.mark.parametrize(("chosen", "which"), [(1, "first"), (5001, "second")])
def test_which_syn_ack_the_client_chose(chosen: int, which: str, tmp_path: Path) -> None:
    """Two servers answer; the one that was not chosen resets, and that is the same cause."""
    two = CALL + "+0.002 < S. 5000:5000(0) ack 1\n"
    end = f"+0.01 > . 1:1(0) ack {chosen}\n+0.01 < R {chosen}:{chosen}(0)\n"
    changed = only(two + end, tmp_path)
    assert (changed.code, changed.confidence) == ("SYN011", Confidence.CERTAIN)
    assert f"the client chose the {which}" in changed.message
    assert "the server reset the connection" in changed.message
    assert [e.frame for e in changed.evidence] == [3, 2, 1, 4, 5]


def test_a_new_number_after_a_reset_is_a_new_attempt(tmp_path: Path) -> None:
    """A server that was reset has forgotten the attempt, and answers the same SYN with another number."""
    notation = CALL + "+0.01 > R 1:1(0)\n+1 > S 0:0(0)\n+0.01 < S. 70000:70000(0) ack 1\n"
    codes = {f.code for f in found(notation + "+0.01 > . 1:1(0) ack 70001\n", tmp_path)}
    assert "SYN011" not in codes


def test_an_answer_that_was_made_anew_is_only_likely(tmp_path: Path) -> None:
    """With the SYN repeated between them, a server without state explains two numbers."""
    notation = CALL + "+1 > S 0:0(0)\n+0.01 < S. 5000:5000(0) ack 1\n+0.01 > . 1:1(0) ack 5001\n"
    (changed,) = (f for f in found(notation, tmp_path) if f.code == "SYN011")
    assert changed.confidence is Confidence.LIKELY


@pytest.mark.parametrize(("acked", "confidence"), [(True, Confidence.CERTAIN), (False, Confidence.LIKELY)])
def test_a_split_handshake_is_certain_when_the_syn_was_heard(
    acked: bool, confidence: Confidence, tmp_path: Path
) -> None:
    """Only an acknowledgement before the bare SYN shows that it is no crossing call."""
    heard = "+0.01 < . 0:0(0) ack 1\n" if acked else ""
    rest = "+0.01 < S 0:0(0)\n+0.01 > S. 0:0(0) ack 1\n+0.01 < . 1:1(0) ack 1\n"
    split = only("+0 > S 0:0(0)\n" + heard + rest, tmp_path)
    assert (split.code, split.confidence, split.severity) == ("SYN015", confidence, Severity.WARNING)


def test_data_before_the_third_segment_is_judged_for_each_connection(tmp_path: Path) -> None:
    """Equal stories differ in time alone: frames that could have been swapped by a tap are no finding."""
    lines = "".join(
        f"+5 [{n}] > S 0:0(0)\n+0.01 [{n}] < S. 0:0(0) ack 1\n+0.01 [{n}] < P. 1:101(100) ack 1\n"
        f"+{gap} [{n}] > . 1:1(0) ack 1\n+0.002 [{n}] > . 1:1(0) ack 101\n"
        for n, gap in enumerate(("0.0005", "0.010", "0.001", "0.050"), 1)
    )
    assert [(f.code, f.connection) for f in found(lines, tmp_path)] == [("SYN018", 2), ("SYN018", 4)]


def test_another_syn_ack_proves_that_the_server_still_waited(tmp_path: Path) -> None:
    """A server that repeats its SYN-ACK after its data has not been acknowledged."""
    early = CALL + "+0.01 < P. 1:101(100) ack 1\n+1 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 101\n"
    (spoke,) = (f for f in found(early, tmp_path) if f.code == "SYN018")
    assert (spoke.confidence, [e.frame for e in spoke.evidence]) == (Confidence.CERTAIN, [3, 2, 4, 5])


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("FO 0102030405060708", "had a Fast Open cookie of 8 bytes"),
        ("FO", "asked for a Fast Open cookie"),
        ("nop", "had no Fast Open option"),
    ],
)
def test_what_the_syn_had_asked_for(option: str, says: str, tmp_path: Path) -> None:
    """Data that was not accepted is told with the cookie that was sent, asked for, or missing."""
    syn = f"+0 > S 0:100(100) <mss 1460,{option}>\n"
    rest = "+0.01 < S. 0:0(0) ack 1 <mss 1460>\n+0.01 > P. 1:101(100) ack 1\n+0.01 < . 1:1(0) ack 101\n"
    left = only(syn + rest, tmp_path)
    assert (left.code, left.severity) == ("SYN019", Severity.NOTE)
    assert "accepted none of the 100 bytes" in left.message
    assert says in left.message
    assert "the data came again" in left.message


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(taken=st.integers(0, 100))
def test_part_of_the_data_in_a_syn_may_be_accepted(taken: int, tmp_path: Path) -> None:
    """Anything less than all is told, with its size."""
    answer = f"+0 > S 0:100(100)\n+0.01 < S. 0:0(0) ack {1 + taken}\n+0.01 > . 101:101(0) ack 1\n"
    assert ("SYN019" in {f.code for f in found(answer, tmp_path)}) == (taken < 100)


def test_a_syn_ack_at_the_beginning_may_answer_a_syn_from_before(tmp_path: Path) -> None:
    """What was captured within the first second is only possible, and only where a RST denies it."""
    reset = "+0.01 > R 1:1(0)\n"
    early = only("+0 < S. 0:0(0) ack 1\n" + reset + later(60), tmp_path)
    late = only(later(60).replace("+60", "+0") + "+5 < S. 0:0(0) ack 1\n" + reset, tmp_path)
    assert (early.code, early.confidence) == ("SYN020", Confidence.POSSIBLE)
    assert (late.code, late.confidence) == ("SYN020", Confidence.CERTAIN)


def test_a_syn_ack_to_a_host_that_is_heard_as_a_server(tmp_path: Path) -> None:
    """A host that answers others would have been captured when it called; over IPv6 as over IPv4."""
    for web, peer, other in (
        ("192.0.2.1:80", "198.51.100.9:5555", "203.0.113.7:443"),
        ("[2001:db8::1]:80", "[2001:db8::9]:5555", "[2001:db8::7]:443"),
    ):
        served = f"client {peer}\nserver {web}\n[2] client {web}\n[2] server {other}\n" + CALL
        silent = only(served + "+0.01 > . 1:1(0) ack 1\n+9 [2] < S. 0:0(0) ack 1\n", tmp_path)
        assert (silent.code, silent.confidence, silent.connection) == ("SYN020", Confidence.POSSIBLE, 2)
        assert "is heard elsewhere" in silent.message


@pytest.mark.parametrize(
    ("flags", "says"),
    [
        ("-", "without any flag, as a NULL scan does"),
        ("F", "with FIN and without ACK, as a FIN scan does"),
        ("FPU", "with FIN+PSH+URG and without ACK, as a Xmas scan does"),
        ("P", "with PSH and without ACK"),
        ("SF", "with FIN+SYN"),
        ("SR", "with SYN+RST"),
    ],
)
def test_illegal_flags_are_named(flags: str, says: str, tmp_path: Path) -> None:
    """The message names the flags, and the scan that is known for them; nothing else is said of it."""
    illegal = only(f"+0 > {flags} 0:0(0)\n" + later(60), tmp_path)
    assert (illegal.code, illegal.severity) == ("SYN021", Severity.ERROR)
    assert says in illegal.message


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(chosen=st.sets(st.sampled_from("SFRP.UEW")))
def test_which_flags_are_illegal(chosen: set[str], tmp_path: Path) -> None:
    """SYN goes with neither FIN nor RST, and what has neither SYN nor RST has ACK (RFC 9293 §3.10.7)."""
    flags = "".join(letter for letter in "SFRP.UEW" if letter in chosen) or "-"
    acks = " ack 1" if "." in chosen else ""
    codes = {f.code for f in found(f"+0 > {flags} 0:0(0){acks}\n", tmp_path)}
    with_syn = "S" in chosen and bool(chosen & {"F", "R"})
    without_ack = not chosen & {"S", "R", "."}
    assert ("SYN021" in codes) == (with_syn or without_ack)


def test_data_without_ack_is_seen_wherever_it_comes(tmp_path: Path) -> None:
    """However much was sent before, a segment without ACK is not merely counted."""
    talk = "".join(
        f"+0.01 > P. {n}:{n + 10}(10) ack 1\n+0.01 < . 1:1(0) ack {n + 10}\n" for n in range(1, 101, 10)
    )
    notation = CALL + "+0.01 > . 1:1(0) ack 1\n" + talk + "+0.01 > P 101:111(10)\n"
    assert [(f.code, f.evidence[0].frame) for f in found(notation, tmp_path)] == [("SYN021", 24)]


def test_a_reset_for_another_number_is_followed_to_its_end(tmp_path: Path) -> None:
    """The message says by how much the number is off, and that the attempt opened all the same."""
    answered = "+0.01 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1\n"
    reset = only("+0 > S 0:0(0)\n+0.01 < R. 0:0(0) ack 11\n" + answered, tmp_path)
    assert (reset.code, reset.severity) == ("RST012", Severity.WARNING)
    assert "acknowledges a number 10 bytes beyond the right one" in reset.message
    assert reset.message.endswith("the connection opened")


def test_a_server_that_gives_up_says_how_often_it_tried(tmp_path: Path) -> None:
    """Repeated SYN-ACKs and the RST at their end are one finding."""
    tries = CALL + "+1 < S. 0:0(0) ack 1\n+2 < S. 0:0(0) ack 1\n"
    gave_up = only(tries + "+4 < R. 1:1(0) ack 1\n", tmp_path)
    assert (gave_up.code, [e.frame for e in gave_up.evidence]) == ("RST004", [5, 1, 2, 3, 4])
    assert "7.0 s after the SYN" in gave_up.message
    assert "4.0 s after its SYN-ACK, which it had sent 3 times" in gave_up.message


def test_a_reset_into_a_simultaneous_open(tmp_path: Path) -> None:
    """Where both ends called, either may reset before the connection is open."""
    both = "+0 > S 0:0(0)\n+0.01 < S 0:0(0)\n"
    reset = only(both + "+0.01 > S. 0:0(0) ack 1\n+0.01 < R. 1:1(0) ack 1\n", tmp_path)
    assert (reset.code, reset.evidence[0].frame) == ("RST004", 4)


MINE = frozenset({*(f"SYN{n:03}" for n in (10, 11, 15, 18, 19, 20, 21)), "RST004", "RST012"})

SEEN = {
    "third_ack_wrong_ack.pcap": {("SYN010", 3)},
    "split_handshake_ack_syn.pcap": {("SYN015", 3)},
    "syn_with_data_no_tfo.pcap": {("SYN019", 2)},
    "tfo_data_accepted@client.pcap": set(),
    "tfo_cookie_request.pcap": set(),
    "synproxy@client.pcap": set(),
    "synproxy_timestamps@server.pcap": set(),
    "isn_syncookies.pcap": set(),
    "simultaneous_open@client.pcap": set(),
}
"what these rules see in captures of a real kernel: the code, and the frame it points at"


@needs_corpus
@pytest.mark.parametrize("name", SEEN)
def test_real_captures(name: str) -> None:
    """Captures with known truth raise what is true of them and no more."""
    findings = inspect(CORPUS / name).findings()
    assert {(f.code, f.evidence[0].frame) for f in findings if f.code in MINE} == SEEN[name]


@needs_corpus
@pytest.mark.parametrize("name", sorted(p.name for p in CORPUS.glob("normal*.pcap*")))
def test_normal_captures_raise_nothing(name: str) -> None:
    """None of these rules speaks of a capture that is known to be clean."""
    assert not [f.code for f in inspect(CORPUS / name).findings() if f.code in MINE]


def test_the_split_handshake_sample() -> None:
    """The sample raises one finding, at the bare SYN of the server."""
    findings = list(inspect(SAMPLES / "split_handshake.pcap").findings())
    assert [(f.code, f.evidence[0].frame) for f in findings] == [("SYN015", 3)]


def test_two_servers_behind_one_address(tmp_path: Path) -> None:
    """The second server's SYN-ACK comes to an open connection, and its RST ends that: one finding."""
    opened = "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1 ttl 64\n+0.001 > . 1:1(0) ack 1\n"
    second = "+0.01 < S. 7000:7000(0) ack 1 ttl 128\n+0 > . 1:1(0) ack 1\n+0.01 < R 1:1(0) ttl 128"
    (finding,) = found(opened + second, tmp_path)
    assert finding.code == "SYN011"
    assert finding.message.endswith(
        "chose the first; the sender of the second reset the connection 10 ms later"
    )
    assert [e.frame for e in finding.evidence] == [4, 2, 1, 3, 5, 6]


def test_a_call_of_its_own(tmp_path: Path) -> None:
    """A bare SYN that comes later than an answer takes may be a call, the client's SYN having been lost."""
    (call,) = found("+0 > S 0:0(0)\n+0.3 < S 0:0(0)\n+0 > S. 0:0(0) ack 1\n+0.04 < . 1:1(0) ack 1", tmp_path)
    assert (call.code, call.severity, call.confidence) == ("SYN015", Severity.NOTE, Confidence.POSSIBLE)
    assert "a SYN of its own 300 ms after the client's, later than an answer" in call.message
