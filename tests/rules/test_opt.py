"""What scripts on the pages of the OPT rules cannot say: sentences, cut options, many connections, lives."""

from pathlib import Path

import pytest

from handshake_inspect import Confidence, Severity, inspect
from tests.corpus import CORPUS, needs_corpus
from tests.rules.exchanges import capture, found

FULL = "<mss 1460,sackOK,TS val 5 ecr 0,nop,wscale 7>"
TIMED = "<nop,nop,TS val 25 ecr 90>"
OPENED = f"+0.000 > S 0:0(0) {FULL}\n+0.010 < S. 0:0(0) ack 1 {FULL}\n+0.010 > . 1:1(0) ack 1 {TIMED}\n"


def opened(syn: str, syn_ack: str) -> str:
    """A handshake with these options."""
    return f"+0.000 > S 0:0(0) {syn}\n+0.010 < S. 0:0(0) ack 1 {syn_ack}\n+0.010 > . 1:1(0) ack 1\n"


SENTENCES = [
    (
        "OPT001",
        opened("", "<mss 1460>"),
        "CLIENT sent its SYN without a maximum segment size: SERVER, which itself takes 1460 bytes, must"
        " send it no more than 536 bytes per segment",
    ),
    (
        "OPT002",
        opened("<mss 0>", "<mss 1460>"),
        "CLIENT named a maximum segment size of 0 bytes in its SYN to SERVER: every host takes 536",
    ),
    (
        "OPT003",
        opened("<mss 1460>", FULL),
        "SERVER answered with window scale 7, which CLIENT had not offered, nor timestamps and SACK"
        " permitted: only one end scales its windows; the connection opened",
    ),
    (
        "OPT004",
        opened("<mss 1460>", "<mss 1460>").replace("<mss 1460>", "<mss 1460,wscale 15>"),
        "CLIENT asked in its SYN to scale its windows by 15 bits: SERVER must scale them by 14",
    ),
    (
        "OPT005",
        opened("<mss 1460>", "<mss 1460,sackOK,TS val 7 ecr 0>"),
        "SERVER answered with timestamps, which CLIENT had not offered, nor SACK permitted: it may drop"
        " segments that lack them; the connection opened",
    ),
    (
        "OPT006",
        OPENED + "+0.010 > P. 1:101(100) ack 1\n+0.010 > P. 101:201(100) ack 1 " + TIMED,
        "CLIENT sent SERVER a segment without timestamps 30 ms after its SYN, although both had agreed on"
        " them; its last segment has them again",
    ),
    (
        "OPT007",
        opened("<mss 1460>", "<mss 1460,sackOK>"),
        "SERVER answered with SACK permitted, which CLIENT had not offered: options were changed on the way;"
        " the connection opened",
    ),
    (
        "OPT008",
        opened("<raw 080900000000000000>", "<mss 1460>"),
        "the SYN of CLIENT to SERVER is malformed: its timestamps option gives its length as 9 bytes;"
        " the connection opened",
    ),
    (
        "OPT009",
        "+0 > S 0:0(0) <mss 1460,FO>\n+1 > S 0:0(0) <mss 1400>\n+0.01 < S. 0:0(0) ack 1 <mss 1460>\n"
        "+0.01 > . 1:1(0) ack 1",
        "CLIENT sent its SYN to SERVER twice, and the one 1.0 s after the first came without Fast Open and"
        " with MSS 1400 instead of 1460; it was answered, and the connection opened 1.0 s late",
    ),
    (
        "OPT010",
        opened("<mss 1460>", "<mss 1460>")
        + "+0.01 < P. 1:11(10) ack 1 ttl 60\n+0.01 > . 1:1(0) ack 11 <sackOK>",
        "CLIENT sent SERVER a segment without SYN that carries MSS, window scale or SACK permitted",
    ),
    (
        "OPT011",
        opened("<mss 1460,mptcp 0181>", "<mss 1460>"),
        "CLIENT offered SERVER Multipath TCP, and the answer 10 ms later did not take it up:"
        " the connection is plain TCP",
    ),
    (
        "OPT012",
        opened("<mss 1460,FO>", "<mss 1460>"),
        "CLIENT asked SERVER for a Fast Open cookie and was given none: the next connection takes a whole"
        " handshake again",
    ),
    (
        "OPT013",
        opened("<mss 1460>", "<mss 1460,ao 0101" + "00" * 12 + ">"),
        "SERVER signs its segments, but the SYN of CLIENT is not signed; the connection opened",
    ),
]


