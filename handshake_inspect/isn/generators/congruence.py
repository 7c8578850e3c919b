"""A linear congruential generator modulo 2**32 whose constants nobody knows.

Three numbers give two differences, and the second is the multiplier times the first. Where the first is
odd, the multiplier follows. Where it is 2**k times an odd number, the upper k bits of the multiplier stay
open; but the difference it is to be multiplied with next has k zeros below, so they do not matter.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.generators.bet import WORD, Bet, Generator, before, from_place, settled

ONE = np.uint64(1)


def inverse(odd: Array) -> Array:
    """What gives 1 with these odd numbers, modulo 2**32: Newton's iteration doubles the right bits."""
    found = odd
    # An odd number is its own inverse modulo 8; 3, 6, 12, 24, 48 bits.
    for _ in range(4):
        found = found * (np.uint64(2) - odd * found)
    return found & WORD


def bet(numbers: Array, time_ns: Array) -> Bet:
    """Bet on one value from the fourth number on, where the three before it can be from such a generator."""
    last = before(numbers)
    new = (last - before(numbers, 2)) & WORD
    old = (before(numbers, 2) - before(numbers, 3)) & WORD
    power = np.maximum(old & (~old + ONE), ONE)
    possible = (old > 0) & (new % power == 0)
    multiplier = (new // power) * inverse((old // power) | ONE)
    expected = (last + multiplier * new) & WORD
    return settled(expected == numbers, 1, possible & from_place(numbers, 3))


CONGRUENCE = Generator("LCG mod 2^32, constants unknown", 1 / 64, bet)
