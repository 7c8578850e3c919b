"""Mistakes that other readers of captures make (Zeek, Suricata, tshark), and that none of them is made here.

Also what they lack and users ask for: causes by name, an exit status, two vantage points, rotated files.

Left out, because no inspection of one capture can show it: speed and memory (the benchmarks measure them),
and how many findings have a public capture. SARIF and JUnit have tests of their own (`tests/render/`).
"""

from pathlib import Path

import pytest

from handshake_inspect import Confidence, inspect, script
from tests.cli.commands import run
from tests.facts.exchanges import (
    CLOSED,
    FAR,
    OPENED,
    TAGS,
    TALKED,
    apart,
    captured,
    codes,
    in_vlans,
    lines,
    only,
    outcomes,
    rewritten,
    tagged,
    told,
    twice,
)

SAMPLES = Path(__file__).resolve().parents[2] / "sample_pcaps"
GOES_ON = "+1 > P. 101:201(100) ack 301\n+0.01 < . 301:301(0) ack 201\n"
FINS = "+0.01 > F. 101:101(0) ack 301\n+0.001 < F. 301:301(0) ack 101\n"
UNANSWERED = "+0 > S 0:0(0)\n+1 > S 0:0(0)\n+2 > S 0:0(0)\n+60 [2] > S 0:0(0)\n"
WAYS = pytest.mark.parametrize("server", [False, True], ids=["client", "server"])


def wrong_sum(frame: bytes) -> bytes:
    """An IPv4 frame with another TCP checksum."""
    return frame[:50] + (int.from_bytes(frame[50:52]) ^ 0x0101).to_bytes(2) + frame[52:]


def test_syn_ack_alone_is_not_established(tmp_path: Path) -> None:
    """SYN and SYN-ACK are half a handshake: the missing third ACK has an outcome and a rule of its own."""
    again = "+1 < S. 0:0(0) ack 1\n+2 < S. 0:0(0) ack 1\n+60 [2] > S 0:0(0)"
    report = told("\n".join(lines(OPENED)[:2]) + "\n" + again, tmp_path)
    first = report.connection(1)
    assert first.opening.outcome == "half-open"
    assert first.codes == ["SYN003"]


def test_repeated_syns_are_one_connection(tmp_path: Path) -> None:
    """SYNs at 0, 1, 3, 7 and 15 s are one attempt, and each is counted."""
    report = told("+0 > S 0:0(0)\n" + "".join(f"+{gap} > S 0:0(0)\n" for gap in (1, 2, 4, 8)), tmp_path)
    assert only(report).client.syns == 5
    assert [(f.code, f.count) for f in report.findings()] == [("SYN002", 5)]


def test_wrong_checksum_is_not_dropped(tmp_path: Path) -> None:
    """Segments with a wrong checksum are read and named: they change no verdict."""
    report = rewritten(CLOSED, lambda number, frame: wrong_sum(frame) if number != 3 else frame, tmp_path)
    assert report.captures[0].segments == len(lines(CLOSED))
    assert outcomes(report) == [("established", "closed")]
    assert codes(report) == ["CAP010"]


def test_wrong_checksum_is_not_dropped_captured() -> None:
    """A real offloading host's checksums are noted, and its connection is whole."""
    report = captured("cap_offload.pcap")
    assert "CAP010" in codes(report)
    assert outcomes(report) == [("established", "closed")]


def test_reset_is_validated(tmp_path: Path) -> None:
    """A RST outside the window is named, says how far off it was, and ends nothing."""
    report = told(TALKED + "+0.5 < R. 5000000:5000000(0) ack 101\n" + GOES_ON, tmp_path)
    (finding,) = report.findings()
    assert finding.code == "RST005"
    assert "4 999 699 bytes beyond" in finding.message
    assert outcomes(report) == [("established", "open")]


@pytest.mark.parametrize(("name", "code"), [("last_ack", "RST005"), ("in_window", "ACK002")])
def test_reset_is_validated_captured(name: str, code: str) -> None:
    """Real forged RSTs are told by where they lie, and the connection closes as its ends closed it."""
    path = {"last_ack": "spoofed_rst_at_last_ack.pcap", "in_window": "spoofed_rst_in_window.pcap"}[name]
    report = captured(path)
    assert codes(report) == [code]
    assert outcomes(report) == [("established", "closed")]


