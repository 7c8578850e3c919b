"""The sample captures: what each shows, frame by frame, and that the table and the scripts are true."""

import gzip
import io
import ipaddress
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dpkt
import pytest

from handshake_inspect.script import parse, to_pcap
from handshake_inspect.script.packets import BITS

FOLDER = Path(__file__).resolve().parents[2] / "sample_pcaps"

CAPTURES = sorted(file for file in FOLDER.iterdir() if ".pcap" in file.suffixes or ".pcapng" in file.suffixes)
NAMES = [file.name for file in CAPTURES]

DOCUMENTATION = [
    ipaddress.ip_network(block)
    for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]
"RFC 5737 and RFC 3849"

LOCALLY_ADMINISTERED = 0x02

CONVERSATION = ">S <S. >. >P.+ <. <P.+ >. >F. <. <F. >."

IN_TURN = ">S <S. >. >F. <. <F. >."

PICTURES = {
    "aborted.pcap": ">S <S. >. >P.+ <. <P.+ >. >R.",
    "blind_reset.pcap": ">S <S. >. >P.+ <P.+ >. <R >. >P.+ <P.+ >F. <F. >.",
    "clean.pcap": CONVERSATION,
    "cut_mid_record.pcap": ">S <S. >. >P.+ <. <P.+ >. >F. <. <F. cut",
    "filtered.pcap": ">S >S <S. >. >P.+ <. >F. <. <F. >. >S >S",
    "half_close.pcap": ">S <S. >. >P.+ >F. <. <. <P.+ >. <P.+ >. <P.+ >. <F. >.",
    "half_open_challenged.pcap": ">S <S. >. >S <. >R >S <S. >. >F. <. <F. >.",
    "half_open_reset.pcap": ">S <S. >. >P.+ <. <P.+ >. >P.+ <R",
    "half_open_scan.pcap": ">S >S <S. >R",
    "icmp_rejected.pcap": ">S <icmp",
    "ipv6.pcap": CONVERSATION,
    "isn_clock.pcap": " ".join([IN_TURN] * 12),
    "isn_constant.pcap": " ".join([IN_TURN] * 12),
    "isn_counting.pcap": " ".join([IN_TURN] * 12),
    "isn_sound.pcap": " ".join(
        [">S <S. >."] * 30 + [sign for sign in (">F.", "<.", "<F.", ">.") for _ in range(30)]
    ),
    "joined_late.pcap": ">P.+ <. <P.+ >. >F. <. <F. >.",
    "last_ack_lost.pcapng": ">S <S. >. >P.+ <. <P.+ >. >F. <. <F. >. <F. >.",
    "old_syn_challenged.pcap": ">S >S <S. <. >R >S <S. >. >F. <. <F. >.",
    "old_syn_first.pcap": ">S >S <S. >R >S <S. >. >F. <. <F. >.",
    "one_sided.pcap": ">S >. >P.+ >. >F. >.",
    "refused.pcap": ">S <R.",
    "server_closes_first.pcap": ">S <S. >. >P.+ <. <P.+ >. <F. >. >F. <.",
    "simultaneous_close.pcap": ">S <S. >. >P.+ <. <P.+ >. >F. <F. >. <.",
    "simultaneous_open.pcap": ">S <S >S. <S. >. <. >P.+ <. >F. <. <F. >.",
    "split_handshake.pcap": ">S <. <S >S. <. >P.+ <. <P.+ >. >F. <F. >.",
    "syn_ack_lost.pcap": ">S <S. >S <S. >. >F. <. <F. >.",
    "syn_ack_wrong_ack.pcap": ">S <S. >R >S <S. >. >P.+ <P.+ >F. <F. >.",
    "syn_lost.pcap": ">S >S <S. >. >F. <. <F. >.",
    "syn_unanswered.pcap": ">S >S >S >S >S >S >S <S. >. >F. <. <F. >.",
    "syn_unanswered_linear.pcapng": ">S >S >S >S >S >S >S >S >S >S",
    "third_ack_lost.pcap": ">S <S. <S. <S.",
    "third_ack_lost_data_repairs.pcap": ">S <S. >P.+ <. <P.+ >. >F. <. <F. >.",
    "three_in_a_row.pcap.gz": " ".join([CONVERSATION] * 3),
    "two_interfaces.pcapng": (
        ">S >S <S. <S. >. >. >P.+ >P.+ <. <P.+ <. <P.+ >. >. >F. >F. <. <. <F. <F. >. >."
    ),
    "vlan_http.pcapng": CONVERSATION,
}
"what each file shows: who sent which flags, in order, with + for payload"


def records(file: Path) -> Iterator[tuple[float, bytes]]:
    """The time in seconds and the bytes of each frame, read by dpkt."""
    data = file.read_bytes()
    if file.suffix == ".gz":
        data = gzip.decompress(data)
    reader = dpkt.pcapng.Reader if ".pcapng" in file.suffixes else dpkt.pcap.Reader
    for time, frame in reader(io.BytesIO(data)):
        yield float(time), bytes(frame)


def packet(frame: bytes) -> Any:
    """The IP packet in a frame; the samples' Ethernet addresses do not begin like an IPv4 header."""
    if frame[0] == 0x45:
        return dpkt.ip.IP(frame)
    return dpkt.ethernet.Ethernet(frame).data


def glyph(frame: bytes) -> str:
    """A frame in a word: who sent it by the lower port of the two, and its flags, with + for payload."""
    data = packet(frame).data
    if isinstance(data, dpkt.icmp.ICMP):
        return "<icmp"
    if not isinstance(data, dpkt.tcp.TCP):
        return "cut"
    flags = "".join(letter for letter, bit in BITS.items() if data.flags & bit)
    return (">" if data.dport < data.sport else "<") + flags + ("+" if data.data else "")


