"""What scripts on the pages of the CAP rules cannot say: clocks, cut frames, interfaces, checksums."""

import struct
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from handshake_inspect import Confidence, Finding, Settings, Severity, inspect, script
from tests.corpus import CORPUS, needs_corpus

CLEAN = """
+0.000 > S 0:0(0) <mss 1460,sackOK,wscale 7>
+0.010 < S. 0:0(0) ack 1 <mss 1460,sackOK,wscale 7>
+0.010 > . 1:1(0) ack 1
+0.010 > P. 1:101(100) ack 1
+0.010 < P. 1:201(200) ack 101
+0.010 > F. 101:101(0) ack 201
+0.010 < F. 201:201(0) ack 102
+0.010 > . 102:102(0) ack 202
"""


@dataclass(frozen=True)
class Frame:
    """An Ethernet frame with what a capture says of it."""

    time_ns: int
    data: bytes
    kept: int = 1 << 16
    interface: int = 0


def frames(text: str = CLEAN) -> list[Frame]:
    """The frames of a packet script."""
    return [Frame(time_ns, data) for time_ns, data in script.frames(script.parse(text))]


def pcap(of: list[Frame], link: int = 1) -> bytes:
    """A classic pcap in nanoseconds; frames are cut to what is kept of them."""
    parts = [struct.pack("<IHHIIII", 0xA1B23C4D, 2, 4, 0, 0, 1 << 18, link)]
    for f in of:
        kept = f.data[: f.kept]
        parts.append(struct.pack("<IIII", *divmod(f.time_ns, 10**9), len(kept), len(f.data)) + kept)
    return b"".join(parts)


def block(kind: int, body: bytes) -> bytes:
    """A block of a pcapng."""
    length = struct.pack("<I", 12 + len(body))
    return struct.pack("<I", kind) + length + body + length


