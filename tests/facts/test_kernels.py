"""What real kernels do on the wire, and that none of it is called odd.

Each test is one observation of Linux, told as a packet script, and where there is a capture of it, by that.

Left out, because no inspection of a capture can show it: how often a Fast Open cookie is refreshed, how long
a dissector takes, and that tshark's `tcp.completeness` lags in its first pass (`test_peers.py` tests ours).
"""

from pathlib import Path

import pytest

from handshake_inspect import Confidence, Severity
from tests.facts.exchanges import (
    CLOSED,
    OPENED,
    TALKED,
    captured,
    codes,
    only,
    outcomes,
    rewritten,
    told,
    twice,
)

ANSWERED = "+0.01 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1\n"
GOES_ON = "+1 > P. 101:201(100) ack 301\n+0.01 < . 301:301(0) ack 201\n"
FAST = "<mss 1460,raw 220a0102030405060708>"
"a SYN with a Fast Open cookie (RFC 7413 §4.1)"


def syns(*gaps_s: int) -> str:
    """The same SYN again and again."""
    return "".join(f"+{gap} > S 0:0(0)\n" for gap in gaps_s)


@pytest.mark.parametrize(
    ("gaps", "schedule"),
    [
        ((0, 1, 1, 1, 1, 1, 2, 4, 8, 16), "at 1 s first, then doubling, as Linux does since 6.5"),
        ((0, 1, 2, 4, 8), "doubling from 1.0 s"),
    ],
    ids=["linear", "doubling"],
)
def test_linear_timeouts(gaps: tuple[int, ...], schedule: str, tmp_path: Path) -> None:
    """Linux repeats a SYN at 1 s steps before it doubles: a schedule with a name, like plain doubling."""
    report = told(syns(*gaps) + ANSWERED, tmp_path)
    (finding,) = report.findings()
    assert (finding.code, finding.count) == ("SYN001", len(gaps) - 1)
    assert schedule in finding.message
    assert only(report).opening.outcome == "established"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ("+0.01 < S. 0:0(0) ack 7777\n+0.001 > R 7777:7777(0)\n", "SYN009"),
        ("+0.01 < R. 0:0(0) ack 7777\n", "RST012"),
    ],
)
def test_syn_again_after_a_wrong_answer(wrong: str, code: str, tmp_path: Path) -> None:
    """Linux repeats its SYN 8 to 14 ms after an unacceptable answer: that is no time-out, so no SYN001."""
    again = "+0.012 > S 0:0(0)\n+0.01 < S. 9000:9000(0) ack 1\n+0.01 > . 1:1(0) ack 9001\n"
    report = told("+0 > S 0:0(0)\n" + wrong + again, tmp_path)
    assert codes(report) == [code]
    assert only(report).opening.outcome == "established"


def test_syn_again_after_an_old_answer_captured() -> None:
    """A real client that rejects the answer to an old SYN is told as SYN013, without a repeated SYN."""
    report = captured("old_dup_syn_then_rst.pcap")
    assert codes(report) == ["SYN013"]
    assert outcomes(report)[-1] == ("established", "closed")


def test_syn_again_after_an_answer_from_time_wait(tmp_path: Path) -> None:
    """So it is after an ACK from TIME-WAIT: the SYN that follows at once is part of the refusal."""
    refused = "+0.5 > S -90000:-90000(0)\n+0.01 < . 302:302(0) ack 102\n+0.001 > R 102:102(0)\n"
    again = "+0.012 > S -90000:-90000(0)\n+0.01 < S. 90000:90000(0) ack -89999\n"
    report = told(CLOSED + refused + again + "+0.01 > . -89999:-89999(0) ack 90001", tmp_path)
    assert codes(report) == ["FIN010"]
    assert outcomes(report)[-1] == ("established", "open")


def test_time_wait_reuse(tmp_path: Path) -> None:
    """A port reused from TIME-WAIT opens at the old number + 65537: only the reuse is noted."""
    reuse = "+0.5 > S 65639:65639(0)\n+0.01 < S. 65839:65839(0) ack 65640\n+0.01 > . 65640:65640(0) ack 65840"
    report = told(CLOSED + reuse, tmp_path)
    (finding,) = report.findings()
    assert (finding.code, finding.severity) == ("FIN010", Severity.NOTE)
    assert outcomes(report) == [("established", "closed"), ("established", "open")]