def picture(file: Path) -> str:
    """All frames of a capture in a line."""
    return " ".join(glyph(frame) for _, frame in records(file))


def offsets(file: Path, word: str) -> list[int]:
    """When the frames of one kind came, in whole seconds since the first frame."""
    times = [(time, glyph(frame)) for time, frame in records(file)]
    return [int(time - times[0][0]) for time, kind in times if kind == word]


tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def read_by_tshark(file: Path, *names: str) -> list[list[str]]:
    """The named fields of each frame, checksums verified."""
    options = [word for name in names for word in ("-e", name)]
    checks = [word for name in ("tcp", "ip") for word in ("-o", f"{name}.check_checksum:TRUE")]
    command = ["tshark", "-n", "-r", str(file), *checks, "-T", "fields", *options]
    done = subprocess.run(command, capture_output=True, text=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


def test_every_capture_has_its_picture() -> None:
    """The folder holds the captures that are described here, no more and no fewer."""
    assert set(NAMES) == set(PICTURES)


@pytest.mark.parametrize("file", CAPTURES, ids=NAMES)
def test_capture_shows_what_it_is_for(file: Path) -> None:
    """The frames of a sample, in order, are the ones it was made to show."""
    assert picture(file) == PICTURES[file.name]


@pytest.mark.parametrize("file", CAPTURES, ids=NAMES)
def test_capture_is_small(file: Path) -> None:
    """No sample is larger than 20 000 bytes."""
    assert file.stat().st_size < 20_000


@pytest.mark.parametrize("file", CAPTURES, ids=NAMES)
def test_addresses_belong_to_nobody(file: Path) -> None:
    """IP addresses are reserved for documentation, and Ethernet addresses are locally administered."""
    for _, frame in records(file):
        ip = packet(frame)
        for address in map(ipaddress.ip_address, (ip.src, ip.dst)):
            assert any(address in block for block in DOCUMENTATION if block.version == address.version)
        if frame[0] != 0x45:
            assert frame[0] & LOCALLY_ADMINISTERED
            assert frame[6] & LOCALLY_ADMINISTERED


@pytest.mark.parametrize("file", CAPTURES, ids=NAMES)
def test_everybody_is_near(file: Path) -> None:
    """Every TTL is 64, save that of the stranger whose reset is blind."""
    limits = {getattr(ip, "ttl", None) or ip.hlim for ip in (packet(frame) for _, frame in records(file))}
    assert limits == ({64, 241} if file.name == "blind_reset.pcap" else {64})


# dpkt reads every interface of a pcapng by the first one's clock, so the file with two is left to tshark.
@pytest.mark.parametrize("file", [file for file in CAPTURES if file.name != "two_interfaces.pcapng"])
def test_time_runs_forward(file: Path) -> None:
    """No frame of a sample is older than the one before it."""
    times = [time for time, _ in records(file)]
    assert times == sorted(times)


def test_schedules_are_the_real_ones() -> None:
    """SYNs doubled from the first second, and SYNs repeated evenly first, are where Linux sends them."""
    doubling = offsets(FOLDER / "syn_unanswered.pcap", ">S")
    even = offsets(FOLDER / "syn_unanswered_linear.pcapng", ">S")
    assert doubling[:6] == [0, 1, 3, 7, 15, 31]
    assert doubling[6] > 63
    assert even == [0, 1, 2, 3, 4, 5, 7, 11, 19, 35]


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.script")), ids=lambda file: file.name)
def test_script_made_captures_are_their_compilation(script: Path) -> None:
    """The capture beside a script is what the script compiles to, byte for byte."""
    assert to_pcap(parse(script.read_text())) == script.with_suffix(".pcap").read_bytes()


def test_table_is_the_declarations() -> None:
    """The README is what the samples' own declarations make, and lists every capture in the folder."""
    pytest.importorskip("fcntl", reason="samples are recorded on Unix")
    from sample_pcaps.make.__main__ import every
    from sample_pcaps.make.sample import readme

    samples = every()
    assert (FOLDER / "README.md").read_text() == readme(samples)
    assert sorted(each.file for each in samples) == NAMES


def test_unknown_sample_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is no sample's makes nothing, and is named in the complaint."""
    pytest.importorskip("fcntl", reason="samples are recorded on Unix")
    from sample_pcaps.make.__main__ import main

    assert main(["no_such_sample"]) == 2
    assert "no_such_sample" in capsys.readouterr().err


@tshark
@pytest.mark.parametrize("file", CAPTURES, ids=NAMES)
def test_tshark_finds_nothing_wrong(file: Path) -> None:
    """tshark reads as many whole frames, finds every checksum good and nothing malformed."""
    rows = read_by_tshark(
        file, "frame.number", "tcp.checksum.status", "icmp.checksum.status", "_ws.malformed"
    )
    whole = [word for word in PICTURES[file.name].split() if word != "cut"]
    assert len(rows) == len(whole)
    assert {row[3] for row in rows} == {""}
    # A TCP checksum inside an ICMP error covers more than is quoted; the error's own must be good.
    assert all((row[2] or row[1]) == "1" for row in rows)


@tshark
def test_interfaces_have_their_own_link_types_and_clocks() -> None:
    """The two interfaces differ in link type and agree on the time of day to a second."""
    rows = read_by_tshark(
        FOLDER / "two_interfaces.pcapng", "frame.interface_id", "frame.encap_type", "frame.time_epoch"
    )
    assert {(row[0], row[1]) for row in rows} == {("0", "1"), ("1", "7")}
    times = [float(row[2]) for row in rows]
    assert times == sorted(times)
    assert times[-1] - times[0] < 1
