"""Known generators are found where the numbers are theirs, and bet only on what came before."""

from collections.abc import Callable
from itertools import islice
from math import log2
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from handshake_inspect.columns import Array
from handshake_inspect.isn.generators.bet import MISSES, Bet, Generator
from handshake_inspect.isn.generators.known import KNOWN, PLAIN
from tests.isn import prng, stacks
from tests.isn.oracle import cases, samples_of

BY_NAME = {generator.name: generator for generator in KNOWN}
STEP_NS = 1_000_000_000


def numbers_of(stream: Callable[[int], prng.Stream], seed: int, n: int) -> Array:
    """The first n numbers of a generator."""
    return np.array([*islice(stream(seed), n)], np.uint64)


def picotcp(seed: int) -> prng.Stream:
    """A host of picoTCP whose connections are a second apart, for as long as a test needs."""
    seconds = np.arange(1024) + 0.25
    yield from stacks.picotcp(np.random.default_rng(seed), seconds).tolist()


def restarted(seed: int) -> prng.Stream:
    """Twenty good numbers, over and over."""
    yield from np.resize(np.random.default_rng(seed).integers(0, 1 << 32, 20), 1024).tolist()


FOUND = (
    ("LCG mod 2^32 (1664525, 1013904223)", prng.lcg(1664525, 1013904223), 4),
    ("LCG mod 2^32 (69069, 1)", prng.skipping(prng.lcg(69069, 1), 16), 4),
    ("LCG mod 2^31 (1103515245, 12345)", prng.lcg(1103515245, 12345, 1 << 31), 4),
    ("LCG mod 2^31-1 (16807)", prng.skipping(prng.lcg(16807, 0, (1 << 31) - 1), 5), 4),
    ("xorshift32 (13, 17, 5)", prng.xorshift32(13, 17, 5), 4),
    ("LFSR (0xa3000000)", prng.skipping(prng.galois(0xA3000000), 7), 4),
    ("xorshift128", prng.xorshift128, 7),
    ("LCG mod 2^32, constants unknown", prng.lcg(48828125, 77), 7),
    ("LCG mod 2^32, constants unknown, byte-swapped", prng.swapped(prng.lcg(48828125, 77)), 7),
    ("LCG (1664525, 1013904223) xor 1 kHz clock, within 8 ms", picotcp, 4),
    ("LCG (1664525, 1013904223) xor 1 kHz clock, within 1024 ms", picotcp, 5),
    ("Microsoft's rand() in pairs, shifted by 16", prng.rand15(214013, 2531011), 4),
    ("ISO C's rand() in pairs, shifted by 16", prng.rand15(1103515245, 12345), 4),
    ("48-bit LCG (java.util.Random, mrand48())", prng.skipping(prng.rand48, 3), 4),
    ("glibc random()", prng.glibc_random, 34),
    ("linear over GF(2)", prng.taus88, 192),
    ("linear over GF(2)", prng.additive_feedback, 126),
    ("MT19937", prng.mt19937, 626),
    ("replay of an earlier run", restarted, 24),
)
"(generator, numbers of it, by how many of them it must have been found)"

OWN = {name: stream for name, stream, _ in FOUND}


def evidence_bits(generator: Generator, bet: Bet) -> float:
    """What the bets of one view are worth, when the share put on the set is learned (Krichevsky-Trofimov)."""
    bits, bets, hits = log2(generator.weight / 2), 0, 0
    for hit, size in zip(bet.hit[bet.valid], bet.set_size[bet.valid], strict=True):
        share = (hits + 0.5) / (bets + 1)
        bits += log2(share * 2**32 / size if hit else (1 - share) / (1 - size / 2**32))
        bets, hits = bets + 1, hits + bool(hit)
    return bits


def times(n: int) -> Array:
    """Connections a second apart."""
    return np.arange(n) * STEP_NS


@pytest.mark.parametrize(("name", "stream", "n"), FOUND, ids=[f"{name} by {n}" for name, _, n in FOUND])
def test_found(name: str, stream: Callable[[int], prng.Stream], n: int) -> None:
    """A host that uses the generator is worth an alarm by this number of connections, whatever its seed."""
    generator = BY_NAME[name]
    for seed in range(1, 2_000_000_000, 97_531_357):
        numbers = numbers_of(stream, seed, n)
        assert evidence_bits(generator, generator.bet(numbers, times(n))) >= 24


IN_CASES = {
    "lcg_unknown": "LCG mod 2^32, constants unknown",
    "picotcp": "LCG (1664525, 1013904223) xor 1 kHz clock, within 8 ms",
    "msvc_rand_pair": "Microsoft's rand() in pairs, shifted by 16",
    "static_seed_reboot": "replay of an earlier run",
}
CASES = [case for case in cases() if case["generator"] in IN_CASES]


@pytest.mark.skipif(not CASES, reason="the cases are not here")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["generator"])
def test_found_in_cases(case: dict[str, Any]) -> None:
    """The cases made by one of these generators, by somebody else, are found by it."""
    samples = samples_of(case)
    generator = BY_NAME[IN_CASES[case["generator"]]]
    assert evidence_bits(generator, generator.bet(samples.isn.astype(np.uint64), samples.time_ns)) >= 24


def test_names() -> None:
    """No two generators share a name, for a name is how a finding speaks of one."""
    assert len(BY_NAME) == len(KNOWN)