def test_time_wait_reuse_captured() -> None:
    """A real reuse from TIME-WAIT is two connections and a note."""
    report = captured("tw_reuse_accepted.pcap")
    assert [(f.code, f.severity) for f in report.findings()] == [("FIN010", Severity.NOTE)]
    assert outcomes(report) == [("established", "closed")] * 2


@pytest.mark.parametrize("step", [15_625_000, 2 + 65_537], ids=["clock-of-64-ns", "time-wait"])
def test_numbers_of_one_tuple_are_related(step: int, tmp_path: Path) -> None:
    """On one 4-tuple numbers follow a clock (RFC 6528 §3), or the last one sent: only reuse is noted."""
    life = (
        "+1 > S {0}:{0}(0)\n+0 < S. {0}:{0}(0) ack {1}\n+0 > . {1}:{1}(0) ack {1}\n"
        "+0 > F. {1}:{1}(0) ack {1}\n+0 < F. {1}:{1}(0) ack {2}\n+0 > . {2}:{2}(0) ack {2}\n"
    )
    starts = [number * step for number in range(12)]
    report = told("".join(life.format(at, at + 1, at + 2) for at in starts), tmp_path)
    assert outcomes(report) == [("established", "closed")] * len(starts)
    assert {(f.code, f.severity) for f in report.findings()} == {("FIN010", Severity.NOTE)}


def test_cookie_syn_ack_is_not_repeated(tmp_path: Path) -> None:
    """A SYN cookie is sent once: a SYN-ACK that is answered late by data is no fault of the server."""
    late = "+1.5 > P. 1:101(100) ack 1 id 9\n+0.01 < . 1:1(0) ack 101\n+0.01 > P. 101:201(100) ack 1 id 10"
    report = told("+0 > S 0:0(0) id 7\n+0.01 < S. 0:0(0) ack 1\n" + late, tmp_path)
    assert codes(report) == ["SYN006"]
    assert only(report).opening.outcome == "established"


def test_cookie_syn_ack_is_not_repeated_captured() -> None:
    """In real cookie exchanges a lost third ACK is made up for by data; without any, the client gives up."""
    assert codes(captured("syncookie_ack_lost_then_data.pcap")) == ["SYN006"]
    silent = captured("syncookie_ack_lost_server_first@server.pcap")
    assert codes(silent) == ["SYN016"]
    assert only(silent).opening.outcome == "reset"
    assert codes(captured("syncookie_ack_lost_server_first@client.pcap")) == ["RST001"]


def test_accept_queue_full(tmp_path: Path) -> None:
    """A full accept queue repeats the SYN-ACK although ACK and data arrived: it is told from a lost ACK."""
    ignored = (
        "+0.1 > P. 1:101(100) ack 1\n+0.9 < S. 0:0(0) ack 1\n+0.001 > . 101:101(0) ack 1\n"
        "+2 < S. 0:0(0) ack 1\n+0.001 > . 101:101(0) ack 1\n"
    )
    (finding,) = told(OPENED + ignored, tmp_path).findings()
    assert finding.code == "SYN005"
    assert "data was ignored too" in finding.message
    assert "accept queue is full" in finding.message


def test_accept_queue_full_captured() -> None:
    """Real connections to a full accept queue are one finding about the service."""
    for end in ("client", "server"):
        report = captured(f"accept_overflow_abort0_data@{end}.pcap")
        (full,) = (f for f in report.findings() if f.code.startswith("HOST"))
        assert (full.code, full.count) == ("HOST004", 3)
        assert "accept queue is full" in full.message


def test_accept_queue_full_behind_cookies(tmp_path: Path) -> None:
    """Behind SYN cookies a full accept queue swallows the data without a word: no SYN-ACK again, no RST."""
    data = "+0.3 > P. 1:101(100) ack 1\n"
    (finding,) = told(OPENED + data * 3, tmp_path).findings()
    assert finding.code == "SYN005"
    assert "its accept queue is full and SYN cookies keep nothing to repeat" in finding.message


def test_accept_queue_full_behind_cookies_captured() -> None:
    """Of real connections to such a queue, those that it never took up are told."""
    for end in ("client", "server"):
        assert codes(captured(f"accept_overflow_cookies@{end}.pcap")) == ["SYN005", "SYN005"]


