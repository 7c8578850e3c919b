"""What scripts on the pages of RST005 to RST011 cannot say: sentences, confidence, many connections."""

from pathlib import Path

import pytest

from handshake_inspect import Confidence, Severity, inspect, script
from handshake_inspect.rules.habit import fits_ids
from tests.capture.builders import pcap_header, record
from tests.corpus import CORPUS, needs_corpus
from tests.rules.exchanges import OPEN, TALKED, found, later, only, second

GOES_ON = "+0.2 > P. 101:141(40) ack 301\n+0.01 < . 301:301(0) ack 141\n"


def test_stale_says_how_far_off(tmp_path: Path) -> None:
    """RST005 says on which side of the window the RST lay, and by how much."""
    finding = only(TALKED + "+1 > R 51:51(0) ttl 44\n" + GOES_ON, tmp_path)
    assert finding.message == (
        "a RST in the name of 192.0.2.1:40000 was 50 bytes before what 198.51.100.1:80 expected next, "
        "outside its window (TTL 44 where its other segments have 64: perhaps sent by someone else); "
        "198.51.100.1:80 had to ignore it, and 192.0.2.1:40000 went on"
    )
    assert (finding.code, finding.confidence) == ("RST005", Confidence.CERTAIN)


def test_future_without_the_opening_is_possible(tmp_path: Path) -> None:
    """Where no SYN says how windows are scaled, a RST beyond the window may lie inside."""
    late = "\n".join(TALKED.strip().splitlines()[3:])
    told = {f.code: f for f in found(late + "\n+1 > R 90101:90101(0)\n" + GOES_ON, tmp_path)}
    whole = only(TALKED + "+1 > R 90101:90101(0)\n" + GOES_ON, tmp_path)
    assert told["RST005"].confidence is Confidence.POSSIBLE
    assert (whole.code, whole.confidence) == ("RST005", Confidence.CERTAIN)


def test_a_reset_that_is_meant_is_no_stranger(tmp_path: Path) -> None:
    """An inexact RST whose sender is silent afterwards is told by RST001."""
    assert only(TALKED + "+1 > R. 51:51(0) ack 301", tmp_path).code == "RST001"


def test_obeyed_without_a_challenge(tmp_path: Path) -> None:
    """RST006 is only likely while nothing but silence says that the RST was obeyed."""
    silent = only(TALKED + "+1 > R 1101:1101(0)\n" + later(5), tmp_path)
    assert (silent.code, silent.confidence) == ("RST006", Confidence.LIKELY)
    assert silent.message == (
        "a RST in the name of 192.0.2.1:40000 was 1 000 bytes beyond what 198.51.100.1:80 expected next; "
        "198.51.100.1:80 sent no challenge ACK and has been silent since"
    )
    cut = only(TALKED + "+1 > R 1101:1101(0)", tmp_path)
    assert cut.code == "RST001"


def test_one_story_two_silences(tmp_path: Path) -> None:
    """Of two connections of one story RST006 speaks of the one after which the recording went on."""
    text = TALKED + "+1 > R 1101:1101(0)\n"
    told = {f.connection: f.code for f in found(text + second(text), tmp_path)}
    assert told == {1: "RST006", 2: "RST001"}


def test_another_distance_is_likely(tmp_path: Path) -> None:
    """RST007 by the TTL alone is likely; the TTL of a single other segment is no habit."""
    far = only(TALKED + "+1 < R. 301:301(0) ack 101 ttl 50", tmp_path)
    near = only(
        "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1\n+1 < R. 1:1(0) ack 1 ttl 50",
        tmp_path,
    )
    assert (far.code, far.confidence, far.severity) == ("RST007", Confidence.LIKELY, Severity.ERROR)
    assert near.code == "RST001"


def test_each_connection_by_its_own_ttl(tmp_path: Path) -> None:
    """Two connections share a story, and the TTL decides for each of them who sent the RST."""
    same = TALKED + "+1 < R. 301:301(0) ack 101"
    told = {f.connection: f.code for f in found(same + " ttl 50\n" + second(same), tmp_path)}
    assert told == {1: "RST007", 2: "RST001"}


def test_a_scanners_kernel_is_the_scanner(tmp_path: Path) -> None:
    """A tool's SYN and its own kernel's RST have two TTLs and one sender."""
    scan = "+0 > S 0:0(0) ttl 41\n+0.01 < S. 0:0(0) ack 1\n+0.001 > R 1:1(0)"
    assert only(scan, tmp_path).code == "SYN016"


