"""The fast walk gives exactly what a plain walk gives, whatever the bytes are."""

from struct import pack, unpack_from

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handshake_inspect.capture import walk as module
from handshake_inspect.capture.walk import Chain, walk

PCAP = {
    "<": Chain("<", 16, 8, 16, 0, 262_144, 1, (2, 3, 10, 11, 14, 15)),
    ">": Chain(">", 16, 8, 16, 0, 262_144, 1, (0, 1, 8, 9, 12, 13)),
}
PCAPNG = {
    "<": Chain("<", 12, 4, 0, 12, 1 << 27, 4, (0, 1, 2, 3, 6, 7)),
    ">": Chain(">", 12, 4, 0, 12, 1 << 27, 4, (0, 1, 2, 3, 4, 5)),
}


def plainly(data, chain):
    """The walk as anyone would write it."""
    found, position = [], 0
    while position + chain.header_bytes <= len(data):
        (length,) = unpack_from(f"{chain.order}I", data, position + chain.length_at)
        following = position + chain.overhead + length
        if not chain.least <= length <= chain.most or length % chain.unit or following > len(data):
            break
        found.append(position)
        position = following
    return found, position


def pcap_record(size, order, payload):
    """A record of a classic pcap."""
    return pack(f"{order}IIII", 1_700_000_000, 5, size, size) + payload


def pcapng_block(size, order, payload):
    """A block like that of a packet."""
    total = 12 + size + -size % 4
    return pack(f"{order}II", 6, total) + payload + bytes(-size % 4) + pack(f"{order}I", total)


def make(maker, order, sizes, payloads):
    """A chain of records of these sizes; payloads are zeros, noise, or records that are not in the chain."""
    noise = np.random.default_rng(7).integers(0, 256, 4096, np.uint8).tobytes()
    parts = []
    for number, size in enumerate(sizes):
        fake = maker(20, order, bytes(20)) * 100
        kinds = {"zeros": bytes(4096), "noise": noise, "fakes": fake, "shifted": b"\0" * (number % 16) + fake}
        parts.append(maker(size, order, (kinds[payloads] * 2)[:size].ljust(size, b"\1")))
    return b"".join(parts)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("chains", "maker"), [(PCAP, pcap_record), (PCAPNG, pcapng_block)])
@pytest.mark.parametrize("payloads", ["zeros", "noise", "fakes", "shifted"])
@pytest.mark.parametrize("sizes", ["small", "equal", "mixed", "growing"])
def test_many_cursors_walk_as_one(chains, maker, order, payloads, sizes):
    """Long chains of many shapes, with payloads that look like records, are walked as by a plain walk."""
    count = 12_000
    random = np.random.default_rng(3)
    wanted = {
        "small": random.integers(0, 60, count),
        "equal": np.full(count, 60),
        "mixed": np.where(random.random(count) < 0.3, 1500, 52),
        "growing": np.arange(count) // 40,
    }[sizes]
    data = make(maker, order, wanted.tolist(), payloads)
    found, end = walk(np.frombuffer(data, np.uint8), chains[order])
    expected, expected_end = plainly(data, chains[order])
    assert len(expected) == count
    assert (found.tolist(), end) == (expected, expected_end)


def test_the_cursors_are_used():
    """On a plain chain nearly all cursors find a start, so the fast walk is not the slow one in disguise."""
    data = np.frombuffer(make(pcap_record, "<", [60] * 20_000, "noise"), np.uint8)
    head = np.arange(module.SAMPLE) * 76
    guesses = module._guess(data, PCAP["<"], head, module.SAMPLE * 76)
    assert len(guesses) > 0.95 * (20_000 - module.SAMPLE) / module.STRETCH
    assert (guesses % 76 == 0).all()


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from([(PCAP, pcap_record), (PCAPNG, pcapng_block)]),
    st.sampled_from("<>"),
    st.sampled_from(["zeros", "noise", "fakes", "shifted"]),
    st.integers(0, 90),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=8),
    st.floats(0, 1),
    st.integers(0, 2**32 - 1),
)
def test_damage_changes_nothing(kind, order, payloads, size, damage, keep, seed):
    """Of a chain with overwritten bytes and a cut end, the fast walk finds what the plain walk finds."""
    chains, maker = kind
    sizes = np.random.default_rng(seed).integers(0, size + 1, 8000).tolist()
    data = bytearray(make(maker, order, sizes, payloads))
    for where, byte in damage:
        data[int(where * (len(data) - 1))] = byte
    del data[int((1 - keep**4) * len(data)) :]
    found, end = walk(np.frombuffer(bytes(data), np.uint8), chains[order])
    assert (found.tolist(), end) == plainly(data, chains[order])


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(1, 3999), min_size=40, max_size=400, unique=True), st.booleans())
def test_wrong_guesses_are_harmless(starts, true_ones):
    """Whatever the guesses are, true starts or not, the proof keeps the records of the true chain."""
    data = np.frombuffer(make(pcap_record, "<", [n % 50 for n in range(4000)], "shifted"), np.uint8)
    expected, expected_end = plainly(data.tobytes(), PCAP["<"])
    guesses = [expected[start] if true_ones or start % 3 else start * 40 for start in starts]
    found, end = module._together(data, PCAP["<"], np.unique([0, *guesses]))
    assert (found.tolist(), end) == (expected, expected_end)