def test_defer_accept(tmp_path: Path) -> None:
    """TCP_DEFER_ACCEPT gives the same picture on purpose, and is named when the server goes on with data."""
    (finding,) = told(
        OPENED
        + "+1 < S. 0:0(0) ack 1\n+0.001 > . 1:1(0) ack 1\n"
        + "+0.2 > P. 1:101(100) ack 1\n+0.001 < . 1:1(0) ack 101",
        tmp_path,
    ).findings()
    assert finding.code == "SYN005"
    assert "TCP_DEFER_ACCEPT" in finding.message
    assert "accept queue" not in finding.message


def test_defer_accept_captured() -> None:
    """A real deferred accept with data in time is a clean connection."""
    report = captured("normal_defer_accept.pcap")
    assert codes(report) == []
    assert outcomes(report) == [("established", "closed")]


def test_challenges_are_limited(tmp_path: Path) -> None:
    """Linux sends one challenge ACK per 500 ms: a second SYN within that time need not be answered."""
    syn = "> S 70000:70000(0)\n"
    report = told(TALKED + f"+5 {syn}+0.001 < . 301:301(0) ack 101\n+0.1 {syn}" + GOES_ON, tmp_path)
    assert [(f.code, f.count) for f in report.findings()] == [("ACK001", 2)]
    assert outcomes(report) == [("established", "open")]


@pytest.mark.parametrize("answered", [1, 2])
def test_answers_to_a_repeated_syn_ack_are_limited(answered: int, tmp_path: Path) -> None:
    """So is the ACK for a SYN-ACK that comes again: whether a second one is answered changes nothing."""
    copies = ["+0.1 < S. 0:0(0) ack 1\n"] * 2
    for place in range(answered):
        copies[place] += "+0.001 > . 101:101(0) ack 301\n"
    report = told(TALKED + "".join(copies) + GOES_ON, tmp_path)
    assert [(f.code, f.count) for f in report.findings()] == [("ACK001", 2)]
    assert outcomes(report) == [("established", "open")]


def test_challenges_are_limited_captured() -> None:
    """A real client whose repeated SYNs meet TIME-WAIT gets few answers, and one finding."""
    assert codes(captured("tw_refused_rfc1337.pcap")) == ["FIN010"]


def test_fin_is_acknowledged_by_a_fin(tmp_path: Path) -> None:
    """A delayed ACK makes a prompt close FIN, FIN+ACK, ACK: nothing is missing."""
    report = told(CLOSED, tmp_path)
    assert codes(report) == []
    assert outcomes(report) == [("established", "closed")]


def test_fin_is_acknowledged_by_a_fin_captured() -> None:
    """A real close in three segments is clean."""
    assert codes(captured("normal_close_3seg.pcap")) == []


def test_tail_loss_probe_of_a_fin(tmp_path: Path) -> None:
    """A FIN repeated before its delayed ACK is due is a probe, and no loss."""
    probe = "+0.01 > F. 101:101(0) ack 301\n+0.02 > F. 101:101(0) ack 301\n"
    rest = "+0.02 < F. 301:301(0) ack 102\n+0.001 > . 102:102(0) ack 302"
    report = told(TALKED + probe + rest, tmp_path)
    (finding,) = report.findings()
    assert (finding.code, finding.severity) == ("FIN001", Severity.NOTE)
    assert "tail-loss probe" in finding.message
    assert outcomes(report) == [("established", "closed")]


def test_killed_idle_server(tmp_path: Path) -> None:
    """A killed idle server sends a FIN, and its host resets only what the client sends later."""
    fin = "+1 < F. 301:301(0) ack 101\n+0.04 > . 101:101(0) ack 302\n"
    assert codes(told(TALKED + fin, tmp_path)) == ["FIN009"]
    report = told(TALKED + fin + "+1 > P. 101:201(100) ack 302\n+0.001 < R 302:302(0)", tmp_path)
    (finding,) = report.findings()
    assert finding.code == "RST002"
    assert "had closed, and answered data" in finding.message


