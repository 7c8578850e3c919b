"""Experts for generators that read a clock: of a rate in use, or of one that is fitted on the past."""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.experts import Bet, Expert, point
from handshake_inspect.isn.grid import Grid, previous
from handshake_inspect.isn.middle import median
from handshake_inspect.isn.model import Model
from handshake_inspect.isn.slope import WINDOW, slopes, wrapped

RATES_HZ = np.array(
    [
        *(20.0, 100.0, 128.0, 1e3, 1e4, 64e3, 1e5, 125e3, 128e3, 244140.625, 250e3, 256e3, 5e5),
        *(1e6, 1048576.0, 2e6, 1e7, 15.625e6, 31.25e6, 33554432.0, 1e8),
    ]
)[:, None, None]
"RFC 793's 250 kHz, uIP's 20 Hz, ticks of operating systems, and divisions of nanoseconds by powers of two."
SWAPPED_RATES_HZ = np.array([100.0, 1e3, 250e3, 1e6])[:, None, None]
FITTED_FROM = 3
"ISNs before a rate is fitted."
REFIT = 6
"A rate is fitted again when a sixth more ISNs are known."


def moved(count: Array) -> Array:
    """These counts, rounded, modulo 2**32, as u4."""
    return np.rint(count).astype(np.int64).astype(np.uint32)


def known_rates(grid: Grid) -> Bet:
    """The last ISN, and a clock of a rate that is in use."""
    named = grid.last + moved(grid.elapsed_s * RATES_HZ)
    return point(grid.isn, named, grid.from_place(1), parameter=RATES_HZ)


def swapped_rates(grid: Grid) -> Bet:
    """The same for a number whose bytes were exchanged."""
    named = previous(grid.swapped) + moved(grid.elapsed_s * SWAPPED_RATES_HZ)
    return point(grid.swapped, named, grid.from_place(1), parameter=SWAPPED_RATES_HZ)


def fitted_rate(grid: Grid) -> Bet:
    """A clock of a rate that is fitted, read from the last ISN, and from a line through the last ones.

    Noise of single ISNs does not add up along a line; the last ISN forgets a jump at once.
    """
    from_last, on_line = grid.last.copy(), grid.last.copy()
    bets, rates = np.zeros(grid.isn.shape, bool), np.full(grid.isn.shape, np.nan)
    # Only differences of times within a window matter, and they stay exact in 53 bits.
    time_s = np.cumsum(grid.elapsed_s, axis=1)
    start = FITTED_FROM
    while start < grid.width:
        stop = min(start + max(1, start // REFIT), grid.width)
        past, ahead = slice(max(0, start - WINDOW), start), slice(start, stop)
        rate = slopes(time_s[:, past], grid.isn[:, past])
        known = np.isfinite(rate)
        rate = np.where(known, rate, 0)[:, None]
        origin_s, origin = time_s[:, start - 1 : start], grid.isn[:, start - 1 : start]
        bow = wrapped((grid.isn[:, past] - origin).view(np.int32) - rate * (time_s[:, past] - origin_s))
        level = median(bow)[:, None]
        from_last[:, ahead] += moved(rate * grid.elapsed_s[:, ahead])
        on_line[:, ahead] = origin + moved(level + rate * (time_s[:, ahead] - origin_s))
        bets[:, ahead], rates[:, ahead] = known[:, None], rate
        start = stop
    return point(grid.isn, np.array([from_last, on_line]), bets, parameter=rates)


EXPERTS = (
    Expert(Model.CLOCK, 1 / 8, known_rates, foretells=True),
    Expert(Model.CLOCK, 1 / 16, fitted_rate, foretells=True),
    Expert(Model.SWAPPED_CLOCK, 1 / 64, swapped_rates),
)
