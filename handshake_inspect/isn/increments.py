"""Experts for generators that add something to the last ISN."""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.coders import before, bit_length, earlier
from handshake_inspect.isn.experts import Bet, Expert, exactly, one_of, point
from handshake_inspect.isn.grid import Grid, previous
from handshake_inspect.isn.model import Model

BOUNDS = np.arange(4.0, 31)[:, None, None]
"Bits of a bound on the increment. Nothing has to be learned, so these win where there are few ISNs."
BOUND_SHARE = 31 / 32
"Of the mass lies below the bound, the rest is uniform: an outlier costs 5 bits."
ON_LATTICE = 15 / 16
"Of the mass lies on multiples of the step, the rest is uniform."
MULTIPLES = 64
"Bins of the multiple: 0, 31 octaves ahead, 31 behind, and one spare."


def increment(grid: Grid) -> Bet:
    """The last ISN, and a law of increments that is learned."""
    return point(grid.isn, grid.last, grid.from_place(1))


def bounded(grid: Grid) -> Bet:
    """The last ISN, and an increment of up to k bits."""
    length, bets = bit_length(grid.increment), grid.from_place(1)
    below = np.log2(BOUND_SHARE * np.exp2(32.0 - BOUNDS) + 1 - BOUND_SHARE)
    bits = np.where(bets, np.where(length <= BOUNDS, below, np.log2(1 - BOUND_SHARE)), 0)
    return Bet(bits, np.broadcast_to(grid.increment.view(np.int32), bits.shape), parameter=BOUNDS)


def same_increment(grid: Grid) -> Bet:
    """The last increment again."""
    step = previous(grid.increment)
    return exactly(grid.isn, grid.last + step, grid.from_place(2), step.view(np.int32).astype(np.float64))


def earlier_increment(grid: Grid) -> Bet:
    """Any increment that was there before."""
    steps = grid.increment.astype(np.int64)
    steps[:, 0] = -1
    times = earlier(steps)
    kinds = before((times == 0) & grid.from_place(1))
    return one_of(times > 0, np.maximum(kinds, 1).astype(np.float64), grid.from_place(2))


def extrapolated(grid: Grid) -> Bet:
    """The last ISN, the last increment, and a law of what else is added (lwIP)."""
    return point(grid.isn, grid.last + previous(grid.increment), grid.from_place(2))


def lattice(grid: Grid, isn: Array) -> Bet:
    """The last of these ISNs and a multiple of the greatest common divisor of the increments before."""
    moved = (isn - previous(isn)).view(np.int32).astype(np.int64)
    step = previous(np.gcd.accumulate(np.abs(moved), axis=1))
    # The first entry moved by 0, so the step before it is 0, too.
    bets = step > 1
    multiple, rest = np.divmod(moved, np.where(bets, step, 1))
    length = bit_length(np.abs(multiple))
    octave = np.where(multiple < 0, 31 + length, length)
    # What was learned of the multiples of one step says nothing about those of another.
    epoch = np.cumsum(step != previous(step), axis=1)
    first = np.maximum.accumulate(np.where(step != previous(step), grid.place, 0), axis=1)
    # While a step lasts, all but its last increment are on the lattice, and all are counted.
    times = earlier((epoch * MULTIPLES + octave).astype(np.int32))
    mass = (times + 1 / MULTIPLES) / (grid.place - first + 1) / np.exp2(np.maximum(length - 1, 0))
    density = np.where(rest == 0, ON_LATTICE * mass * 2.0**32, 0) + 1 - ON_LATTICE
    bits = np.log2(np.where(bets, density, 1))
    tries = np.where(rest == 0, np.abs(multiple) + 1.0, 2.0**31)
    return Bet(bits[None], None, tries, step.astype(np.float64))


def steps(grid: Grid) -> Bet:
    """Multiples of a step."""
    return lattice(grid, grid.isn)


def swapped_steps(grid: Grid) -> Bet:
    """Multiples of a step, in the other byte order."""
    return lattice(grid, grid.swapped)


def swapped_increment(grid: Grid) -> Bet:
    """Increments in the other byte order."""
    return point(grid.swapped, previous(grid.swapped), grid.from_place(1))


def word_swapped_increment(grid: Grid) -> Bet:
    """Increments of a number whose halves were exchanged."""
    turned = grid.isn << np.uint32(16) | grid.isn >> np.uint32(16)
    return point(turned, previous(turned), grid.from_place(1))


EXPERTS = (
    Expert(Model.CONSTANT_INCREMENT, 1 / 16, same_increment, foretells=True),
    Expert(Model.LATTICE_INCREMENT, 1 / 16, steps),
    # A bound says more than a law, so it is named first.
    Expert(Model.RANDOM_INCREMENT, 1 / 16, bounded, foretells=True),
    Expert(Model.RANDOM_INCREMENT, 1 / 8, increment, foretells=True),
    Expert(Model.FEW_INCREMENTS, 1 / 32, earlier_increment),
    Expert(Model.LINEAR, 1 / 16, extrapolated, foretells=True),
    Expert(Model.SWAPPED_LATTICE, 1 / 64, swapped_steps),
    Expert(Model.SWAPPED_INCREMENT, 1 / 64, swapped_increment),
    Expert(Model.WORD_SWAPPED_INCREMENT, 1 / 128, word_swapped_increment),
)
