"""The rate of a counter that wraps, from pairs of the time that passed and the step it made.

A short time tells the rate roughly, for the counter has not wrapped in it. A rough rate unwraps the steps of
a little more time, which tell it better, and so on to the longest.
"""

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array
from handshake_inspect.isn.middle import median

SHORTEST_NS = 100_000
"Less time than this says nothing: captures are not as exact."

FASTEST_HZ = 1 << 30

USUAL_HZ = np.array([1e3, 250e3, 1e6, 15.625e6])
"""Ticks of a millisecond, RFC 793's 4 µs, 1 µs, and Linux's 64 ns: a clock known beforehand needs no short
time to be recognised by."""

FIRST = 8
"Of the shortest times, each is tried as the one that tells the rate."

WIDER = 1.7
"How much more time each round looks at: little enough for the rate of the last round to unwrap it."

FEWEST = 4
"Steps. Two determine a rate, and two more have to agree with it."

MOST_OFF = 1 << 22
"""How far half of the steps may be from the clock's. Steps of no clock are 2**30 off, half of the time; those
of Linux's clock of 15.625 MHz are this much off when the segment was held up for 0.27 s."""


def rate_hz(gap_ns: Array, step: Array) -> float:
    """Ticks a second of the clock that explains these steps (i8 ns; i4, modulo 2**32), or nan.

    nan where there are fewer than four, where no rising clock fits, and where steps that are all alike
    explain more: those were counted, not timed.
    """
    timed = gap_ns >= SHORTEST_NS
    order = np.argsort(gap_ns[timed], kind="stable")
    seconds, steps = gap_ns[timed][order] / 1e9, step[timed][order].astype(np.float64)
    if len(steps) < FEWEST:
        return float("nan")
    shortest = slice(0, max(3, len(steps) // 3))
    roughly = np.append(USUAL_HZ, (steps / seconds)[:FIRST])
    off = _wrapped(steps[shortest] - roughly[:, None] * seconds[shortest])
    rate = float(roughly[np.argmin(median(np.abs(off)))])
    reach = float(seconds[shortest][-1])
    while True:
        within = seconds <= reach
        off = _wrapped(steps[within] - rate * seconds[within])
        # The median is not moved by a few steps that came from elsewhere; what took longer weighs more.
        long = seconds[within] >= reach / 3
        rate += float(median((off / seconds[within])[long if long.any() else slice(None)]))
        if within.all():
            break
        reach = max(reach * WIDER, float(seconds[np.argmin(within)]))
    from_clock = float(median(np.abs(_wrapped(steps - rate * seconds))))
    alike = float(median(np.abs(_wrapped(steps - median(steps)))))
    fits = 0 < rate <= FASTEST_HZ and from_clock < min(MOST_OFF, alike)
    return rate if fits else float("nan")


def _wrapped(difference: Array) -> Array:
    """The same modulo 2**32, around zero."""
    around: Array = np.mod(difference + seq.MODULUS / 2, seq.MODULUS) - seq.MODULUS / 2
    return around
