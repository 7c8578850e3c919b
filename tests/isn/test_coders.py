"""The coders spend one unit of probability, no more and no less, whatever came before."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handshake_inspect.isn import bank, bits, counters, increments, repeats
from handshake_inspect.isn.coders import (
    BINS,
    SIZES,
    bins,
    bit_length,
    earlier,
    hit_bits,
    residual_bits,
)
from handshake_inspect.isn.experts import Expert
from handshake_inspect.isn.grid import Grid
from handshake_inspect.isn.series import Series
from handshake_inspect.seq import MODULUS

OFFSETS = st.one_of(st.integers(-100, 100), st.integers(-(1 << 31), (1 << 31) - 1))


def ends_of_bins() -> list[tuple[int, int]]:
    """The least and the greatest distance of each bin."""
    octaves = [(1 << k, (1 << k + 1) - 1) for k in range(31)]
    behind = [(-high, -low) for low, high in octaves]
    behind[-1] = (-(1 << 31), behind[-1][1])
    return [(0, 0), *octaves, *behind]


def test_bins_are_a_partition() -> None:
    """Every distance is in one bin, and the sizes are those of the bins."""
    ends = ends_of_bins()
    for place, (low, high) in enumerate(ends):
        assert bins(np.array([low, high], np.int32)).tolist() == [place, place]
        assert SIZES[place] == high - low + 1
    assert len(ends) == BINS
    assert SIZES.sum() == MODULUS


@settings(deadline=None)
@given(st.lists(st.integers(0, (1 << 52) - 1)))
def test_bit_length(values: list[int]) -> None:
    """The bit length of an array is that of its numbers."""
    assert bit_length(np.array(values, np.int64)).tolist() == [value.bit_length() for value in values]


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=80))
def test_earlier(keys: list[int]) -> None:
    """Earlier equals are counted, in short rows and in long ones."""
    told = earlier(np.array([keys, keys[::-1]]))
    assert told.tolist() == [[row[:i].count(key) for i, key in enumerate(row)] for row in (keys, keys[::-1])]


@settings(deadline=None)
@given(st.lists(st.tuples(OFFSETS, st.booleans()), max_size=50))
def test_residual_coder_sums_to_one(past: list[tuple[int, bool]]) -> None:
    """After any past, the probabilities of all next distances add up to one."""
    offsets = np.array([[*(offset for offset, _ in past), low] for low, _ in ends_of_bins()], np.int32)
    bets = np.array([[*(bet for _, bet in past), True]] * BINS)
    density = np.exp2(residual_bits(offsets, bets)[:, -1])
    assert (density * SIZES).sum() / MODULUS == pytest.approx(1, abs=1e-9)


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(1, 1 << 31)), max_size=50),
    st.integers(1, 1 << 31),
)
def test_hit_coder_sums_to_one(past: list[tuple[bool, bool, int]], size: int) -> None:
    """After any past, the probabilities of the values named and of all others add up to one."""
    hits = np.array([[*(hit for hit, _, _ in past), last] for last in (True, False)])
    bets = np.array([[*(bet for _, bet, _ in past), True]] * 2)
    sizes = np.array([[*(float(size) for _, _, size in past), float(size)]] * 2)
    inside, outside = np.exp2(hit_bits(hits, sizes, bets)[:, -1])
    assert (inside * size + outside * (MODULUS - size)) / MODULUS == pytest.approx(1, abs=1e-9)


def grid_of(rows: list[list[int]]) -> Grid:
    """Rows of ISNs a second apart, with nothing else known."""
    count, n = len(rows), len(rows[0])
    blank = Series.blank(count * n)
    for name, value in (
        ("isn", np.array(rows).ravel()),
        ("time_ns", np.tile(np.arange(n) * 10**9, count)),
        ("view", np.repeat(np.arange(count), n)),
    ):
        getattr(blank, name)[:] = value
    return Grid(blank, np.arange(count) * n, np.full(count, n), n + 1)


PIECEWISE = [
    expert
    for expert in bank.EXPERTS
    if expert.bet
    in (
        increments.increment,
        increments.bounded,
        increments.same_increment,
        increments.earlier_increment,
        increments.extrapolated,
        repeats.same,
        repeats.any_earlier,
        counters.nearest,
    )
]
"Experts whose law is constant between the ISNs, increments and octaves around what they know."


@settings(deadline=None, max_examples=25)
@pytest.mark.parametrize("expert", PIECEWISE, ids=lambda expert: expert.bet.__name__)
@given(past=st.lists(st.integers(0, MODULUS - 1), min_size=1, max_size=20))
def test_experts_sum_to_one(expert: Expert, past: list[int]) -> None:
    """After any past, an expert's probabilities of all 2**32 next ISNs add up to one, in each of its ways."""
    steps = [b - a for a, b in pairwise(past)]
    marks = {*past, *(past[-1] + step for step in steps)}
    around = [0, *(sign << k for k in range(32) for sign in (1, -1))]
    starts = sorted(
        {(mark + away + one) % MODULUS for mark in marks for away in around for one in (0, 1)} | {0}
    )
    lengths = np.diff(starts, append=MODULUS)
    grid = grid_of([[*past, start] for start in starts])
    density = np.exp2(expert.bet(grid).bits[:, :, len(past)])
    assert (density * lengths).sum(axis=1) / MODULUS == pytest.approx(1, abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.integers(0, MODULUS - 1), min_size=1, max_size=20))