@pytest.mark.parametrize("ack", [0, 2])
def test_syn_ack_is_checked_exactly(ack: int, tmp_path: Path) -> None:
    """A SYN-ACK for one byte too few or too many is wrong."""
    answer = f"+0.01 < S. 0:0(0) ack {ack}\n+0.001 > R {ack}:{ack}(0)"
    report = told("+0 > S 0:0(0)\n" + answer, tmp_path)
    assert codes(report) == ["SYN009"]
    assert only(report).opening.outcome == "invalid"


def test_every_syn_ack_is_checked(tmp_path: Path) -> None:
    """A wrong SYN-ACK behind a right one is found too."""
    wrong = "+0.001 < S. 0:0(0) ack 999\n+0.001 > R 999:999(0)"
    report = told("\n".join(lines(OPENED)[:2]) + "\n" + wrong, tmp_path)
    (found,) = (f for f in report.findings() if f.code == "SYN009")
    assert found.evidence[0].frame == 3


def test_simultaneous_open_is_one_connection(tmp_path: Path) -> None:
    """SYNs that cross are one connection, and no retransmission."""
    crossed = "+0 > S 0:0(0)\n+0 < S 0:0(0)\n+0.01 > S. 0:0(0) ack 1\n+0 < S. 0:0(0) ack 1"
    report = told(crossed, tmp_path)
    assert only(report).opening.manner == "simultaneous"
    assert codes(report) == ["SYN014"]


def test_challenged_syn_is_no_new_connection(tmp_path: Path) -> None:
    """A SYN in the window that meets a challenge ACK leaves the one connection it came to."""
    report = told(TALKED + "+5 > S 150:150(0)\n+0.001 < . 301:301(0) ack 101\n" + GOES_ON, tmp_path)
    assert outcomes(report) == [("established", "open")]
    (finding,) = report.findings()
    assert finding.code == "ACK001"
    assert "challenge ACK" in finding.message


def test_syn_data_is_no_retransmission(tmp_path: Path) -> None:
    """Data that begins at the number of its SYN is sent once, and counted once."""
    fast = "+0 > S 0:100(100) <mss 1460,raw 220a0102030405060708>\n+0.01 < S. 0:0(0) ack 101 <mss 1460>\n"
    report = told(fast + "+0.01 > . 101:101(0) ack 1", tmp_path)
    assert codes(report) == []
    assert (only(report).client.payload_bytes, only(report).opening.ack_frame) == (100, 3)


def test_one_connection_in_two_vlans_captured() -> None:
    """A real connection whose directions have different VLAN tags is one, and clean."""
    report = captured("enc_vlan_asym.pcap")
    assert outcomes(report) == [("established", "closed")]
    assert codes(report) == []


@pytest.mark.parametrize("ways", TAGS)
@pytest.mark.parametrize("begun", [0, 3], ids=["opened", "late"])
def test_three_vlans_are_three_connections(ways: str, begun: int, tmp_path: Path) -> None:
    """Connections in three VLANs with one 4-tuple, packet by packet in turn, are three, and each is clean."""
    exchange = "\n".join(lines(CLOSED)[begun:])
    three = in_vlans(exchange, apart(exchange, FAR, 2 * FAR), apart(exchange, 2_345_678_901, FAR))

    def tag(number: int, frame: bytes) -> bytes:
        way, turn = TAGS[ways][(number - 1) % 3], (number - 1) // 3
        return tagged(frame, *way[" < " in lines(exchange)[turn]])

    report = rewritten(three, tag, tmp_path)
    assert [each.closing.outcome for each in report.connections()] == ["closed"] * 3
    assert {each.opening.outcome for each in report.connections()} == {"unseen" if begun else "established"}
    assert set(codes(report)) <= {"CAP003"}
    assert [(each.first_frame, each.client.segments) for each in report.connections()] == [
        (place, sum(" > " in line for line in lines(exchange))) for place in (1, 2, 3)
    ]


