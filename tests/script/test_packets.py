"""What a script compiles to, asked of dpkt, of the bytes themselves and of tshark."""

import shutil
import subprocess
from pathlib import Path

import dpkt
import pytest
from hypothesis import given, settings

from handshake_inspect.script import Script, Segment, frames, parse, to_pcap
from handshake_inspect.script.packets import START_SECONDS
from tests.script.strategies import scripts

SIX = "client [2001:db8::1]:40000\nserver [2001:db8::2]:80\n"

tshark = pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")


def packets(notation: str) -> list[dpkt.Packet]:
    """The IP packets of a script, read by dpkt."""
    return [dpkt.ethernet.Ethernet(frame).data for _, frame in frames(parse(notation))]


def fields(folder: Path, script: Script, *names: str) -> list[list[str]]:
    """What tshark reads in the named fields of each frame, checksums verified."""
    file = folder / "script.pcap"
    file.write_bytes(to_pcap(script))
    options = [word for name in names for word in ("-e", name)]
    checks = [word for name in ("tcp", "ip") for word in ("-o", f"{name}.check_checksum:TRUE")]
    relative = ["-o", "tcp.relative_sequence_numbers:FALSE", "-o", "tcp.analyze_sequence_numbers:FALSE"]
    command = [
        "tshark",
        "-n",
        "-r",
        str(file),
        *checks,
        *relative,
        "-T",
        "fields",
        "-E",
        "occurrence=a",
        *options,
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


@settings(deadline=None)
@given(scripts())
def test_every_line_is_one_record(script: Script) -> None:
    """Any script compiles, to one record per line, each as long as it says and at its time."""
    data = to_pcap(script)
    header = dpkt.pcap.LEFileHdr(data[:24])
    assert (header.magic, header.linktype) == (dpkt.pcap.TCPDUMP_MAGIC_NANO, dpkt.pcap.DLT_EN10MB)
    position, time_ns = 24, START_SECONDS * 10**9
    for line in script.lines:
        record = dpkt.pcap.LEPktHdr(data[position : position + 16])
        time_ns += line.gap_ns
        assert (record.tv_sec * 10**9 + record.tv_usec, record.caplen) == (time_ns, record.len)
        position += 16 + record.caplen
    assert position == len(data)


@settings(deadline=None)
@given(scripts())
def test_segments_carry_what_their_lines_say(script: Script) -> None:
    """Numbers, ports, window, options and length of any segment are read back as they were written."""
    for line, (_, frame) in zip(script.lines, frames(script), strict=True):
        if not isinstance(line.content, Segment):
            continue
        said, packet = line.content, dpkt.ethernet.Ethernet(frame).data
        pair = script.pair(line.connection)
        own, other = (pair.client, pair.server) if line.by_client else (pair.server, pair.client)
        read = packet.data
        assert (read.sport, read.dport) == (own.port, other.port)
        assert read.seq == (own.isn + said.start) % 2**32
        assert said.ack is None or read.ack == (other.isn + said.ack) % 2**32
        assert said.win is None or read.win == said.win
        assert read.opts.startswith(said.options)
        assert set(read.opts[len(said.options) :]) <= {0}
        assert len(read.data) == said.length


def test_the_largest_segment_fits() -> None:
    """The most payload behind the most options fills an IPv4 packet to its last byte."""
    options = ",".join(["nop"] * 40)
    (largest,) = packets(f"+0 > . 0:65455(65455) ack 0 <{options}>")
    assert (largest.len, len(largest.data.data)) == (65535, 65455)


def test_nothing_is_random() -> None:
    """A script compiles to the same bytes each time."""
    script = parse("+0 > S 0:0(0)\n+0.1 < icmp host-unreachable")
    assert to_pcap(script) == to_pcap(script)


def test_server_number_wraps_with_its_first_byte() -> None:
    """The default server's SYN is the last sequence number there is, and its first byte is number 0."""
    syn, data = packets("+0 < S. 0:0(0) ack 1\n+0 < P. 1:5(4) ack 1")
    assert (syn.data.seq, data.data.seq) == (2**32 - 1, 0)


def test_a_retransmission_carries_the_same_bytes() -> None:
    """Payload depends on its sequence number alone, also where segments are cut differently."""
    whole, again, part = packets("+0 > P. 1:50(49) ack 1\n+0 > P. 1:50(49) ack 1\n+0 > P. 21:50(29) ack 1")
    assert whole.data.data == again.data.data
    assert whole.data.data[20:] == part.data.data


def test_equal_lines_are_two_packets() -> None:
    """Two equal lines differ in their IP identification, unless the script says otherwise."""
    first, second = packets("+0 > S 0:0(0)\n+0 > S 0:0(0)")
    assert first.id != second.id
    first, second = packets("+0 > S 0:0(0) id 7\n+0 > S 0:0(0) id 7")
    assert bytes(first) == bytes(second)


def test_time_to_live_is_written() -> None:
    """`ttl` sets the TTL of IPv4 and the hop limit of IPv6."""
    assert packets("+0 > S 0:0(0) ttl 3")[0].ttl == 3
    assert packets(SIX + "+0 > S 0:0(0) ttl 3")[0].hlim == 3


@pytest.mark.parametrize("declared", ["", SIX])
def test_an_error_quotes_the_very_packet(declared: str) -> None:
    """What an ICMP error quotes is the packet that was sent, from its first byte."""
    sent, error = packets(declared + "+0 > P. 1:9(8) ack 1 win 77 ttl 9\n+0 < icmp host-unreachable")
    assert bytes(sent) in bytes(error)


def test_an_error_comes_from_its_reporter() -> None:
    """`from` sets who sends the error; else it is the end the arrow starts from."""
    _, named, unnamed = packets(
        "+0 > S 0:0(0)\n+0 < icmp ttl-exceeded from 192.0.2.254\n+0 < icmp ttl-exceeded"
    )
    assert (bytes(named.src), bytes(unnamed.src)) == (bytes((192, 0, 2, 254)), bytes((198, 51, 100, 1)))


@tshark
@pytest.mark.parametrize("declared", ["", SIX])
def test_tshark_finds_nothing_wrong(declared: str, tmp_path: Path) -> None:
    """tshark reads the numbers as they are meant, finds every checksum good and nothing malformed."""
    script = parse(
        declared
        + """
+0.000 > SEW 0:0(0) win 64240 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>
+0.010 < S.E 0:0(0) ack 1 win 65160 <mss 1440,FO 0102030405060708>
+0.010 > . 1:1(0) ack 1
+0.100 > P. 1:102(101) ack 1 <nop,nop,TS val 5 ecr 6>
+0.010 < icmp admin-prohibited (1:102)
+0.010 < icmp too-big
+0.010 < icmp ttl-exceeded (0:0)
+0.010 < R. 1:1(0) ack 102
+0.010 > - 0:0(0)
"""
    )
    rows = fields(tmp_path, script, "tcp.seq", "tcp.checksum.status", "icmp.checksum.status", "_ws.malformed")
    sequence = ["1000", "4294967295", "1001", "1001", "1001", "1001", "1000", "0", "1000"]
    assert [row[0] for row in rows] == sequence
    assert all(set(row[1].split(",")) == {"1"} for row in rows if row[0] and not row[2])
    assert {row[3] for row in rows} == {""}


@tshark
def test_tshark_reads_the_options(tmp_path: Path) -> None:
    """tshark reads in each option the value its word says."""
    script = parse("+0 > S 0:0(0) <mss 1234,sackOK,TS val 77 ecr 88,wscale 9,eol>")
    names = ("tcp.options.mss_val", "tcp.options.timestamp.tsval", "tcp.options.timestamp.tsecr")
    rows = fields(tmp_path, script, *names, "tcp.options.wscale.shift")
    assert rows == [["1234", "77", "88", "9"]]


@tshark
@pytest.mark.parametrize(("declared", "protocol"), [("", "icmp"), (SIX, "icmpv6")])
def test_tshark_reads_the_errors(declared: str, protocol: str, tmp_path: Path) -> None:
    """tshark reads type and code of an error by name and by number, and its checksum is good."""
    errors = "+0 < icmp port-unreachable\n+0 < icmp 1/3\n"
    script = parse(declared + "+0 > S 0:0(0)\n" + errors)
    rows = fields(tmp_path, script, f"{protocol}.type", f"{protocol}.code", f"{protocol}.checksum.status")
    named = ["3", "3", "1"] if protocol == "icmp" else ["1", "4", "1"]
    assert rows[1:] == [named, ["1", "3", "1"]]
