"""The benchmark's captures are what they say: so many packets, right in every number, the same each time."""

import shutil
import subprocess
from collections import Counter
from pathlib import Path

import dpkt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.captures import KINDS, chosen_kinds, make
from benchmarks.dpkt_loop import count

SEGMENTS = {"long": 500, "short": 10, "syns": 1}


def frames(path: Path) -> list[tuple[float, bytes]]:
    with path.open("rb") as file:
        return list(dpkt.pcap.Reader(file))


@pytest.mark.parametrize("kind", SEGMENTS)
@pytest.mark.parametrize("connections", [1, 7])
def test_counts(kind: str, connections: int, tmp_path: Path) -> None:
    """A kind without mishaps holds its plan's segments for each connection, and one flow each."""
    made = make(kind, tmp_path / "made.pcap", connections)
    packets, flows = count(str(made.path))
    assert made.packets == packets == SEGMENTS[kind] * connections
    assert len(flows) == connections
    answered = [1, 1, 2, 0] if kind != "syns" else [1, 0, 0, 0]
    assert all(counts == answered for counts in flows.values())


@given(kind=st.sampled_from(sorted(KINDS)), connections=st.integers(1, 30))
@settings(max_examples=20, deadline=None)
def test_same_each_time(kind: str, connections: int, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Equal arguments give equal bytes, in the order of time."""
    folder = tmp_path_factory.mktemp("same")
    first, second = (make(kind, folder / name, connections).path for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    times = [time for time, _ in frames(first)]
    assert times == sorted(times)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_checksums(kind: str, tmp_path: Path) -> None:
    """Both checksums are what dpkt computes, with the payload that was not kept taken as zeros (RFC 1071)."""
    for _, frame in frames(make(kind, tmp_path / "made.pcap", 40).path):
        ip = dpkt.ethernet.Ethernet(frame).data
        whole = frame[: 14 + ip.len] + bytes(max(0, 14 + ip.len - len(frame)))
        kept = dpkt.ethernet.Ethernet(whole).data
        ip_checksum, tcp_checksum = kept.sum, kept.data.sum
        kept.sum = kept.data.sum = 0
        again = dpkt.ip.IP(bytes(kept))
        assert (again.sum, again.data.sum) == (ip_checksum, tcp_checksum)


def test_mixed_is_mixed(tmp_path: Path) -> None:
    """The mixed kind has resets, unanswered or missing SYNs, and connections that are as planned."""
    made = make("mixed", tmp_path / "mixed.pcap", 2000)
    _, flows = count(str(made.path))
    seen = Counter(map(tuple, flows.values()))
    assert seen.most_common(1)[0][0] == (1, 1, 2, 0)
    assert any(resets for _, _, _, resets in seen)
    assert any(syns == 2 for syns, _, _, _ in seen)
    assert any(syns == 0 for syns, _, _, _ in seen)
    assert len(flows) <= made.connections


def test_mixed_follows_rfc(tmp_path: Path) -> None:
    """A connection says nothing after its reset, and a refused SYN is refused with sequence number zero."""
    ended: set[frozenset[tuple[bytes, int]]] = set()
    last_syn: dict[frozenset[tuple[bytes, int]], bool] = {}
    refused = 0
    for _, frame in frames(make("mixed", tmp_path / "mixed.pcap", 3000).path):
        ip = dpkt.ethernet.Ethernet(frame).data
        ends = frozenset(((ip.src, ip.data.sport), (ip.dst, ip.data.dport)))
        assert ends not in ended
        if ip.data.flags & dpkt.tcp.TH_RST:
            ended.add(ends)
            if last_syn.get(ends):
                refused += 1
                assert ip.data.seq == 0
        last_syn[ends] = ip.data.flags & 0x3F == dpkt.tcp.TH_SYN
    assert ended
    assert refused


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize(("kind", "completeness"), [("long", "31"), ("short", "31"), ("syns", "1")])
def test_tshark_agrees(kind: str, completeness: str, tmp_path: Path) -> None:
    """tshark sees each connection complete, and has nothing to warn of."""
    made = make(kind, tmp_path / "made.pcap", 12)
    # Two passes: with one, tshark's completeness is a packet behind.
    command = ["tshark", "-2", "-r", str(made.path), "-T", "fields"]
    wanted = ["-e", "tcp.stream", "-e", "tcp.completeness", "-e", "tcp.analysis.flags"]
    said = subprocess.run([*command, *wanted], capture_output=True, text=True, check=True).stdout
    rows = [line.split("\t") for line in said.splitlines()]
    assert len(rows) == made.packets
    assert {stream for stream, _, _ in rows} == {str(number) for number in range(12)}
    assert {(complete, flags) for _, complete, flags in rows} == {(completeness, "")}


@pytest.mark.parametrize("connections", [0, -1])
def test_no_connections(connections: int, tmp_path: Path) -> None:
    """A capture of no connections is refused, and no file is left."""
    with pytest.raises(ValueError, match="make no capture"):
        make("short", tmp_path / "made.pcap", connections)
    assert not list(tmp_path.iterdir())


def test_chosen_kinds() -> None:
    """Without a name the usual kinds are taken; 'mixed' joins once, however often it is asked for."""
    assert chosen_kinds((), mixed=False) == ["long", "short", "syns"]
    assert chosen_kinds(("mixed", "syns"), mixed=True) == ["mixed", "syns"]
