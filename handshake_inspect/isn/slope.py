"""The slope of a line that is known modulo 2**32 only: the rate of a clock, from a few of its readings.

It knows arithmetic, not ISNs. The idea: readings close together tell the rate roughly, for no turn can be
hidden between them; with it, readings further apart are unwrapped, which tell it better, and so on.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.seq import MODULUS

WINDOW = 64
"Readings that are looked at, the last ones."
FASTEST_HZ = float(1 << 30)
SHORTEST_S = 1e-4
"A shorter interval tells jitter."
LONGEST_S = MODULUS / 20_000
"A longer interval hides whole turns of any clock worth looking for."
FEWEST = 2
"Usable intervals below which there is no rate."
CLOSE = 3
"The shortest third of the intervals, and at least this many, give the first rate."
GROWTH = 1.7
WIDENINGS = 40
"The shortest and the longest distance may be 10**9 apart."


def wrapped(values: Array) -> Array:
    """These numbers modulo 2**32, from -2**31 to 2**31."""
    turned: Array = values - MODULUS * np.rint(values / MODULUS)
    return turned


def slopes(time_s: Array, readings: Array) -> Array:
    """The rate of each row's clock in counts per second, nan where there is none.

    `time_s` (f8) and `readings` (u4) are (rows, n).
    """
    if time_s.shape[1] <= FEWEST:
        return np.full(len(time_s), np.nan)
    rate, span = _first(time_s, readings)
    known = np.abs(rate) <= FASTEST_HZ
    rate = np.where(known, rate, 0)
    from_last_s = time_s - time_s[:, -1:]
    count = (readings - readings[:, -1:]).view(np.int32).astype(np.float64)
    for _ in range(WIDENINGS):
        near = np.abs(from_last_s) <= span[:, None]
        rate += _correction(from_last_s, wrapped(count - rate[:, None] * from_last_s), near)
        rate = np.clip(rate, -2 * FASTEST_HZ, 2 * FASTEST_HZ)
        if near.all():
            break
        span = span * GROWTH
    return np.where(known & (np.abs(rate) <= FASTEST_HZ), rate, np.nan)


def _first(time_s: Array, readings: Array) -> tuple[Array, Array]:
    """The median rate over the shortest usable intervals, and their median length; rate nan without any."""
    gap_s = np.diff(time_s, axis=1)
    usable = (gap_s > SHORTEST_S) & (gap_s < LONGEST_S)
    count = usable.sum(axis=1)
    gap_s = np.where(usable, gap_s, np.inf)
    rates = (readings[:, 1:] - readings[:, :-1]).view(np.int32) / gap_s
    order = np.argsort(gap_s, axis=1, kind="stable")
    few = np.minimum(np.maximum(CLOSE, count // 3), count)
    shortest = np.arange(gap_s.shape[1]) < few[:, None]
    rates = np.where(shortest, np.take_along_axis(rates, order, 1), np.inf)
    middle = np.maximum(few - 1, 0) // 2, few // 2
    lengths = np.take_along_axis(gap_s, order, 1)
    enough = count >= FEWEST
    return (
        np.where(enough, _between(np.sort(rates, axis=1), *middle, enough), np.nan),
        np.where(enough, _between(lengths, *middle, enough), np.inf),
    )


def _between(values: Array, low: Array, high: Array, enough: Array) -> Array:
    rows = np.arange(len(values))
    low, high = np.where(enough, low, 0), np.where(enough, high, 0)
    mean: Array = (values[rows, low] + values[rows, high]) / 2
    return mean


def _correction(time_s: Array, residual: Array, near: Array) -> Array:
    """What least squares over the near readings adds to the rate."""
    count = np.maximum(near.sum(axis=1, keepdims=True), 1)
    time_s = np.where(near, time_s - np.where(near, time_s, 0).sum(axis=1, keepdims=True) / count, 0)
    spread = (time_s * time_s).sum(axis=1)
    good = (count[:, 0] > FEWEST) & (spread > 0)
    return np.where(good, (time_s * residual).sum(axis=1) / np.where(good, spread, 1), 0)