def test_killed_server_with_unread_data(tmp_path: Path) -> None:
    """A socket closed with unread data is aborted by RST+ACK: a live socket did that."""
    report = told(TALKED + "+0.01 > P. 101:201(100) ack 301\n+1 < R. 301:301(0) ack 201", tmp_path)
    assert codes(report) == ["RST001"]


def test_killed_server_with_unread_data_captured() -> None:
    """A real close with unread data is an abort."""
    assert codes(captured("close_unread_server.pcap")) == ["RST001"]


def test_bare_reset_means_no_such_socket(tmp_path: Path) -> None:
    """RST without ACK at the number that was acknowledged says that there is no such connection."""
    (finding,) = told(TALKED + "+9 > P. 101:201(100) ack 301\n+0.001 < R 301:301(0)", tmp_path).findings()
    assert finding.code == "RST003"
    assert "there is no such connection" in finding.message


def test_bare_reset_means_no_such_socket_captured() -> None:
    """A real server that lost its connections in a reboot resets with that number."""
    assert codes(captured("server_reboot_data_rst.pcap")) == ["RST003"]


def test_closed_port(tmp_path: Path) -> None:
    """RST+ACK for a SYN is a closed port."""
    report = told("+0 > S 0:0(0)\n+0.01 < R. 0:0(0) ack 1", tmp_path)
    assert codes(report) == ["SYN007"]
    assert only(report).opening.outcome == "refused"


def test_reset_after_the_close(tmp_path: Path) -> None:
    """A late duplicate after LAST-ACK gets a RST: the connection closed, and nothing was lost."""
    report = told(CLOSED + "+0.1 > P. 1:101(100) ack 1\n+0.001 < R 1:1(0)", tmp_path)
    (finding,) = report.findings()
    assert (finding.code, finding.severity) == ("RST002", Severity.NOTE)
    assert "nothing could be lost" in finding.message
    assert outcomes(report) == [("established", "closed")]


def test_reset_after_the_close_captured() -> None:
    """A real RST after a complete close leaves the connection closed, and nothing above a note."""
    report = captured("late_duplicate_after_close_rst.pcap")
    assert report.worst() is Severity.NOTE
    assert outcomes(report) == [("established", "closed")]


@pytest.mark.parametrize(
    ("first", "code", "cause"),
    [
        ("+0 > SEW 0:0(0) <mss 1460>\n", "SYN023", "ECN"),
        (f"+0 > S 0:100(100) {FAST}\n", "OPT009", "without Fast Open"),
    ],
    ids=["ecn", "fast-open"],
)
def test_repeated_syn_offers_less(first: str, code: str, cause: str, tmp_path: Path) -> None:
    """Linux repeats a SYN without ECN, Fast Open and data: one attempt, with its cause."""
    again = "+1 > S 0:0(0) <mss 1460>\n+0.01 < S. 0:0(0) ack 1 <mss 1460>\n+0.01 > . 1:1(0) ack 1"
    report = told(first + again, tmp_path)
    (finding,) = report.findings()
    assert finding.code == code
    assert cause in finding.message
    assert only(report).opening.outcome == "established"


def test_repeated_syn_offers_less_captured() -> None:
    """A real fall-back from ECN is one finding, and no changed SYN."""
    assert codes(captured("ecn_syn_dropped_fallback.pcap")) == ["SYN023"]


def test_data_in_a_syn_without_fast_open(tmp_path: Path) -> None:
    """Without Fast Open data in a SYN is not accepted, and comes again: a note, and it opens."""
    again = "+0.01 < S. 0:0(0) ack 1\n+0.001 > P. 1:101(100) ack 1\n+0.01 < . 1:1(0) ack 101"
    report = told("+0 > S 0:100(100)\n" + again, tmp_path)
    assert [(f.code, f.severity) for f in report.findings()] == [("SYN019", Severity.NOTE)]
    assert only(report).opening.outcome == "established"


def test_data_in_a_syn_without_fast_open_captured() -> None:
    """So does a real one."""
    assert codes(captured("syn_with_data_no_tfo.pcap")) == ["SYN019"]


def test_fast_open_is_answered_early(tmp_path: Path) -> None:
    """Fast Open data may be answered with data before the third ACK, so nobody spoke early."""
    early = "+0.001 < P. 1:51(50) ack 101\n+0.01 > . 101:101(0) ack 51"
    report = told(f"+0 > S 0:100(100) {FAST}\n+0.01 < S. 0:0(0) ack 101 <mss 1460>\n" + early, tmp_path)
    assert codes(report) == []
    assert only(report).opening.manner == "fast-open"