def pcapng(of: list[Frame], names: tuple[str, ...] = ("eth0",), dropped: tuple[int, ...] = ()) -> bytes:
    """A pcapng in nanoseconds; interfaces have names of four letters, and have dropped so many frames."""
    parts = [block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for name in names:
        options = struct.pack("<HH4s", 2, len(name), name.encode()) + struct.pack("<HHB3xI", 9, 1, 9, 0)
        parts.append(block(1, struct.pack("<HHI", 1, 0, 0) + options))
    for f in of:
        padded = f.data + bytes(-len(f.data) % 4)
        head = (f.interface, f.time_ns >> 32, f.time_ns & 0xFFFFFFFF, len(f.data), len(f.data))
        parts.append(block(6, struct.pack("<IIIII", *head) + padded))
    for index, count in enumerate(dropped):
        parts.append(block(5, struct.pack("<III", index, 0, 0) + struct.pack("<HHQI", 5, 8, count, 0)))
    return b"".join(parts)


def found(content: bytes, tmp_path: Path, batch_bytes: int = 1 << 23) -> list[Finding]:
    """Everything found in a capture of these bytes."""
    capture = tmp_path / "capture"
    capture.write_bytes(content)
    return list(inspect(capture, settings=Settings(batch_bytes=batch_bytes)).findings())


def only(content: bytes, tmp_path: Path) -> Finding:
    """The one finding, which must not depend on how the capture is read."""
    (finding,) = found(content, tmp_path)
    assert found(content, tmp_path, 1) == [finding]
    return finding


def said(text: str, tmp_path: Path) -> list[Finding]:
    """Everything found in a packet script."""
    return found(script.to_pcap(script.parse(text)), tmp_path)


def test_clean(tmp_path: Path) -> None:
    """Both ways of writing a clean capture here are clean, so what follows comes from what is changed."""
    assert not found(pcap(frames()), tmp_path)
    assert not found(pcapng(frames(), dropped=(0,)), tmp_path)


def test_dropped(tmp_path: Path) -> None:
    """CAP004 names the interfaces that lost frames and how many, and no others."""
    finding = only(pcapng(frames(), ("eth0", "eth1"), (0, 12)), tmp_path)
    assert (finding.code, finding.severity, finding.count) == ("CAP004", Severity.WARNING, 12)
    assert finding.message == ("the capturing system lost 12 frames (12 on eth1) while it kept 8 frames")
    assert [e.frame for e in finding.evidence] == [8]


def test_unseen_weakens(tmp_path: Path) -> None:
    """CAP005 makes what else is found on its connection only possible, and on no other."""
    lossy = """
+0.000 > S 0:0(0)
+1.000 > S 0:0(0)
+0.010 < S. 0:0(0) ack 1
+0.010 > . 1:1(0) ack 1
+0.010 < . 1:1(0) ack 101
+0.010 > F. 101:101(0) ack 1
+0.010 < F. 1:1(0) ack 102
+0.010 > . 102:102(0) ack 2
"""
    whole = lossy.replace("+0.010 <", "+0.010 [2] <").replace(" > ", " [2] > ")
    whole = whole.replace("[2] < . 1:1(0) ack 101", "[2] > P. 1:101(100) ack 1")
    told = {(f.code, f.connection): f for f in said(lossy + whole, tmp_path)}
    assert told.keys() == {("CAP005", None), ("SYN001", 1), ("SYN001", 2)}
    assert told["CAP005", None].connections == (1,)
    assert told["CAP005", None].message == (
        "100 bytes of 1 connection were acknowledged but never captured: the capture lost frames"
    )
    assert told["SYN001", 1].confidence is Confidence.POSSIBLE
    assert told["SYN001", 2].confidence > Confidence.POSSIBLE


def test_unseen_needs_both(tmp_path: Path) -> None:
    """An acknowledgement of bytes that its peer never went beyond shows no loss of the capture."""
    forged = CLEAN.replace("+0.010 > F.", "+0.010 < . 201:201(0) ack 5001\n+0.010 > F.")
    assert "CAP005" not in {f.code for f in said(forged, tmp_path)}


def test_unseen_in_the_middle(tmp_path: Path) -> None:
    """Bytes missing in the middle of a transfer, far from its opening and its end, are counted too."""
    lines = ["+0.000 > S 0:0(0)", "+0.010 < S. 0:0(0) ack 1", "+0.010 > . 1:1(0) ack 1"]
    for k in range(40):
        if k != 20:
            lines.append(f"+0.001 > . {1 + 1000 * k}:{1001 + 1000 * k}(1000) ack 1")
        lines.append(f"+0.001 < . 1:1(0) ack {1001 + 1000 * k}")
    lines += ["+0.010 > F. 40001:40001(0) ack 1", "+0.010 < F. 1:1(0) ack 40002"]
    lines += ["+0.010 > . 40002:40002(0) ack 2"]
    (finding,) = said("\n".join(lines), tmp_path)
    assert finding.code == "CAP005"
    assert finding.message.startswith("1 000 bytes of 1 connection were")


@pytest.mark.parametrize(
    ("changed", "how"),
    [
        ({"interface": 1}, "1 from another interface"),
        ({}, "1 at the same place"),
    ],
)
def test_copies_say_where(changed: dict[str, int], how: str, tmp_path: Path) -> None:
    """CAP006 says by what the copies differ, and names the original."""
    sent = frames()
    sent.insert(4, replace(sent[3], time_ns=sent[3].time_ns + 1000, **changed))
    finding = only(pcapng(sent, ("eth0", "eth1")), tmp_path)
    assert (finding.code, finding.severity, finding.connections) == ("CAP006", Severity.NOTE, (1,))
    assert f"({how})" in finding.message
    assert finding.evidence[0].says.startswith("a copy of frame 4")


def test_copies_of_the_last_segment(tmp_path: Path) -> None:
    """A copy behind everything else belongs to the connection of its original."""
    sent = frames()
    sent.append(replace(sent[-1], time_ns=sent[-1].time_ns + 1000, interface=1))
    assert only(pcapng(sent, ("eth0", "eth1")), tmp_path).connections == (1,)


def test_answer_before_cause(tmp_path: Path) -> None:
    """CAP007 sees a SYN-ACK acknowledged before it was captured, and the connection is still told right."""
    early = """
+0.000 > S 0:0(0)
+0.020 > . 1:1(0) ack 1
+0.001 < S. 0:0(0) ack 1
+0.010 > F. 1:1(0) ack 1
+0.010 < F. 1:1(0) ack 2
+0.010 > . 2:2(0) ack 2
"""
    (finding,) = said(early, tmp_path)
    assert finding.code == "CAP007"
    assert [(e.frame, e.who) for e in finding.evidence] == [(2, "client"), (3, "server")]
    assert inspect(tmp_path / "capture").connection(1).opening.outcome == "established"


def test_sent_again_is_not_late(tmp_path: Path) -> None:
    """The identification tells a segment that the path delayed from one that its sender sent again."""
    gap = CLEAN.replace("+0.010 > P. 1:101(100) ack 1\n", "").replace("+0.010 < P. 1:201(200) ack 101\n", "")
    gap = gap.replace(
        "> F. 101:101(0) ack 201", "> F. 101:101(0) ack 1 id 50\n+0.020 > P. 1:101(100) ack 1 id {}"
    )
    gap = gap.replace("< F. 201:201(0)", "< F. 1:1(0)").replace("ack 202", "ack 2")
    delayed, again = (said(gap.format(identification), tmp_path) for identification in (49, 51))
    assert "CAP007" in {f.code for f in delayed}
    assert "CAP007" not in {f.code for f in again}


def test_clock(tmp_path: Path) -> None:
    """CAP008 says by how much the clock went back and whose times it spoilt; findings there are possible."""
    text = "+0 > S 0:0(0)\n+3 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1\n+0.01 > . 1:1(0) ack 1"
    later = text.replace("> ", "[2] > ").replace("< ", "[2] < ").replace("+0 ", "+1 ")
    sent = frames(f"{text}\n{later}")
    sent[2:] = [replace(f, time_ns=f.time_ns - 2 * 10**9) for f in sent[2:]]
    told = {(f.code, f.connection): f for f in found(pcap(sent), tmp_path)}
    assert told == {(f.code, f.connection): f for f in found(pcap(sent), tmp_path, 1)}
    clock = told.pop(("CAP008", None))
    assert clock.message == ("the clock went back once, by 2.0 s; times of 1 connection cannot be trusted")
    assert ([e.frame for e in clock.evidence], clock.connections) == ([3], (1,))
    assert {number: f.confidence for (_, number), f in told.items()} == {
        1: Confidence.POSSIBLE,
        2: Confidence.CERTAIN,
    }


def test_clocks_of_two_interfaces(tmp_path: Path) -> None:
    """Interfaces that are not in step are no clock that went back, and neither is a little jitter."""
    sent = frames()
    apart = [replace(f, interface=k % 2, time_ns=f.time_ns + k % 2 * 10**9) for k, f in enumerate(sent)]
    assert not [f for f in found(pcapng(apart, ("eth0", "eth1")), tmp_path) if f.code == "CAP008"]
    jitter = [replace(f, time_ns=f.time_ns - (k == 4) * 15_000_000) for k, f in enumerate(sent)]
    assert "CAP008" not in {f.code for f in found(pcap(jitter), tmp_path)}


def test_headers_cut(tmp_path: Path) -> None:
    """CAP009 tells frames that lack options from frames that could not be read at all."""
    options = only(pcap([replace(f, kept=60) for f in frames()]), tmp_path)
    assert (options.code, options.connections) == ("CAP009", (1,))
    assert "lacks TCP options of 2 segments in 1 connection" in options.message
    fixed = only(pcap([replace(f, kept=40 if k > 3 else 1 << 16) for k, f in enumerate(frames())]), tmp_path)
    assert "cuts 4 frames before the end of the fixed headers" in fixed.message
    assert not found(pcap([replace(f, kept=80) for f in frames()]), tmp_path)


def summed_wrong(frame: Frame, checksum: int | None = None) -> Frame:
    """A frame with another TCP checksum."""
    data = bytearray(frame.data)
    right = int.from_bytes(data[50:52])
    data[50:52] = (right ^ 0x0101 if checksum is None else checksum).to_bytes(2)
    return replace(frame, data=bytes(data))


def pseudo_sum(data: bytes) -> int:
    """The sum of the pseudo-header of an IPv4 frame, which a host leaves to its network card."""
    length = int.from_bytes(data[16:18]) - 20
    total = sum(struct.unpack(">4H", data[26:34])) + 6 + length
    return (total & 0xFFFF) + (total >> 16)


def test_damaged(tmp_path: Path) -> None:
    """CAP010 warns of a damaged SYN."""
    text = CLEAN.replace("+0.010 < S.", "+1 > S 0:0(0) <mss 1460,sackOK,wscale 7>\n+0.010 < S.")
    sent = frames(text)
    told = {f.code: f for f in found(pcap([summed_wrong(sent[0]), *sent[1:]]), tmp_path)}
    assert told.keys() == {"CAP010", "SYN001"}
    finding = told["CAP010"]
    assert (finding.severity, [e.frame for e in finding.evidence]) == (Severity.WARNING, [1])
    assert finding.message.startswith("1 of 5 checksums looked at is wrong, in 1 connection")


@pytest.mark.parametrize("left", ["pseudo-header", "nothing"])
def test_offloaded(left: str, tmp_path: Path) -> None:
    """Checksums that the network card has still to fill in are a note, whatever stands in their place."""
    sent = [
        summed_wrong(f, 0 if left == "nothing" else pseudo_sum(f.data)) if k % 2 == 0 else f
        for k, f in enumerate(frames())
    ]
    finding = only(pcap(sent), tmp_path)
    assert (finding.code, finding.severity) == ("CAP010", Severity.NOTE)
    assert finding.message.startswith("2 segments of 1 connection had no checksum yet")


def test_rewritten(tmp_path: Path) -> None:
    """Where all checksums are wrong and connections open all the same, the file was changed later."""
    finding = only(pcap([summed_wrong(f) for f in frames()]), tmp_path)
    assert (finding.code, finding.severity, finding.confidence) == (
        "CAP010",
        Severity.NOTE,
        Confidence.POSSIBLE,
    )


def test_checksums_of_ipv6(tmp_path: Path) -> None:
    """The pseudo-header of IPv6 is summed as well: right ones pass, and a wrong one is seen."""
    ends = "client [2001:db8::1]:40000 isn 4294967295\nserver [2001:db8:ffff::1]:80 isn 77\n"
    sent = frames(ends + CLEAN)
    assert not found(pcap(sent), tmp_path)
    data = bytearray(sent[0].data)
    data[70] ^= 1
    sent[0] = replace(sent[0], data=bytes(data))
    assert {f.code for f in found(pcap(sent), tmp_path)} == {"CAP010"}


def test_larger_than_agreed(tmp_path: Path) -> None:
    """CAP011 measures each side by what the other one offered."""
    text = """
+0.000 > S 0:0(0) <mss 1460>
+0.010 < S. 0:0(0) ack 1 <mss 8960>
+0.010 > . 1:1(0) ack 1
+0.010 > P. 1:8949(8948) ack 1
+0.010 < P. 1:2921(2920) ack 8949
+0.010 > . 8949:8949(0) ack 2921
"""
    (finding,) = said(text, tmp_path)
    assert finding.code == "CAP011"
    assert [(e.frame, e.who, e.says) for e in finding.evidence] == [(5, "server", "carries 2 920 bytes")]


def both_taps(offset_ns: int) -> list[Frame]:
    """A clean exchange seen at both ends of a wire that takes 2 ms, by clocks that differ."""
    seen = []
    for frame in frames():
        by_client = frame.data[26:30] == bytes((192, 0, 2, 1))
        way = 2_000_000 if by_client else -2_000_000
        seen += [frame, replace(frame, time_ns=frame.time_ns + way + offset_ns, interface=1)]
    return sorted(seen, key=lambda f: (f.time_ns, f.interface))


def test_interfaces_disagree(tmp_path: Path) -> None:
    """CAP012 bounds the difference of two clocks by the packets that both saw."""
    told = {f.code: f for f in found(pcapng(both_taps(8_000_000), ("left", "west")), tmp_path)}
    assert told["CAP012"].message == (
        "west has its clock 6 ms to 10 ms ahead of left, by the packets that both captured"
    )
    assert told["CAP012"].connections == (1,)
    behind = {f.code: f for f in found(pcapng(both_taps(-8_000_000), ("left", "west")), tmp_path)}
    assert behind["CAP012"].message.startswith("left has its clock 6 ms to 10 ms ahead of west")


@pytest.mark.parametrize("offset_ns", [0, 1_000_000, -1_000_000])
def test_interfaces_agree(offset_ns: int, tmp_path: Path) -> None:
    """What the way between two interfaces explains is no difference of clocks."""
    assert {f.code for f in found(pcapng(both_taps(offset_ns), ("left", "west")), tmp_path)} == {"CAP006"}


def test_undecoded(tmp_path: Path) -> None:
    """CAP014 counts what may be TCP by reason, and nothing that is not."""
    sent = frames()
    bad = bytearray(sent[4].data)
    bad[46] = 0x10
    arp = replace(sent[3], data=sent[0].data[:12] + b"\x08\x06" + bytes(46))
    finding = only(pcap([*sent[:4], arp, replace(sent[4], data=bytes(bad)), *sent[4:]]), tmp_path)
    assert (finding.code, finding.severity, finding.count) == ("CAP014", Severity.NOTE, 1)
    assert finding.message == "1 frame that may be TCP could not be read: 1 with an impossible TCP header"


@needs_corpus
@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("cap_loss_fin.pcap", {"CAP005"}),
        ("cap_sll2_any_dup.pcap", {"CAP006"}),
        ("fmt_pcapng_two_ifaces.pcapng", {"CAP006"}),
        ("enc_vxlan_and_inner.pcap", {"CAP006"}),
        ("cap_clock_step_back.pcap", {"CAP008"}),
        ("fmt_snaplen_40.pcap", {"CAP009"}),
        ("fmt_snaplen_64.pcap", {"CAP009"}),
        ("cap_offload.pcap", {"CAP010", "CAP011"}),
        ("frag_tiny_syn.pcap", {"CAP014"}),
        ("normal_v4_client_close.pcap", set()),
        ("fmt_fcs.pcap", set()),
        ("fmt_trailer.pcap", set()),
        ("enc_vxlan_kernel.pcap", set()),
    ],
)
def test_corpus(name: str, codes: set[str]) -> None:
    """Real captures with one flaw of the capture each, and clean ones."""
    assert {f.code for f in inspect(CORPUS / name).findings() if f.code.startswith("CAP")} == codes


