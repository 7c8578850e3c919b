"""Stream numbers and completeness are those of Wireshark's second pass, but for the differences listed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from handshake_inspect import inspect
from tests.corpus import CORPUS

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = [
    p for folder in (ROOT / "sample_pcaps", CORPUS) for p in sorted(folder.glob("*.pcap*")) if folder.exists()
]

SPLIT_BY_WIRESHARK = {
    # A SYN of another number makes Wireshark begin a stream even where both belong to one attempt.
    "old_syn_challenged.pcap",
    "old_syn_first.pcap",
    # The server's bare ACK comes before its SYN, whose number Wireshark then takes for a new stream.
    "split_handshake.pcap",
    "split_handshake_ack_syn.pcap",
}
REASSEMBLED_BY_WIRESHARK = {
    # Wireshark joins IP fragments and shows the segment at the last one; we use the first, and never join.
    "frag_tiny_8_bytes.pcap",
    "frag_tiny_syn.pcap",
}


def wireshark(capture: Path) -> tuple[dict[int, int], dict[int, int]]:
    """(frame → stream, stream → completeness) as two-pass tshark has them."""
    fields = ["-e", "frame.number", "-e", "tcp.stream", "-e", "tcp.completeness"]
    only = ["-Y", "tcp.stream && !icmp && !icmpv6"]
    command = ["tshark", "-2", "-r", str(capture), *only, "-T", "fields", *fields]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    streams: dict[int, int] = {}
    completeness: dict[int, int] = {}
    for line in lines:
        frame, stream, complete = line.split("\t")
        # Of a packet inside a packet, the last is ours.
        streams[int(frame)] = int(stream.split(",")[-1])
        completeness[streams[int(frame)]] = int(complete.split(",")[-1])
    return streams, completeness


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("capture", CAPTURES, ids=lambda p: p.name)
def test_same_streams_and_completeness(capture: Path) -> None:
    """Every connection has the stream number of its first frame, and that stream's completeness."""
    streams, completeness = wireshark(capture)
    connections = list(inspect(capture).connections())
    if capture.name in REASSEMBLED_BY_WIRESHARK:
        assert [c.completeness for c in connections] != list(completeness.values()) or not streams.get(
            connections[0].first_frame
        )
        return
    assert [c.stream for c in connections] == [streams[c.first_frame] for c in connections]
    if capture.name in SPLIT_BY_WIRESHARK:
        assert len(set(streams.values())) > len(connections)
        return
    assert [c.completeness for c in connections] == [completeness[c.stream] for c in connections]
    assert len(set(streams.values())) == len(connections)