@pytest.mark.parametrize(("code", "notation", "sentence"), SENTENCES, ids=[code for code, _, _ in SENTENCES])
def test_sentence(code: str, notation: str, sentence: str, tmp_path: Path) -> None:
    """A finding names the ends, gives numbers with units, and is the only one of its cause."""
    (finding,) = found(notation, tmp_path)
    said = finding.message.replace("192.0.2.1:40000", "CLIENT").replace("198.51.100.1:80", "SERVER")
    assert (finding.code, said) == (code, sentence)
    assert finding.confidence is Confidence.CERTAIN


def test_option_twice_is_a_warning(tmp_path: Path) -> None:
    """An option that comes twice matters less than one that cannot be read."""
    (finding,) = found(opened("<mss 1460,mss 536>", "<mss 1460>"), tmp_path)
    assert (finding.code, finding.severity) == ("OPT008", Severity.WARNING)
    assert "has the MSS option twice" in finding.message


def test_a_retry_may_be_lost_too(tmp_path: Path) -> None:
    """The SYN that first left something out is shown, though another like it was the one to be answered."""
    tries = "+0 > S 0:0(0) <mss 1460,mptcp 0181>\n+1 > S 0:0(0) <mss 1460>\n+2 > S 0:0(0) <mss 1460>\n"
    (finding,) = found(tries + "+0.01 < S. 0:0(0) ack 1 <mss 1460>\n+0.01 > . 1:1(0) ack 1", tmp_path)
    assert (finding.code, finding.evidence[0].frame) == ("OPT009", 2)
    assert finding.message.endswith(
        "3 times, and the one 1.0 s after the first came without Multipath TCP;"
        " the connection opened 3.0 s late"
    )


@pytest.mark.parametrize("size", [536, 1220, 1460, 8960, 65476, 65515, 65535])
def test_sizes_over_ipv6(size: int, tmp_path: Path) -> None:
    """Over IPv6 the size of a Linux loopback and the one that stands for jumbograms are as they should be."""
    ends = "client 2001:db8::1:40000 isn 7\nserver 2001:db8::2:80 isn 7\n"
    ends = ends.replace("2001:db8::1:", "[2001:db8::1]:").replace("2001:db8::2:", "[2001:db8::2]:")
    assert not found(ends + opened(f"<mss {size}>", f"<mss {size}>"), tmp_path)
    ipv4 = {f.code for f in found(opened(f"<mss {size}>", f"<mss {size}>"), tmp_path)}
    assert ipv4 == ({"OPT002"} if size > 65495 else set())


def test_what_a_capture_cuts_off_is_not_missing(tmp_path: Path) -> None:
    """Where the options of the SYN were not captured, nothing is said of what it lacks."""
    path = capture(opened("<mss 1460,mptcp 0181>", FULL), tmp_path)
    data = bytearray(path.read_bytes())
    record, length = 24, int.from_bytes(data[32:36], "little")
    kept = 14 + 20 + 20
    data[32:36] = kept.to_bytes(4, "little")
    del data[record + 16 + kept : record + 16 + length]
    path.write_bytes(data)
    assert not [f for f in inspect(path).findings() if f.code.startswith("OPT")]


