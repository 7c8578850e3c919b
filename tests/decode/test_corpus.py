"""Whole captures, the project's samples and real ones: lane against lane, and the columns against tshark."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.corpus import CORPUS, needs_corpus
from tests.decode.samples import batch_from, by_objects, counted, rows

SAMPLES = Path(__file__).resolve().parents[2] / "sample_pcaps"
CAPTURES = sorted(path for folder in (SAMPLES, CORPUS) for path in folder.rglob("*.pcap*"))

BEYOND_DPKT = {"fmt_nflog.pcap": "dpkt has no netfilter log"}
"Captures that the object lane cannot read, and why."

if not CAPTURES:
    pytest.skip("no captures are here", allow_module_level=True)


@pytest.mark.parametrize("path", [p for p in CAPTURES if p.name not in BEYOND_DPKT], ids=lambda p: p.name)
def test_both_lanes_give_the_same_rows(path: Path) -> None:
    """dpkt's objects and the columns agree on every frame of every capture, and on why one is skipped."""
    batch = batch_from(path)
    columns, objects = counted(batch), by_objects(batch)
    assert rows(columns.segments) == rows(objects.segments)
    assert rows(columns.offers) == rows(objects.offers)
    assert rows(columns.quotes) == rows(objects.quotes)
    assert columns.skipped == objects.skipped


FIELDS = [
    *("frame.number", "ip.src", "ip.ttl", "ip.id", "icmp.type", "icmpv6.type"),
    *("tcp.srcport", "tcp.dstport", "tcp.seq_raw", "tcp.ack_raw", "tcp.flags", "tcp.len"),
    "tcp.window_size_value",
]


def dissected(path: Path) -> dict[int, dict[str, str]]:
    """All values of every field of each frame, by tshark, which reads a cut file as far as it goes."""
    command = ["tshark", "-r", str(path), "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,"]
    for preference in ("tcp.relative_sequence_numbers", "ip.defragment", "ipv6.defragment"):
        command += ["-o", f"{preference}:FALSE"]
    for name in FIELDS:
        command += ["-e", name]
    lines = subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()
    found = [dict(zip(FIELDS, line.split("\t"), strict=True)) for line in lines]
    return {int(fields["frame.number"]): fields for fields in found}


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("path", CAPTURES, ids=lambda p: p.name)
def test_segments_are_what_tshark_says(path: Path) -> None:
    """Every frame tshark reads a TCP header in is a segment with the same numbers, and no other frame is."""
    segments = counted(batch_from(path)).segments
    truth = {
        number: fields
        for number, fields in dissected(path).items()
        if fields["tcp.flags"] and not fields["icmp.type"] and not fields["icmpv6.type"]
    }
    assert segments.frame.tolist() == list(truth)
    for row, fields in zip(rows(segments), truth.values(), strict=True):
        expected = {name: value.split(",")[-1] for name, value in fields.items()}
        assert row["source_port"] == int(expected["tcp.srcport"])
        assert row["target_port"] == int(expected["tcp.dstport"])
        assert row["seq"] == int(expected["tcp.seq_raw"])
        assert row["ack"] == int(expected["tcp.ack_raw"] or 0)
        assert row["flags"] == int(expected["tcp.flags"], 16) & 0x1FF
        assert row["window"] == int(expected["tcp.window_size_value"])
        if expected["tcp.len"]:
            assert row["payload_bytes"] == int(expected["tcp.len"])
        if row["version"] == 4:
            assert row["ttl"] == int(expected["ip.ttl"])
            assert row["ip_id"] == int(expected["ip.id"], 16)
            assert row["source_low"] == int.from_bytes(map(int, expected["ip.src"].split(".")))


@needs_corpus
def test_corpus_holds_what_is_tested() -> None:
    """The captures of fragments and of a short snapshot length say what they were made to say."""
    tiny = counted(batch_from(CORPUS / "frag_tiny_8_bytes.pcap"))
    assert tiny.skipped["ip fragment"] == 2
    first = counted(batch_from(CORPUS / "frag_tiny_syn.pcap"))
    assert first.segments.row(0)["headers_cut"]
    assert first.segments.row(0)["payload_bytes"] == 0
    short = counted(batch_from(CORPUS / "fmt_snaplen_40.pcap"))
    assert len(short.segments) == 0
    assert set(short.skipped) == {"headers cut"}
    assert np.any(counted(batch_from(CORPUS / "fmt_snaplen_64.pcap")).segments.headers_cut)