@pytest.mark.parametrize("begun", [0, 3], ids=["opened", "late"])
@pytest.mark.parametrize("tags", [(10, 20), (0, 20), (10, 0)])
def test_one_connection_in_two_vlans(tags: tuple[int, int], begun: int, tmp_path: Path) -> None:
    """A connection whose directions have different VLAN tags, or only one has any, is one."""
    sent = lines(CLOSED)[begun:]
    report = rewritten(
        "\n".join(sent), lambda at, frame: tagged(frame, tags[" < " in sent[at - 1]]), tmp_path
    )
    assert only(report).closing.outcome == "closed"
    assert set(codes(report)) <= {"CAP003"}


@pytest.mark.parametrize("lost", [(), (1, 4, 9, 12), (2, 3, 17)], ids=["whole", "some-lost", "others-lost"])
def test_routed_packets_in_two_vlans_are_copies(lost: tuple[int, ...], tmp_path: Path) -> None:
    """A packet seen before and behind a router, in two VLANs, is one, even where one sight was lost."""
    doubled = [f"{line} id {10 + at}" for at, line in enumerate(lines(CLOSED))]
    both = [each for line in doubled for each in (line, "+0 " + line.split(None, 1)[1] + " ttl 63")]
    kept = [at for at in range(len(both)) if at not in lost]

    def tag(number: int, frame: bytes) -> bytes:
        at = kept[number - 1]
        return tagged(frame, (10, 20)[(at % 2) ^ (" < " in both[at])])

    report = rewritten("\n".join(both[at] for at in kept), tag, tmp_path)
    assert outcomes(report) == [("established", "closed")]
    assert codes(report) == ["CAP006"]


def test_connection_that_moves_to_another_vlan(tmp_path: Path) -> None:
    """A connection that goes on under another tag with its own numbers is still one."""
    report = rewritten(CLOSED, lambda number, frame: tagged(frame, 10 if number < 5 else 20), tmp_path)
    assert outcomes(report) == [("established", "closed")]
    assert codes(report) == []


def test_reset_under_another_tag_is_no_connection(tmp_path: Path) -> None:
    """A blind RST from another VLAN is judged as one that came to the connection."""
    blind = TALKED + "+0.5 < R. 500000000:500000000(0) ack 101\n" + GOES_ON
    report = rewritten(blind, lambda number, frame: tagged(frame, 20 if number == 7 else 10), tmp_path)
    assert codes(report) == ["RST005"]
    assert outcomes(report) == [("established", "open")]


def test_wrong_answer_under_another_tag(tmp_path: Path) -> None:
    """A SYN-ACK that acknowledges the wrong number is the answer to its SYN, whatever its tag."""
    wrong = f"+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack {FAR}\n+0.001 > R {FAR}:{FAR}(0)"
    report = rewritten(wrong, lambda number, frame: tagged(frame, 20 if number == 2 else 10), tmp_path)
    assert codes(report) == ["SYN009"]


@pytest.mark.parametrize(("tag", "number"), [(10, 0), (20, FAR)])
def test_icmp_error_belongs_to_its_vlan(tag: int, number: int, tmp_path: Path) -> None:
    """An ICMP error answers the SYN of the VLAN in which it comes back."""
    error = f"+0.01 < icmp host-unreachable ({number}:{number})"
    sent = f"+0 > S 0:0(0)\n+0.001 > S {FAR}:{FAR}(0)\n{error}"
    tags = (10, 20, tag)
    report = rewritten(sent, lambda at, frame: tagged(frame, tags[at - 1]), tmp_path)
    assert [each.opening.outcome == "rejected" for each in report.connections()] == [tag == 10, tag == 20]


def test_unacknowledged_fins_are_not_closed(tmp_path: Path) -> None:
    """FINs from both ends do not close a connection: each has to be acknowledged."""
    report = told(TALKED + FINS, tmp_path)
    assert only(report).closing.outcome == "closing"
    assert told(CLOSED, tmp_path).connection(1).closing.outcome == "closed"


def test_each_end_has_a_state(tmp_path: Path) -> None:
    """CLOSING can be reached: an end that has the peer's FIN and no ACK of its own is there, alone."""
    connection = only(told(TALKED + FINS + "+0.01 > . 102:102(0) ack 302", tmp_path))
    assert connection.client.known_state == "CLOSING"
    assert connection.server.known_state == "FIN-WAIT-1"


