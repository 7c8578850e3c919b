"""Marsaglia's xor128: its state is the last four numbers it gave."""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.generators.bet import WORD, Bet, Generator, before, from_place, settled
from handshake_inspect.isn.generators.maps import MAPS


def bet(numbers: Array, time_ns: Array) -> Bet:
    """Bet on one value from the fifth number on (Marsaglia, Xorshift RNGs, 2003, §4)."""
    last, oldest = before(numbers), before(numbers, 4)
    mixed = oldest ^ ((oldest << np.uint64(11)) & WORD)
    expected = last ^ (last >> np.uint64(19)) ^ mixed ^ (mixed >> np.uint64(8))
    return settled(expected == numbers, 1, from_place(numbers, 4))


XORSHIFT128 = Generator("xorshift128", MAPS[0].weight, bet)
