"""A bet: for each number of a view, which values a generator says it may have.

Knows numbers and times only. Refuses to know what a bet is worth: coders turn it into evidence. Its one idea
is that whether there is a bet, and on how many values, is settled by what came before; only whether it hit
looks at the number itself. A bet may name fewer values than it says, never more: then evidence stays honest.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array

WORD = np.uint64(0xFFFFFFFF)
"Keeps 32 bits of 64; numbers are u8 here, for products of two of them must fit."

MISSES = 8
"A generator that has not hit once in its first 8 bets stops betting."


class Bet(NamedTuple):
    """Three arrays, each of the shape of the numbers: one view, or many of the same length stacked."""

    hit: Array
    "?: the number was among the values named"
    set_size: Array
    "f8: how many values were named; at least 1 where there is a bet"
    valid: Array
    "?: there was a bet"


class Generator(NamedTuple):
    """A number generator that may be behind the numbers of a view."""

    name: str
    weight: float
    "The share of the stake of all experts that it plays with, before these are made to add up to one."
    bet: Callable[[Array, Array], Bet]
    """(numbers, u8, times in ns, i8) → its bets. The last axis is time; any axes before it are hosts."""


def settled(hit: Array, set_size: Array | float, valid: Array) -> Bet:
    """The bet made of these arrays by a generator that stops when its first 8 bets were all lost."""
    hit = hit & valid
    bets = np.cumsum(valid, axis=-1) - valid
    hits: Array = np.cumsum(hit, axis=-1) - hit
    goes_on = valid & ((bets < MISSES) | (hits > 0))
    return Bet(hit & goes_on, np.broadcast_to(np.asarray(set_size, float), hit.shape), goes_on)


def unbet(numbers: Array) -> Bet:
    """No bet on any of these."""
    never = np.zeros(numbers.shape, bool)
    return Bet(never, np.ones(numbers.shape), never)


def before(numbers: Array, back: int = 1) -> Array:
    """The number so many places earlier; where there is none, the first."""
    first = np.repeat(numbers[..., :1], min(back, numbers.shape[-1]), axis=-1)
    return np.concatenate([first, numbers[..., :-back]], axis=-1)


def from_place(numbers: Array, place: int) -> Array:
    """Where a number stands at this place, from 0, or behind it."""
    return np.broadcast_to(np.arange(numbers.shape[-1]) >= place, numbers.shape)


def one_by_one(bet: Callable[[Array], Bet]) -> Callable[[Array, Array], Bet]:
    """A bet on single views, made to take stacked ones."""

    def bet_on_each(numbers: Array, time_ns: Array) -> Bet:
        if not numbers.size:
            return unbet(numbers)
        bets = [bet(row) for row in numbers.reshape(-1, numbers.shape[-1])]
        return Bet(*(np.stack(column).reshape(numbers.shape) for column in zip(*bets, strict=True)))

    return bet_on_each


def byte_swapped(generator: Generator) -> Generator:
    """The same generator in a stack that does not put its numbers into network order; a quarter as likely."""

    def bet(numbers: Array, time_ns: Array) -> Bet:
        return generator.bet(numbers.astype(np.uint32).byteswap().astype(np.uint64), time_ns)

    return Generator(f"{generator.name}, byte-swapped", generator.weight / 4, bet)