@needs_corpus
def test_reordered_on_the_path() -> None:
    """A FIN that overtook the data before it is named with that data."""
    told = {f.code: f for f in inspect(CORPUS / "late_duplicate_after_close_rst.pcap").findings()}
    assert [e.frame for e in told["CAP007"].evidence] == [8, 10]


@needs_corpus
def test_translated(tmp_path: Path) -> None:
    """The two sides of a translator, captured apart and merged, are joined pair by pair."""
    sides = [(CORPUS / f"nat_masquerade@{side}.pcap").read_bytes() for side in ("inside", "outside")]
    records = []
    for content in sides:
        at = 24
        while at < len(content):
            length = struct.unpack_from("<IIII", content, at)[2]
            records.append(content[at : at + 16 + length])
            at += 16 + length
    records.sort(key=lambda record: struct.unpack_from("<II", record))
    told = [f for f in found(sides[0][:24] + b"".join(records), tmp_path) if f.code == "CAP013"]
    assert len(told) == 1
    report = inspect(tmp_path / "capture")
    assert len(told[0].connections) == 2 * told[0].count
    a, b = (report.connection(number) for number in told[0].connections[:2])
    assert a.client.isn == b.client.isn
    assert a.client.address != b.client.address
    assert not [
        f
        for side in ("inside", "outside")
        for f in inspect(CORPUS / f"nat_masquerade@{side}.pcap").findings()
        if f.code == "CAP013"
    ]


def test_copies_in_the_second_life(tmp_path: Path) -> None:
    """What is noticed on a 4-tuple that was used twice is said of the life it falls into."""
    again = CLEAN.replace("0.000 > S 0:0", "90.000 > S 5000:5000")
    for old, new in (("1:1(0) ack 1\n", "5001:5001(0) ack 1\n"), ("0:0(0) ack 1 ", "0:0(0) ack 5001 ")):
        again = again.replace(old, new)
    again = again.split("+0.010 > P.")[0]
    copy = "+0 > S 5000:5000(0) ttl 63 id 77 <mss 1460,sackOK,wscale 7>\n+0.010 < S."
    again = again.replace("5000:5000(0)", "5000:5000(0) id 77").replace("+0.010 < S.", copy)
    told = {f.code: f for f in said(CLEAN + again, tmp_path)}
    assert told["CAP006"].connections == (2,)