def test_fast_open_is_answered_early_captured() -> None:
    """Real Fast Open connections are clean from both ends."""
    for end in ("client", "server"):
        report = captured(f"tfo_data_accepted@{end}.pcap")
        assert codes(report) == []
        assert only(report).opening.manner == "fast-open"


def test_data_in_a_syn_ack_is_ignored(tmp_path: Path) -> None:
    """Linux clients acknowledge only the SYN of a SYN-ACK with data: the connection is open all the same."""
    ignored = "+0.01 < S. 0:50(50) ack 1\n+0.001 > . 1:1(0) ack 1\n"
    report = told("+0 > S 0:0(0)\n" + ignored + "+0.2 < P. 1:51(50) ack 1\n+0.01 > . 1:1(0) ack 51", tmp_path)
    assert codes(report) == []
    assert only(report).opening.outcome == "established"


@pytest.mark.parametrize(
    ("exchange", "code", "manner"),
    [
        ("+0.01 < S 0:0(0)\n+0 > S. 0:0(0) ack 1\n+0 < S. 0:0(0) ack 1", "SYN014", "simultaneous"),
        ("+0.01 < S 0:0(0)\n+0.01 > S. 0:0(0) ack 1\n+0.01 < . 1:1(0) ack 1", "SYN015", "split"),
    ],
)
def test_syn_ack_with_the_number_of_the_syn(exchange: str, code: str, manner: str, tmp_path: Path) -> None:
    """Where both ends send SYNs, a SYN-ACK has its SYN's number, and is no repetition of it."""
    report = told("+0 > S 0:0(0)\n" + exchange, tmp_path)
    assert codes(report) == [code]
    assert (only(report).opening.outcome, only(report).opening.manner) == ("established", manner)


def test_self_connect(tmp_path: Path) -> None:
    """A socket that connects to itself answers its own SYN with that SYN's number."""
    ends = "client 192.0.2.1:80 isn 1000\nserver 192.0.2.1:80 isn 1000\n"
    exchange = ends + "+0 > S 0:0(0)\n+0.001 > S. 0:0(0) ack 1\n+0.001 > . 1:1(0) ack 1"
    report = told(exchange, tmp_path)
    assert codes(report) == ["SYN022"]
    assert only(report).opening.outcome == "established"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("simultaneous_open@client", "SYN014"),
        ("simultaneous_open@server", "SYN014"),
        ("split_handshake_ack_syn", "SYN015"),
    ],
)
def test_syn_ack_with_the_number_of_the_syn_captured(name: str, code: str) -> None:
    """Real ones are one connection and one finding."""
    report = captured(f"{name}.pcap")
    assert codes(report) == [code]
    assert outcomes(report) == [("established", "closed")]


def test_syn_proxy(tmp_path: Path) -> None:
    """SYNPROXY opens with a window of 0 and a leftover number in the ACK field of its SYN: it is named."""

    def leftover(number: int, frame: bytes) -> bytes:
        """The first frame with 0x00000007 as acknowledgement, and the checksum that goes with it."""
        if number > 1:
            return frame
        total = int.from_bytes(frame[50:52]) - 7
        return frame[:42] + (7).to_bytes(4) + frame[46:50] + total.to_bytes(2) + frame[52:]

    shut = "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1 win 0\n+0.01 > . 1:1(0) ack 1\n"
    update = "+0.01 < . 1:1(0) ack 1 win 501\n+0.01 > P. 1:101(100) ack 1\n+0.01 < . 1:1(0) ack 101"
    report = rewritten(shut + update, leftover, tmp_path)
    assert codes(report) == ["ISN007", "ISN007"]
    assert only(report).opening.outcome == "established"


def test_syn_proxy_captured() -> None:
    """A real SYNPROXY is named on both sides; with timestamps, the second it stalls is seen on both."""
    for end in ("client", "server"):
        assert codes(captured(f"synproxy@{end}.pcap")) == ["ISN007"]
        assert "SYN005" in codes(captured(f"synproxy_timestamps@{end}.pcap"))


