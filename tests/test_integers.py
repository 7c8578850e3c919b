"""Integers are put in order, grouped and found as comparing them one by one would."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect.columns import Array
from handshake_inspect.integers import (
    FEW,
    among,
    distinct,
    frequent,
    how_many,
    leaders,
    order,
    places,
    repeated,
)

WIDE = st.integers(-(2**63), 2**63 - 1)
SPANS = [0, 1, 1 << 8, 1 << 16, 1 << 20, 1 << 32, 1 << 40, 1 << 48, 1 << 56, 1 << 63]


def numbers(*, least: int, span: int, count: int) -> Array:
    """Numbers of which each stands there about twice."""
    random = np.random.default_rng(1)
    some = random.integers(least, least + span, count // 2 + 1, np.int64, endpoint=span < 1 << 63)
    return some[random.integers(0, len(some), count)]


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("count", [0, 1, 2, FEW - 1, FEW, 5000])
@pytest.mark.parametrize("least", [0, -(1 << 62), 70_000])
def test_order(span: int, count: int, least: int) -> None:
    """It is the order of a stable sort, however far apart they lie and wherever they begin."""
    some = numbers(least=least, span=min(span, (1 << 63) - 1 - max(least, 0)), count=count)
    assert order(some).tolist() == sorted(range(count), key=some.tolist().__getitem__)


@pytest.mark.parametrize("dtype", ["i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"])
def test_order_of_narrow_ones(dtype: str) -> None:
    """Every width is put in order, its extremes among them."""
    extremes = np.array([np.iinfo(dtype).min, np.iinfo(dtype).max], dtype)
    some = np.concatenate([extremes[1:], numbers(least=0, span=127, count=1000).astype(dtype), extremes])
    assert order(some).tolist() == sorted(range(len(some)), key=some.tolist().__getitem__)


@pytest.mark.parametrize("span", SPANS)
@pytest.mark.parametrize("count", [0, 1, 2, 5000])
@pytest.mark.parametrize("side_by_side", [1, 5])
def test_leaders(span: int, count: int, side_by_side: int) -> None:
    """Each is led by the first of its equals, wherever those stand."""
    some = numbers(least=0, span=min(span, (1 << 63) - 1), count=count).repeat(side_by_side)
    firsts: dict[int, int] = {}
    assert leaders(some).tolist() == [firsts.setdefault(n, at) for at, n in enumerate(some.tolist())]
    assert how_many(some) == len(firsts)
    assert distinct(some).tolist() == sorted(firsts)
    times = Counter(some.tolist())
    assert repeated(some).tolist() == [at for at, n in enumerate(some.tolist()) if times[n] > 1]


def test_leaders_of_what_shares_a_slot() -> None:
    """Numbers that all hash to one slot are told apart."""
    inverse = pow(0x9E3779B97F4A7C15, -1, 1 << 64)
    shared = np.array([low * inverse % (1 << 64) for low in range(300)] * 2, np.uint64)
    assert leaders(shared).tolist() == [*range(300), *range(300)]


@pytest.mark.parametrize("least", [1, 2, 3, 10, 100])
@pytest.mark.parametrize("count", [0, 1, 50, FEW, 20_000])
def test_frequent(least: int, count: int) -> None:
    """What stands there often enough is found, and nothing else."""
    random = np.random.default_rng(least)
    some = np.concatenate([random.integers(0, 1 << 40, count), random.integers(0, 50, count // 2)])
    often = sorted(n for n, times in Counter(some.tolist()).items() if times >= least)
    assert frequent(some, least).tolist() == often


@given(
    rising=st.sets(WIDE, max_size=40).map(sorted),
    others=st.lists(WIDE, max_size=40),
    often=st.sampled_from([1, 100]),
)
def test_places(rising: list[int], others: list[int], often: int) -> None:
    """Each number is found where it stands, and nowhere if it does not, however many are asked for."""
    asked = [*rising, *others] * often
    at = places(np.array(asked, np.int64), np.array(rising, np.int64))
    assert at.tolist() == [rising.index(number) if number in rising else -1 for number in asked]
    assert among(np.array(asked, np.int64), np.array(rising, np.int64)).tolist() == (at >= 0).tolist()


@pytest.mark.parametrize("count", [1, FEW, FEW + 1])
@pytest.mark.parametrize("step", [1, 1 << 16, 0x9E3779B97F4A7C15 >> 20])
def test_places_of_many(count: int, step: int) -> None:
    """Evenly spaced numbers, as addresses are, are found in any order, and their neighbours are not."""
    rising = np.arange(count) * step
    asked = np.random.default_rng(1).permutation(np.repeat(rising, 100))
    assert (rising[places(asked, rising)] == asked).all()
    if step > 1:
        assert (places(asked + 1, rising) == -1).all()