def test_weights() -> None:
    """Together they risk what was set aside for them, and a quarter more where bytes are swapped."""
    plain = 1 / 16 + 1 / 64 + 6 / 512
    assert sum(generator.weight for generator in PLAIN) == pytest.approx(plain)
    assert sum(generator.weight for generator in KNOWN) == pytest.approx(plain * 5 / 4 + 6 / 64)


def same(one: Bet, other: Bet, known: int) -> None:
    """Assert that two views whose first numbers are equal, `known` of them, were bet on alike."""
    assert (one.hit[:known] == other.hit[:known]).all()
    assert (one.valid[: known + 1] == other.valid[: known + 1]).all()
    staked = one.valid[: known + 1]
    assert (one.set_size[: known + 1][staked] == other.set_size[: known + 1][staked]).all()


@pytest.mark.parametrize("generator", KNOWN, ids=lambda generator: generator.name)
def test_the_future_changes_nothing(generator: Generator) -> None:
    """What is bet on a number, and what was bet before, is settled by the numbers before it."""
    random = np.random.default_rng(7)
    stream = OWN.get(generator.name, prng.lcg(1664525, 1013904223))
    n = 660 if generator.name == "MT19937" else 200
    own = numbers_of(stream, 12345, n)
    for numbers in (own, random.integers(0, 1 << 32, n).astype(np.uint64), np.resize(own[:40], n)):
        bet = generator.bet(numbers, times(n))
        for known in (0, 1, 2, 3, 9, 33, 64, 130, n - 25, n - 1):
            other = numbers.copy()
            other[known:] = random.permutation(other[known:])
            other[known] ^= np.uint64(random.integers(1, 1 << 32))
            same(bet, generator.bet(other, times(n)), known)


@pytest.mark.parametrize("generator", KNOWN, ids=lambda generator: generator.name)
def test_names_no_more_than_it_says(generator: Generator) -> None:
    """Of all the numbers near what would hit, at most as many hit as the bet says it names."""
    stream = OWN.get(generator.name, prng.lcg(1664525, 1013904223))
    n = next((n for name, _, n in FOUND if name == generator.name), 5)
    numbers = numbers_of(stream, 12345, n)
    bet = generator.bet(numbers, times(n))
    near = {int(numbers[-1]) + step for step in range(-40, 41)}
    near |= {int(numbers[-1]) ^ (1 << one | 1 << two) for one in range(32) for two in range(one)}
    near |= {int(numbers[-1]) ^ 1 << one for one in range(32)}
    tried = np.array(sorted({number % (1 << 32) for number in near}), np.uint64)
    stacked = np.repeat(numbers[None, :], len(tried), axis=0)
    stacked[:, -1] = tried
    hits = generator.bet(stacked, np.repeat(times(n)[None, :], len(tried), axis=0)).hit[:, -1].sum()
    assert hits <= bet.set_size[-1]


@pytest.mark.parametrize("generator", KNOWN, ids=lambda generator: generator.name)
def test_stacked_views(generator: Generator) -> None:
    """Many views at once are each bet on as if they were alone."""
    random = np.random.default_rng(3)
    stream = OWN.get(generator.name, prng.lcg(1664525, 1013904223))
    n = 640 if generator.name == "MT19937" else 70
    views = random.integers(0, 1 << 32, (6, n)).astype(np.uint64)
    views[2] = numbers_of(stream, 99, n)
    views[4, 20:] = numbers_of(stream, 98, n - 20)
    stacked = generator.bet(views, np.repeat(times(n)[None, :], 6, axis=0))
    for row, view in enumerate(views):
        alone = generator.bet(view, times(n))
        assert (stacked.hit[row] == alone.hit).all()
        assert (stacked.valid[row] == alone.valid).all()
        assert (stacked.set_size[row][alone.valid] == alone.set_size[alone.valid]).all()


@pytest.mark.parametrize("generator", KNOWN, ids=lambda generator: generator.name)
def test_gives_up(generator: Generator) -> None:
    """On numbers that are not its own a generator loses a few bets and then is silent."""
    numbers = np.random.default_rng(11).integers(0, 1 << 32, 1024).astype(np.uint64)
    bet = generator.bet(numbers, times(1024))
    assert not bet.hit.any()
    assert bet.valid.sum() <= MISSES


odd_numbers = st.one_of(
    st.integers(0, (1 << 32) - 1), st.sampled_from([0, 1, (1 << 31) - 1, 1 << 31, (1 << 32) - 1])
)


@given(st.integers(0, 45).flatmap(lambda n: arrays(np.uint64, n, elements=odd_numbers)))
def test_anything_can_be_bet_on(numbers: Array) -> None:
    """Views of any length and content are answered in their own shape, and a hit is always of a bet."""
    for generator in KNOWN:
        hit, set_size, valid = generator.bet(numbers, times(len(numbers)))
        assert hit.shape == set_size.shape == valid.shape == numbers.shape
        assert not (hit & ~valid).any()
        assert (set_size[valid] >= 1).all()
        assert not valid[:1].any()


@given(st.integers(0, (1 << 32) - 1), st.lists(st.integers(1, 16), min_size=12, max_size=40))
def test_hidden_steps(seed: int, steps: list[int]) -> None:
    """A map is recognised through up to fifteen numbers that went elsewhere, differently many each time."""
    stream = prng.lcg(214013, 2531011)(seed)
    shown = [next(islice(stream, step - 1, None)) for step in steps]
    bet = BY_NAME["LCG mod 2^32 (214013, 2531011)"].bet(np.array(shown, np.uint64), times(len(shown)))
    assert bet.hit[1:].all()
    assert bet.valid.tolist() == [False] + [True] * (len(shown) - 1)
