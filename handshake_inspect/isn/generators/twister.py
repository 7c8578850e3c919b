"""The Mersenne twister MT19937 (Matsumoto and Nishimura 1998), one call for each number.

Its last step only stirs the bits of a state word, and can be undone. 624 numbers are the whole state.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.generators.bet import WORD, Bet, Generator, before, from_place, settled, unbet

WORDS, MIDDLE = 624, 397
UPPER, LOWER = np.uint64(0x80000000), np.uint64(0x7FFFFFFF)
MATRIX = np.uint64(0x9908B0DF)


def unstirred(numbers: Array) -> Array:
    """The state words behind the numbers shown, the four shifts undone last first."""
    y = numbers ^ (numbers >> np.uint64(18))
    y = y ^ ((y << np.uint64(15)) & np.uint64(0xEFC60000))
    # Each round makes seven more bits right, from the lowest.
    word = y
    for _ in range(4):
        word = y ^ ((word << np.uint64(7)) & np.uint64(0x9D2C5680))
    word &= WORD
    # Each round makes eleven more bits right, from the highest.
    state: Array = word
    for _ in range(2):
        state = word ^ (state >> np.uint64(11))
    return state


def bet(numbers: Array, time_ns: Array) -> Bet:
    """Bet on one value from the 625th number on."""
    if numbers.shape[-1] <= WORDS:
        return unbet(numbers)
    state = unstirred(numbers)
    joined = (before(state, WORDS) & UPPER) | (before(state, WORDS - 1) & LOWER)
    twisted = (joined >> np.uint64(1)) ^ (MATRIX * (joined & np.uint64(1)))
    expected = before(state, WORDS - MIDDLE) ^ twisted
    return settled(expected == state, 1, from_place(numbers, WORDS))


TWISTER = Generator("MT19937", 1 / 64, bet)
