"""A known generator, with the inverse of a clock of milliseconds exclusive-ored into its state (picoTCP).

The number is the state. So each pair of numbers tells the clock, and the next number follows from the time
that has passed: near, where both clocks are good; within a second, where times were captured poorly.
"""

from functools import partial

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.generators.bet import WORD, Bet, Generator, before, from_place, settled

TICK_NS = 1_000_000

NEAR, FAR = 8, 1024
"How many ticks the clock may be off, either way."

CONSTANTS = ((1664525, 1013904223), (1103515245, 12345), (214013, 2531011))
"Multiplier and increment; the first is picoTCP's."


def bet(multiplier: int, increment: int, off: int, numbers: Array, time_ns: Array) -> Bet:
    """Bet on the numbers of all ticks that are at most `off` from the one expected, from the third on."""
    stepped = (before(numbers) * np.uint64(multiplier) + np.uint64(increment)) & WORD
    clock = numbers ^ stepped ^ WORD
    passed = (time_ns - before(time_ns) + TICK_NS // 2) // TICK_NS
    late = clock - before(clock) - passed.astype(np.uint64) + np.uint64(off)
    return settled((late & WORD) <= np.uint64(2 * off), 2 * off + 1, from_place(numbers, 2))


TICKS = tuple(
    Generator(
        f"LCG ({multiplier}, {increment}) xor 1 kHz clock, within {off} ms",
        1 / 512,
        partial(bet, multiplier, increment, off),
    )
    for multiplier, increment in CONSTANTS
    for off in (NEAR, FAR)
)
"""Two bets for each pair of constants share the weight that one with an adaptive error would have: what the
numbers are off by is not known before."""