def test_extension_headers_captured() -> None:
    """ACKs from TIME-WAIT lack the socket's IPv6 extension headers: the last one closes all the same."""
    report = captured("v6_ext_headers.pcap")
    assert codes(report) == []
    assert outcomes(report) == [("established", "closed")]


@pytest.mark.parametrize("flags", ["SPU", "SE"])
def test_syn_with_odd_flags_is_answered(flags: str, tmp_path: Path) -> None:
    """SYN+URG+PSH and SYN+ECE are answered like a SYN, and open a connection."""
    report = told(OPENED.replace("> S ", f"> {flags} "), tmp_path)
    assert only(report).opening.outcome == "established"
    assert codes(report) == []


@pytest.mark.parametrize("answer", ["", "+0.01 < R. 0:0(0) ack 2"])
def test_syn_with_fin(answer: str, tmp_path: Path) -> None:
    """SYN+FIN is dropped by an open port and reset by a closed one: no SYN was refused."""
    report = told("+0 > SF 0:0(0)\n" + answer, tmp_path)
    assert codes(report) == ["SYN021"]
    assert only(report).closing.outcome == "never-opened"


def test_malformed_options_are_skipped(tmp_path: Path) -> None:
    """A SYN with a broken option is answered: the option is at fault, and the connection opens."""
    report = told(OPENED.replace("> S 0:0(0)", "> S 0:0(0) <raw 0203>"), tmp_path)
    assert codes(report) == ["OPT008"]
    assert only(report).opening.outcome == "established"


def test_source_port_0(tmp_path: Path) -> None:
    """A SYN from port 0 is answered."""
    report = told("client 192.0.2.1:0 isn 1000\n" + OPENED, tmp_path)
    assert codes(report) == []
    assert (only(report).client.port, only(report).opening.outcome) == (0, "established")


def test_second_host_with_the_address(tmp_path: Path) -> None:
    """A second host with the server's address resets exactly: the connection ends, and that is told."""
    data = "+0.5 > P. 101:201(100) ack 301\n+0.001 < R 301:301(0) ttl 128"
    report = told(TALKED + data, tmp_path)
    assert outcomes(report) == [("established", "reset")]
    (other,) = (f for f in report.findings() if f.code == "RST007")
    assert "TTL is 128 where that end's other segments have 64" in other.message


def test_routed_copies(tmp_path: Path) -> None:
    """Recorded on all interfaces of a router, each packet comes twice: the copy has a TTL less one."""
    report = told(twice(CLOSED, ttl=63), tmp_path)
    (finding,) = report.findings()
    assert (finding.code, finding.severity, finding.count) == ("CAP006", Severity.NOTE, 9)
    assert outcomes(report) == [("established", "closed")]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("cap_sll2_any_dup.pcap", ["CAP006"]),
        ("fmt_pcapng_two_ifaces.pcapng", ["CAP006"]),
        ("fmt_nflog.pcap", []),
    ],
)
def test_recorders_out_of_order_captured(name: str, expected: list[str]) -> None:
    """All interfaces at once, two out of order, and a netfilter log in batches tell the same story."""
    report = captured(name)
    assert codes(report) == expected
    assert outcomes(report) == [("established", "closed")]


def test_lost_third_ack_beside_the_client(tmp_path: Path) -> None:
    """A third ACK lost behind the observer looks normal: only a repeated SYN-ACK tells."""
    assert codes(told(OPENED, tmp_path)) == []
    (finding,) = told(OPENED + "+1 < S. 0:0(0) ack 1\n+0.001 > . 1:1(0) ack 1", tmp_path).findings()
    assert finding.code == "SYN005"


def test_lost_third_ack_beside_the_client_captured() -> None:
    """Real ones: with data at once nothing shows; without, the SYN-ACK is repeated."""
    assert codes(captured("third_ack_lost_then_data@client.pcap")) == []
    assert codes(captured("third_ack_lost_no_data@client.pcap")) == ["SYN005"]
    (implied,) = captured("third_ack_lost_then_data@server.pcap").findings()
    assert (implied.code, implied.confidence) == ("SYN006", Confidence.LIKELY)
    assert codes(captured("third_ack_lost_no_data@server.pcap")) == ["SYN004"]