def test_after_the_close_it_matters_little(tmp_path: Path) -> None:
    """RST007 is a NOTE once both ends have closed."""
    closed = "+0.1 > F. 101:101(0) ack 301\n+0.01 < F. 301:301(0) ack 102\n+0.01 > . 102:102(0) ack 302\n"
    finding = only(TALKED + closed + "+0.1 < R 302:302(0) ttl 50", tmp_path)
    assert (finding.code, finding.severity) == ("RST007", Severity.NOTE)


def test_identification_is_added_to_the_ttl(tmp_path: Path) -> None:
    """An IP identification is told where the sender counts, and never alone."""
    ids = [" id 900", " id 901", " id 902", " id 903", " id 904", " id 905"]
    lines = TALKED.strip().splitlines()
    counted = "\n".join(l + i for l, i in zip([l for l in lines if l], ids, strict=True))
    far = only(counted + "\n+1 > R. 101:101(0) ack 301 ttl 50 id 40000", tmp_path)
    same = only(counted + "\n+1 > R. 101:101(0) ack 301 id 40000", tmp_path)
    assert "its IP identification is 40000 where theirs count from 900 to 905" in far.message
    assert (far.code, same.code) == ("RST007", "RST001")


@pytest.mark.parametrize(
    ("rest", "told"),
    [
        (GOES_ON, {"RST007"}),
        ("+0.001 < . 301:301(0) ack 101\n" + GOES_ON, {"ACK002"}),
        (GOES_ON.replace("+0.2", "+0.05"), set()),
        ("+0.2 < P. 301:401(100) ack 101\n", {"RST001"}),
    ],
    ids=["both-go-on", "challenged", "overtaken", "meant"],
)
def test_in_the_window_and_not_heeded(rest: str, told: set[str], tmp_path: Path) -> None:
    """RST007 tells of an inexact RST that neither end heeded, unless challenged, meant or overtaken."""
    findings = found(TALKED + "+1 > R 1101:1101(0)\n" + rest, tmp_path)
    assert {f.code for f in findings} == told
    if told == {"RST007"}:
        assert findings[0].confidence is Confidence.LIKELY
        assert findings[0].message == (
            "a RST in the name of 192.0.2.1:40000 to 198.51.100.1:80 was sent by another box; "
            "198.51.100.1:80 ignored it, 1 000 bytes beyond what it expected next; "
            "192.0.2.1:40000 went on 200 ms later"
        )


def stamped(text: str) -> str:
    """The same packets with timestamps, agreed on by both SYNs."""
    lines = [line for line in text.splitlines() if line.strip()]
    first = ("mss 1460", "mss 1460", *("nop,nop" for _ in lines[2:]))
    return "".join(f"{line} <{first[at]},TS val {10 + at} ecr {at}>\n" for at, line in enumerate(lines))


@pytest.mark.parametrize(
    ("agreed", "options", "told"),
    [(False, " <nop,nop,TS val 9 ecr 9>", "RST007"), (True, "", "RST001"), (False, "", "RST001")],
    ids=["unagreed", "missing", "none"],
)
def test_timestamps_of_a_reset(agreed: bool, options: str, told: str, tmp_path: Path) -> None:
    """Timestamps that no SYN agreed on give a RST away; missing ones do not, for BSD leaves them off too."""
    before = stamped(TALKED) if agreed else TALKED
    finding = only(before + "+1 > R. 101:101(0) ack 301" + options, tmp_path)
    assert finding.code == told
    if told == "RST007":
        assert finding.confidence is Confidence.LIKELY
        assert finding.message.endswith("was sent by another box: its timestamps were not agreed on")


def test_timestamps_whose_agreement_was_not_captured(tmp_path: Path) -> None:
    """Where a SYN was not captured, timestamps may have been agreed on."""
    late = "\n".join(TALKED.strip().splitlines()[1:])
    assert "RST007" not in {
        f.code for f in found(late + "\n+1 > R. 101:101(0) ack 301 <TS val 9 ecr 9>", tmp_path)
    }