def test_reset_after_the_own_fin_counts(tmp_path: Path) -> None:
    """A client's RST after its own FIN ends the connection, and is told."""
    acked = "+0.01 > F. 101:101(0) ack 301\n+0.01 < . 301:301(0) ack 102\n+0.1 > R. 102:102(0) ack 301"
    report = told(TALKED + acked, tmp_path)
    assert only(report).closing.outcome == "reset-after-fin"
    assert codes(report) == ["RST002"]


def test_reset_after_the_own_fin_counts_captured() -> None:
    """So does a real one."""
    report = captured("fin_then_rst_same_side.pcap")
    assert only(report).closing.outcome == "reset-after-fin"
    assert codes(report) == ["RST002"]


@pytest.mark.parametrize("ttl", [64, 63], ids=["exact", "routed"])
def test_copies_are_no_retransmissions(ttl: int, tmp_path: Path) -> None:
    """Copies of frames, exact or with another TTL, are left out: nothing was sent twice or differed."""
    report = told(twice(CLOSED, ttl), tmp_path)
    assert codes(report) == ["CAP006"]
    connection, once = only(report), only(told(CLOSED, tmp_path))
    assert (connection.client.word, connection.server.word) == (once.client.word, once.server.word)
    assert connection.client.payload_bytes == once.client.payload_bytes


def test_retries_are_no_flood(tmp_path: Path) -> None:
    """Twelve identical SYNs, or SYN-ACKs, are one end that tries again."""
    syns = told("+0 > S 0:0(0)\n" + "+1 > S 0:0(0)\n" * 11, tmp_path)
    assert [(f.code, f.count) for f in syns.findings()] == [("SYN002", 12)]
    again = "+1 < S. 0:0(0) ack 1\n" * 11
    answers = told("\n".join(lines(OPENED)[:2]) + "\n" + again + "+0.01 > . 1:1(0) ack 1", tmp_path)
    assert [(f.code, f.count) for f in answers.findings()] == [("SYN004", 11)]


def test_resets_are_exempt_from_paws(tmp_path: Path) -> None:
    """A RST with an old timestamp resets all the same (RFC 7323 §5.3)."""
    times = "<TS val {} ecr {}>".format
    report = told(
        f"""
        +0.00 > S 0:0(0) <mss 1460,TS val 1000 ecr 0>
        +0.01 < S. 0:0(0) ack 1 <mss 1460,TS val 500 ecr 1000>
        +0.01 > . 1:1(0) ack 1 {times(1010, 500)}
        +0.10 > P. 1:101(100) ack 1 {times(1110, 500)}
        +0.01 < . 1:1(0) ack 101 {times(620, 1110)}
        +1.00 > R. 101:101(0) ack 1 {times(5, 620)}
        """,
        tmp_path,
    )
    assert codes(report) == ["RST001"]
    assert outcomes(report) == [("established", "reset")]


@pytest.mark.parametrize(("beyond", "code"), [(16_000, "ACK002"), (17_000, "RST005")])
def test_window_scale_15_counts_as_14(beyond: int, code: str, tmp_path: Path) -> None:
    """A window of 1 scaled by 15 is 16 384 bytes, not 1 and not 32 768 (RFC 7323 §2.3)."""
    at = 101 + beyond
    report = told(
        f"""
        +0.00 > S 0:0(0) <mss 1460,wscale 7>
        +0.01 < S. 0:0(0) ack 1 <mss 1460,wscale 15>
        +0.01 > . 1:1(0) ack 1
        +0.10 > P. 1:101(100) ack 1
        +0.01 < . 1:1(0) ack 101 win 1
        +1.00 > R {at}:{at}(0)
        +0.001 < . 1:1(0) ack 101 win 1
        +0.10 > P. 101:201(100) ack 1
        +0.01 < . 1:1(0) ack 201 win 1
        """,
        tmp_path,
    )
    assert sorted(codes(report)) == sorted([code, "OPT004"])


