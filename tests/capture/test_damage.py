"""Damaged files, and files cut into batches in any way: never an exception, never a row that is not there."""

from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handshake_inspect.errors import CaptureError
from tests.capture.builders import (
    Packet,
    block,
    interface,
    option,
    packet,
    pcap_header,
    read,
    record,
    section,
)

PCAP = pcap_header() + b"".join(record(bytes(range(n)), n, n) for n in (60, 0, 7, 66, 1))
PCAPNG = (
    section()
    + interface(1, 64, option(2, b"lan") + option(9, b"\x09"))
    + packet(b"first", 1)
    + Packet(b"second!", 2, 0, 90, option(4, pack("<Q", 2))).block()
    + block(0xBAD, b"unknown")
    + block(3, pack("<I", 3) + b"abc")
    + interface(101)
    + packet(b"", 3, 1)
    + block(5, pack("<III", 1, 0, 0) + option(5, pack("<Q", 4)))
    + section(">")
    + interface(113, order=">")
    + packet(b"last one", 4, order=">")
    + block(2, pack(">HHIIII", 0, 1, 0, 5, 2, 2) + b"ok", ">")
)
SAMPLES = {"pcap": PCAP, "pcapng": PCAPNG}


def whole_boundaries(name):
    """Where a sample can be cut without cutting a record."""
    if name == "pcap":
        return {24} | {row["record_byte"] + row["record_bytes"] for row in read(PCAP)[1]}
    ends, at, order = set(), 0, "little"
    while at < len(PCAPNG):
        if PCAPNG[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "little" if PCAPNG[at + 8] == 0x4D else "big"
        at += int.from_bytes(PCAPNG[at + 4 : at + 8], order)
        ends.add(at)
    return ends


@pytest.mark.parametrize("name", SAMPLES)
def test_every_cut(name):
    """A file cut anywhere gives the rows that are whole, and says so unless it is cut between two records."""
    content = SAMPLES[name]
    _, rows, kept = read(content)
    boundaries = whole_boundaries(name)
    header = 24 if name == "pcap" else 28
    for length in range(len(content)):
        if length < header:
            with pytest.raises(CaptureError):
                read(content[:length])
            continue
        capture, some, parts = read(content[:length])
        expected = [row for row in rows if row["record_byte"] + row["record_bytes"] <= length]
        assert (some, parts) == (expected, kept[: len(expected)])
        if length in boundaries:
            assert capture.stopped is None
        else:
            assert capture.stopped.byte == max(end for end in {0} | boundaries if end <= length)
            assert "is longer than the file" in capture.stopped.reason


def outcome(content, batch_bytes):
    """All that a capture says; its error when it is none."""
    try:
        capture, rows, kept = read(content, batch_bytes)
    except CaptureError as error:
        return str(error)
    return rows, kept, capture.stopped, capture.interfaces


@settings(deadline=None, max_examples=400)
@given(
    st.sampled_from(sorted(SAMPLES)),
    st.lists(st.tuples(st.integers(0, 1 << 16), st.integers(0, 7)), max_size=6),
    st.integers(1, 300),
)
def test_flipped_bits_and_any_batches(name, flips, batch_bytes):
    """With any bits flipped, the rows lie in the file, and no batch size changes anything but `start`."""
    content = bytearray(SAMPLES[name])
    for place, bit in flips:
        content[place % len(content)] ^= 1 << bit
    said = outcome(bytes(content), 1 << 20)
    assert said == outcome(bytes(content), batch_bytes)
    assert said == outcome(bytes(content), 1)
    if isinstance(said, str):
        return
    end = 0
    for number, (row, part) in enumerate(zip(*said[:2], strict=True), 1):
        assert row["number"] == number
        assert end <= row["record_byte"]
        end = row["record_byte"] + row["record_bytes"]
        assert end <= len(content)
        assert part in bytes(content[row["record_byte"] : end])
        assert row["interface"] < len(said[3])


@settings(deadline=None, max_examples=200)
@given(st.sampled_from([PCAP[:24], PCAPNG[:100], PCAPNG[:28]]), st.binary(max_size=300), st.integers(1, 400))
def test_anything_behind_a_header(header, tail, batch_bytes):
    """Whatever stands behind a valid file header, nothing is raised, and what is not read is said."""
    capture, rows, _ = read(header + tail, batch_bytes)
    assert outcome(header + tail, 1 << 20)[0] == rows
    if tail and not rows and header == PCAP[:24]:
        assert capture.stopped.byte == 24


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(sorted(SAMPLES)), st.integers(1, 2000), st.lists(st.integers(0, 200), max_size=40))
def test_any_batches_of_longer_files(name, batch_bytes, sizes):
    """A file of many frames has the same rows in batches of any size."""
    if name == "pcap":
        content = PCAP + b"".join(record(bytes(size), size) for size in sizes)
    else:
        content = PCAPNG + b"".join(packet(bytes(size), size, order=">") for size in sizes)
    assert outcome(content, batch_bytes) == outcome(content, 1 << 24)
