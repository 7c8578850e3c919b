"""random() of glibc, and of the BSDs it came from, with its usual state of 31 words.

A word is the sum of the words 3 and 31 before it, and all bits of it but the lowest are shown. So a number is
the sum of two earlier ones, or one more, modulo 2**31.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.generators.bet import Bet, Generator, before, from_place, settled

HALF = np.uint64(0x7FFFFFFF)


def bet(numbers: Array, time_ns: Array) -> Bet:
    """Bet on two values from the 32nd number on, where every number came from one call."""
    expected = (before(numbers, 3) + before(numbers, 31)) & HALF
    hit = (numbers == expected) | (numbers == (expected + np.uint64(1)) & HALF)
    return settled(hit, 2, from_place(numbers, 31))


GLIBC = Generator("glibc random()", 1 / 64, bet)