def test_bits_sum_to_one(past: list[int]) -> None:
    """The experts on bits that stay spend one unit over all numbers of bits that did."""
    lowest = [past[-1] ^ 1 << k for k in range(32)]
    for expert, sizes in (
        (bits.low, [1 << 31 - k for k in range(32)]),
        (bits.high, [1 << k for k in range(32)]),
    ):
        density = np.exp2(
            expert(grid_of([[*past, isn] for isn in [past[-1], *lowest]])).bits[:, :, len(past)]
        )
        total = (density * np.array([1.0, *sizes])).sum(axis=1) / MODULUS
        assert total == pytest.approx(1, abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.integers(0, MODULUS - 1), min_size=2, max_size=12))
def test_stuck_bits_sum_to_one(isns: list[int]) -> None:
    """The law of stuck bits is a product over bits, so one ISN and its 32 neighbours tell the sum."""
    *past, isn = isns
    rows = [[*past, isn ^ turned] for turned in (0, *(1 << bit for bit in range(32)))]
    density = np.exp2(bits.stuck(grid_of(rows)).bits[0, :, len(past)])
    assert density[0] * np.prod(1 + density[1:] / density[0]) / MODULUS == pytest.approx(1, abs=1e-6)


@settings(deadline=None)
@given(st.lists(st.integers(0, 1 << 10), min_size=3, max_size=12, unique=True), st.integers(2, 1 << 20))
def test_lattice_spends_at_most_one(multiples: list[int], unit: int) -> None:
    """The probabilities of all multiples of the step, and of all that are none, add up to one at most."""
    past = [multiple * unit for multiple in multiples]
    step = int(np.gcd.reduce(np.diff(past)))
    most = ((1 << 31) - 1) // step
    octaves = [(1 << k, min((1 << k + 1) - 1, most)) for k in range(most.bit_length())]
    counts = [1, *(high - low + 1 for low, high in octaves for _ in range(2))]
    steps = [1, 0, *(sign * low * step for low, _ in octaves for sign in (1, -1))]
    bet = increments.steps(grid_of([[*past, (past[-1] + moved) % MODULUS] for moved in steps]))
    off, *on = np.exp2(bet.bits[0, :, len(past)])
    spent = off * (MODULUS - sum(counts)) + np.dot(counts, on)
    assert 0 < spent / MODULUS <= 1 + 1e-9