def test_lost_last_ack_hides_nothing(tmp_path: Path) -> None:
    """Where the last ACK of a connection is missing, the next one on its 4-tuple is seen whole."""
    following = """
        +5.00 > S 500000:500000(0)
        +0.01 < S. 900000:900000(0) ack 500001
        +0.01 > . 500001:500001(0) ack 900001
        +0.01 > F. 500001:500001(0) ack 900001
        +0.01 < F. 900001:900001(0) ack 500002
        +0.01 > . 500002:500002(0) ack 900002
    """
    report = told("\n".join(lines(CLOSED)[:-1]) + "\n" + following, tmp_path)
    assert outcomes(report) == [("established", "closing"), ("established", "closed")]
    assert codes(report) == ["FIN013", "FIN010"]


@pytest.mark.parametrize("heard", ["", "+0.001 > . 101:101(0) ack 301\n"], ids=["unheard", "older-ack"])
def test_reset_at_the_end_of_the_last_segment_closes(heard: str, tmp_path: Path) -> None:
    """A RST at the end of its sender's last segment closes, whatever the other end has acknowledged of it."""
    last = "+0.01 < P. 301:1301(1000) ack 101\n"
    report = told(TALKED + last + heard + "+0.001 < R. 1301:1301(0) ack 101", tmp_path)
    assert outcomes(report) == [("established", "reset")]
    (finding,) = report.findings()
    assert (finding.code, finding.confidence) == ("RST001", Confidence.CERTAIN)


def test_inexact_reset_waits_for_what_follows(tmp_path: Path) -> None:
    """A RST elsewhere in the window closes only likely when silence follows, and not when its end goes on."""
    inexact = TALKED + "+0.5 < R. 401:401(0) ack 101\n"
    silent = told(inexact, tmp_path)
    assert [(f.code, f.confidence) for f in silent.findings()] == [("RST001", Confidence.LIKELY)]
    assert outcomes(told(inexact + GOES_ON, tmp_path)) == [("established", "open")]


def test_completeness_is_up_to_date(tmp_path: Path) -> None:
    """The completeness counts the last packet too: a lone SYN is 1, and a RST at the end is in it."""
    assert only(told("+0 > S 0:0(0)", tmp_path)).completeness == 1
    assert only(told(OPENED + "+0.01 > R 1:1(0)", tmp_path)).completeness == 1 + 2 + 4 + 32
    assert only(told(CLOSED, tmp_path)).completeness == 1 + 2 + 4 + 8 + 16


def test_third_ack_is_checked(tmp_path: Path) -> None:
    """An ACK of 999 completes no handshake."""
    report = told("\n".join(lines(OPENED)[:2]) + "\n+0.01 > . 1:1(0) ack 999", tmp_path)
    assert codes(report) == ["SYN010"]
    assert (only(report).opening.outcome, only(report).opening.ack_frame) == ("invalid", None)


def test_third_ack_is_checked_captured() -> None:
    """A real one that was off by 998 is named, and the right one behind it counts."""
    report = captured("third_ack_wrong_ack.pcap")
    assert codes(report) == ["SYN010"]
    assert only(report).opening.ack_frame != 3


@pytest.mark.parametrize("offer", ["", ",FO"])
def test_wrong_syn_ack_is_no_fast_open(offer: str, tmp_path: Path) -> None:
    """A SYN-ACK for bytes that no SYN carried accepts no Fast Open data, asked for or not."""
    wrong = "+0.01 < S. 0:0(0) ack 999\n+0.001 > R 999:999(0)"
    report = told(f"+0 > S 0:0(0) <mss 1460{offer}>\n" + wrong, tmp_path)
    assert codes(report) == ["SYN009"]
    assert (only(report).opening.outcome, only(report).opening.manner) == ("invalid", None)


def test_exit_status_tells_findings(tmp_path: Path) -> None:
    """The status is 0 for a clean capture and 1 for one with findings, from standard input too."""
    clean, lost = (script.to_pcap(script.parse(text)) for text in (CLOSED, UNANSWERED))
    assert run("check", "-", cwd=tmp_path, stdin=clean).returncode == 0
    assert run("check", "-", cwd=tmp_path, stdin=lost).returncode == 1