def test_two_kinds_of_reset(tmp_path: Path) -> None:
    """Of two RSTs with ACK in one end's name, the one without the agreed timestamps is another box's."""
    mine = "+0.1 > R. 101:101(0) ack 301 <nop,nop,TS val 99 ecr 9>"
    (finding,) = (
        f
        for f in found(stamped(TALKED) + "+1 > R. 101:101(0) ack 301\n" + mine, tmp_path)
        if f.code == "RST007"
    )
    assert finding.evidence[0].frame == 7
    assert "its timestamps are missing" in finding.message


@pytest.mark.parametrize("late", ["R 101:101(0) win 0", "R. 101:101(0) ack 301 <nop,nop,TS val 100 ecr 9>"])
def test_one_kind_of_reset(late: str, tmp_path: Path) -> None:
    """A kernel without a socket answers without ACK and options, and one with a socket as that does."""
    aborted = stamped(TALKED) + "+1 > R. 101:101(0) ack 301 <nop,nop,TS val 99 ecr 9>\n"
    told = found(
        aborted + "+0.01 < P. 301:401(100) ack 101 <nop,nop,TS val 98 ecr 9>\n+0.001 > " + late, tmp_path
    )
    assert "RST007" not in {f.code for f in told}


def test_what_else_does_not_fit_is_added(tmp_path: Path) -> None:
    """A RST from elsewhere is told with its window and missing timestamps; a window of 0 tells nothing."""
    far = "+1 < R. 301:301(0) ack 101 ttl 50 win {}"
    odd, shut = (only(stamped(TALKED) + far.format(window), tmp_path) for window in (100, 0))
    lead = "its TTL is 50 where that end's other segments have 64"
    assert odd.message.endswith(
        f"{lead}, its timestamps are missing, and its window is 100 where the last one was 64240"
    )
    assert shut.message.endswith(f"{lead}, and its timestamps are missing")


@pytest.mark.parametrize(
    ("value", "others", "fits"),
    [
        (0, (900, 901, 902), True),
        (903, (900, 901, 902), True),
        (40000, (900, 901, 902), False),
        (40000, (0, 901, 902), True),
        (40000, (7, 30000, 902), True),
        (3, (65534, 65535, 1), True),
    ],
)
def test_habits_of_counting(value: int, others: tuple[int, ...], fits: bool) -> None:
    """An identification is judged against a sender that counts, modulo 2**16, and against no other."""
    assert fits_ids(value, others) is fits


def test_went_on_long_after(tmp_path: Path) -> None:
    """RST008 counts from the RST, and does not name data that was under way."""
    reset = TALKED + "+1 < R. 301:301(0) ack 101\n"
    told = found(reset + "+0.1 > P. 101:111(10) ack 301\n+3 > P. 101:111(10) ack 301", tmp_path)
    late = next(f for f in told if f.code == "RST008")
    assert late.message == (
        "192.0.2.1:40000 still sent data 3.1 s after 198.51.100.1:80 had reset the connection: "
        "the RST did not reach it, or it ignores RSTs"
    )
    assert [e.frame for e in late.evidence] == [9, 7]


def test_a_new_attempt_is_no_answer_to_the_old(tmp_path: Path) -> None:
    """A SYN-ACK for the SYN that was sent again after a refusal is an ordinary answer."""
    refused = "+0 > S 0:0(0)\n+0.01 < R. 0:0(0) ack 1\n+1"
    assert "RST008" not in {f.code for f in found(refused + OPEN.strip().removeprefix("+0.000"), tmp_path)}


def test_storm_counts_those_that_answer(tmp_path: Path) -> None:
    """RST009 says how many RSTs, over what time, and how many of them answer segments."""
    burst = "".join(f"+0.001 > P. {101 + 10 * k}:{111 + 10 * k}(10) ack 301\n" for k in range(5))
    told = found(TALKED + burst + "+0.01 < R. 301:301(0) ack 111\n" + 4 * "+0.001 < R 301:301(0)\n", tmp_path)
    storm = next(f for f in told if f.code == "RST009")
    assert storm.message == (
        "198.51.100.1:80 sent 5 RSTs to 192.0.2.1:40000 over 4 ms, 4 of them without ACK: "
        "one for each segment that still came is normal"
    )
    assert (storm.count, storm.severity) == (5, Severity.NOTE)