def test_only_the_connections_that_do_it(tmp_path: Path) -> None:
    """Connections that share a story are told apart by what their own SYNs offer."""
    odd = {2: ("<mss 1460>", FULL), 3: ("<mss 100>", "<mss 1460>"), 5: ("<mss 1460>", "<mss 100>")}
    text = ""
    for number in range(1, 7):
        syn, syn_ack = odd.get(number, ("<mss 1460>", "<mss 1460>"))
        text += "".join(
            f"{line.split(' ', 1)[0]} [{number}] {line.split(' ', 1)[1]}\n"
            for line in opened(syn, syn_ack).splitlines()
        )
    codes = {(f.code, f.connection) for f in found(text, tmp_path)}
    assert codes == {("OPT003", 2), ("OPT002", 3), ("OPT002", 5)}


def test_timestamps_missing_for_long_are_one_finding(tmp_path: Path) -> None:
    """An end that drops timestamps for a whole transfer is said once, and is said to go on so."""
    lines = [f"+0.001 > . {1 + 100 * k}:{101 + 100 * k}(100) ack 1\n" for k in range(200)]
    (finding,) = found(OPENED + "".join(lines), tmp_path)
    assert finding.code == "OPT006"
    assert finding.evidence[0].frame == 4
    assert finding.message.endswith("its last segment lacks them too")


def test_dropped_timestamps_far_into_a_transfer_are_found(tmp_path: Path) -> None:
    """A segment without timestamps is an event of its own, wherever it lies, in each life of a 4-tuple."""

    def life(client: int, server: int) -> str:
        lines = [
            f"+1 > S {client}:{client}(0) {FULL}\n",
            f"+0.01 < S. {server}:{server}(0) ack {client + 1} {FULL}\n",
        ]
        for sent in range(client + 1, client + 10_001, 100):
            options = "" if sent == client + 6001 else TIMED
            lines.append(f"+0.001 > . {sent}:{sent + 100}(100) ack {server + 1} {options}\n")
        return (
            "".join(lines) + f"+0.01 > R. {client + 10_001}:{client + 10_001}(0) ack {server + 1} {TIMED}\n"
        )

    hits = [f for f in found(life(0, 0) + life(500_000, 700_000), tmp_path) if f.code == "OPT006"]
    assert [f.evidence[0].frame for f in hits] == [63, 166]


def test_timestamps_are_agreed_anew_by_each_life(tmp_path: Path) -> None:
    """What a former life of the 4-tuple agreed on does not bind the next one."""
    over = OPENED + f"+0.01 > R. 1:1(0) ack 1 {TIMED}\n"
    bare = "+9 > S 70000:70000(0) <mss 1460>\n+0.01 < S. 90000:90000(0) ack 70001 <mss 1460>\n"
    bare += "+0.01 > . 70001:70001(0) ack 90001\n+0.01 > P. 70001:70011(10) ack 90001\n"
    assert not [f for f in found(over + bare, tmp_path) if f.code.startswith("OPT")]


@needs_corpus
@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("syn_no_options.pcap", {"OPT001"}),
        ("mptcp_fallback_plain_server.pcap", {"OPT011"}),
        ("mptcp_option_stripped.pcap", {"OPT011"}),
        ("tfo_cookie_request.pcap", set()),
        ("tcp_md5_mismatch.pcap", set()),
        ("ecn_syn_dropped_fallback.pcap", set()),
    ],
)
def test_corpus(name: str, codes: set[str]) -> None:
    """What real stacks did about options is told, and nothing else is."""
    assert {f.code for f in inspect(CORPUS / name).findings() if f.code.startswith("OPT")} == codes


@pytest.mark.parametrize("rest", ["+0.01 > R 1:1(0)", "+0.01 < R. 1:1(0) ack 1"], ids=["client", "server"])
def test_reset_for_want_of_a_signature_is_told_once(rest: str, tmp_path: Path) -> None:
    """OPT013 says what became of the attempt, so the RST is no finding of its own."""
    signed = "<mss 1460,md5 00112233445566778899aabbccddeeff>"
    text = f"+0 > S 0:0(0) {signed}\n+0.01 < S. 0:0(0) ack 1 <mss 1460>\n{rest}"
    (finding,) = found(text, tmp_path)
    assert finding.code == "OPT013"
    assert finding.message.endswith("; the attempt was reset")
