"""What a bet is worth to somebody who forges connections: how many guesses it leaves for an ISN.

It knows bets, not which one is believed. An ISN is looked for from the middle of where the others lay, in
which it has no part itself.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.experts import HALF_OF_ALL, Bet, Expert
from handshake_inspect.isn.grid import Grid
from handshake_inspect.seq import MODULUS

FORETOLD_BITS = 4.0
"An ISN counts as foretold where the bet was 16 times better than chance."
FEWEST_FORETOLD = 3
LEAST_SHARE = 0.02
"With fewer foretold, the weakness is of all ISNs a little, as of a stuck bit."
WARM_UP = 8
"The first eighth of more than sixteen ISNs does not count against the share: an expert learns in it."
LONG = 16


class Guesswork(NamedTuple):
    """One number for each view, as in `Examined`."""

    share: Array
    guesses_p50: Array
    guesses_p90: Array
    cost: Array
    effective_bits: Array
    parameter: Array
    next_low: Array
    next_high: Array


def unknown(views: int) -> Guesswork:
    """Where there is no model: nan, and -1 for the next ISN."""
    whole = ("next_low", "next_high")
    return Guesswork(**{name: np.full(views, -1 if name in whole else np.nan) for name in Guesswork._fields})


def guesswork(grid: Grid, expert: Expert, bet: Bet) -> Guesswork:
    """What the bet leaves to be guessed."""
    rows = np.arange(len(grid))
    # Who needs to see much first will know it from then on. So the first bet that won or lost is the start.
    start = (grid.real & (bet.bits != 0)).argmax(axis=1)
    live = grid.real & (grid.place >= start[:, None])
    asked = grid.samples - start
    foretold = live & (bet.bits > FORETOLD_BITS)
    count = foretold.sum(axis=1)
    least = np.where(grid.samples > FEWEST_FORETOLD + 1, FEWEST_FORETOLD, 1)
    diffuse = count < np.maximum(least, LEAST_SHARE * asked)
    chosen = np.where(diffuse[:, None], live, foretold)
    learned = asked - np.where(asked > LONG, asked // WARM_UP, 0)
    share = np.where(diffuse, 1.0, np.minimum(1.0, count / learned))
    size = chosen.sum(axis=1)
    tries = np.sort(np.where(chosen, _tries(bet, chosen), np.inf), axis=1)
    half, most = (tries[rows, np.ceil(part * size).astype(np.int64) - 1] for part in (0.5, 0.9))
    late = live & (grid.place >= (start + asked // 2)[:, None])
    won = np.where(late, bet.bits, 0).sum(axis=1) / late.sum(axis=1)
    newest = grid.width - 1 - chosen[:, ::-1].argmax(axis=1)
    low, high = _next(grid, bet, chosen) if expert.foretells else (np.full(len(grid), -1),) * 2
    return Guesswork(
        share,
        half,
        most,
        half / share,
        np.clip(32 - won, 0, 32),
        np.broadcast_to(bet.parameter, bet.bits.shape)[rows, newest],
        low,
        high,
    )


def _tries(bet: Bet, chosen: Array) -> Array:
    if bet.offsets is None:
        return np.broadcast_to(bet.tries, chosen.shape)
    away = np.abs(bet.offsets - _middle_of_others(bet.offsets, chosen))
    return np.where(
        chosen.sum(axis=1, keepdims=True) < 2, HALF_OF_ALL, np.minimum((2 * away + 1) * bet.tries, MODULUS)
    )


def _middle_of_others(offsets: Array, chosen: Array) -> Array:
    """For each chosen offset the median of the other chosen ones of its row."""
    order = np.argsort(np.where(chosen, offsets.astype(np.int64), MODULUS), axis=1, kind="stable")
    ranked = np.take_along_axis(offsets, order, 1)
    rank = np.empty_like(order)
    np.put_along_axis(rank, order, np.broadcast_to(np.arange(offsets.shape[1]), order.shape), 1)
    others = np.maximum(chosen.sum(axis=1, keepdims=True) - 1, 1)
    low, high = (
        np.take_along_axis(ranked, middle + (middle >= rank), 1).astype(np.float64)
        for middle in ((others - 1) // 2, others // 2)
    )
    middle: Array = (low + high) / 2
    return middle


def _next(grid: Grid, bet: Bet, chosen: Array) -> tuple[Array, Array]:
    """Where nine of ten of the chosen would lie, seen from the point that is named after the last ISN."""
    assert bet.offsets is not None
    rows = np.arange(len(grid))
    named = grid.at_end(grid.isn).astype(np.int64) - grid.at_end(bet.offsets)
    offsets = np.sort(np.where(chosen, bet.offsets.astype(np.int64), MODULUS), axis=1)
    most = chosen.sum(axis=1) - 1
    low, high = offsets[rows, most * 5 // 100], offsets[rows, -(-most * 95 // 100)]
    return (named + low) % MODULUS, (named + high) % MODULUS