def refused_saying(data: bytes, tmp_path: Path, *, kept: int | None = None) -> str:
    """What RST010 says of a refusal that carries this, of which so many bytes were captured."""
    notation = f"+0 > S 0:0(0)\n+0.01 < R. 0:{len(data)}({len(data)}) ack 1"
    (_, syn), (_, rst) = script.frames(script.parse(notation))
    whole = rst[: len(rst) - len(data)] + data
    held = whole[: len(whole) - len(data) + kept] if kept is not None else whole
    capture = tmp_path / "said.pcap"
    capture.write_bytes(pcap_header() + record(syn) + record(held, original=len(whole)))
    return next(f.message for f in inspect(capture).findings() if f.code == "RST010")


@pytest.mark.parametrize(
    ("data", "kept", "said"),
    [
        (b"No listener here", None, '16 bytes of data: "No listener here"'),
        (b"go\r\n\taway\r\n", None, '11 bytes of data: "go away"'),
        (b"x" * 64, None, f'64 bytes of data: "{"x" * 64}"'),
        (b"x" * 65, None, f'65 bytes of data: "{"x" * 64}…"'),
        (b"No listener here", 5, '16 bytes of data: "No li…"'),
        (b"\x1b[31m", None, "5 bytes of data: it may say why"),
        (b"caf\xc3\xa9", None, "5 bytes of data: it may say why"),
        (b"half\0text", None, "9 bytes of data: it may say why"),
        (b"No listener here", 0, "16 bytes of data: it may say why"),
    ],
    ids=["text", "lines", "longest", "longer", "cut", "escape", "not-ascii", "nul", "not-captured"],
)
def test_data_of_a_reset(data: bytes, kept: int | None, said: str, tmp_path: Path) -> None:
    """RST010 says how much a RST carried, and shows the beginning of a text as far as it was captured."""
    assert refused_saying(data, tmp_path, kept=kept) == (
        f"a RST of 198.51.100.1:80 to 192.0.2.1:40000 carried {said}"
    )


def test_time_wait_ended_by_an_echo(tmp_path: Path) -> None:
    """RST011 needs the RST at the number that TIME-WAIT acknowledged; else it is any late RST."""
    closed = "+0.1 > F. 101:101(0) ack 301\n+0.01 < F. 301:301(0) ack 102\n+0.01 > . 102:102(0) ack 302\n"
    old = "+0.5 < P. 1:301(300) ack 101\n+0.001 > . 102:102(0) ack 302\n"
    echo = only(TALKED + closed + old + "+0.01 < R 302:302(0)", tmp_path)
    other = found(TALKED + closed + old + "+0.01 < R 301:301(0)", tmp_path)
    assert echo.code == "RST011"
    assert echo.message == (
        "an old segment of 198.51.100.1:80 came 500 ms after both ends had closed; 192.0.2.1:40000 "
        "acknowledged it from TIME-WAIT, and the RST in answer may have ended that wait"
    )
    assert "RST011" not in {f.code for f in other}


@needs_corpus
@pytest.mark.parametrize(
    ("capture", "told"),
    [
        ("middlebox_rst_both@client.pcap", {"RST007": (5, 6, 7)}),
        ("middlebox_rst_both@server.pcap", {"RST007": (6, 7, 8)}),
        ("spoofed_rst_exact.pcap", {"RST007": (8, 9, 10), "RST003": (9, 10)}),
        ("spoofed_rst_at_last_ack.pcap", {"RST005": (8, 9)}),
        ("rst_in_syn_sent.pcap", {"RST007": (2, 3), "RST008": (2, 3, 4)}),
        ("multiple_rst.pcap", {"RST001": (16, *range(17, 26)), "RST009": tuple(range(17, 26))}),
        ("rst_with_payload.pcap", {"RST010": (2,)}),
        ("late_duplicate_after_close_rst.pcap", {"RST002": (16, 17)}),
        ("reject_fw_tcp_reset.pcap", {}),
        ("synproxy_dead_backend@client.pcap", {"RST001": (4,)}),
    ],
)
def test_known_captures(capture: str, told: dict[str, tuple[int, ...]]) -> None:
    """Recorded resets are told by the rules that know them, with the frames that are known to matter."""
    findings = [f for f in inspect(CORPUS / capture).findings() if f.code.startswith("RST")]
    assert {f.code for f in findings} == told.keys()
    for f in findings:
        assert set(told[f.code]) <= {e.frame for e in f.evidence}