def test_icmp_error_belongs_to_its_syn(tmp_path: Path) -> None:
    """An ICMP error is told with the SYN it quotes, and not with the connection beside it."""
    beside = "+0 > S 0:0(0)\n+0.001 [2] > S 0:0(0)\n+0.01 [2] < icmp host-unreachable from 192.0.2.254\n"
    report = told(beside + "\n".join(lines(OPENED)[1:]), tmp_path)
    assert [each.codes for each in report.connections()] == [[], ["SYN008"]]
    (finding,) = report.findings()
    assert [each.frame for each in finding.evidence] == [3, 2]
    assert "192.0.2.254, on the way, answered" in finding.message


@pytest.mark.parametrize("name", ["reject_fw_icmp_port", "reject_fw_icmpv6_port", "reject_server_local_fw"])
def test_icmp_error_belongs_to_its_syn_captured(name: str) -> None:
    """Real firewalls' ICMP errors are the answer to the SYN."""
    report = captured(f"{name}.pcap")
    assert codes(report) == ["SYN008"]
    assert only(report).opening.outcome == "rejected"


def test_sender_of_a_reset_is_told_captured() -> None:
    """A real RST that its named end did not send is told, with what gives it away."""
    (finding,) = (f for f in captured("spoofed_rst_exact.pcap").findings() if f.code == "RST007")
    assert "was sent by another box: its TTL is 44" in finding.message


def test_both_sides_of_a_translator_are_joined_captured() -> None:
    """Real captures from both sides of an address translator tell of one connection."""
    report = captured("nat_masquerade@inside.pcap", "nat_masquerade@outside.pcap")
    (joined,) = (f for f in report.findings() if f.code == "CAP013")
    assert len(joined.connections) == report.connection_count == 2


def test_clean_connections_in_disorder(tmp_path: Path) -> None:
    """Frames of two taps out of order are noted once, and the connection is still closed and clean."""
    order = (1, 0, 2, 4, 3, 5, 7, 6, 8)
    report = told("\n".join(lines(CLOSED)[place] for place in order), tmp_path)
    assert codes(report) == ["CAP007"]
    assert outcomes(report) == [("established", "closed")]


def test_initial_numbers_that_can_be_foretold() -> None:
    """A server whose initial numbers count is named, with its step."""
    (finding,) = inspect(SAMPLES / "isn_counting.pcap").findings()
    assert finding.code == "ISN001"
    assert "64 000" in finding.message


@WAYS
def test_first_to_close_is_told(server: bool, tmp_path: Path) -> None:
    """Which end closed first is said, with its frame."""
    turned = CLOSED
    if server:
        turned = TALKED + "+0.01 < F. 301:301(0) ack 101\n+0.01 > F. 101:101(0) ack 302\n"
        turned += "+0.001 < . 302:302(0) ack 102"
    closing = only(told(turned, tmp_path)).closing
    assert (closing.by, closing.frame) == ("server" if server else "client", 7)


def test_one_way_capture_does_not_alarm(tmp_path: Path) -> None:
    """A capture of the server's direction alone is told to be one, and blames no end."""
    report = told("\n".join(line for line in lines(CLOSED) if " < " in line), tmp_path)
    assert codes(report) == ["CAP002"]
    assert only(report).opening.outcome == "established"


def test_rotated_files_are_one_stream(tmp_path: Path) -> None:
    """A connection that goes on in the next file is one, and its frames are counted on."""
    content = script.to_pcap(script.parse(CLOSED))
    header, cut = content[:24], 24
    for _ in range(4):
        cut += 16 + int.from_bytes(content[cut + 8 : cut + 12], "little")
    parts = [tmp_path / "0.pcap", tmp_path / "1.pcap"]
    parts[0].write_bytes(content[:cut])
    parts[1].write_bytes(header + content[cut:])
    report = inspect(*parts)
    assert codes(report) == []
    connection, whole = only(report), only(told(CLOSED, tmp_path))
    assert connection == whole


def test_times_are_whole_nanoseconds(tmp_path: Path) -> None:
    """Times are integers, exact to the nanosecond."""
    opening = only(told(OPENED.replace("+0.010 <", "+0.010000001 <"), tmp_path)).opening
    assert opening.syn_rtt_ns == 10_000_001
