"""Any generator that is linear over GF(2): shift registers, xorshifts and their combinations.

Every bit of such a generator, and every parity of its bits, follows one recurrence, whose length is at most
the state's. The algorithm of Berlekamp and Massey finds the shortest recurrence of one parity; once it has
held for a while, whole numbers are foretold with it.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.generators.bet import Bet, Generator, one_by_one, settled

PARITY_OF = 0x9E3779B9
"Bits of which the parity is followed: many, for a single one may be stuck, and those of no pattern."

MARGIN = 12
"""A recurrence of length L is determined by 2L bits. It is bet on when it has foretold this many more, which
a wrong one does once in 4096 times."""


def bet(numbers: Array) -> Bet:
    """Bet on one value wherever the recurrence of the past was sure before."""
    n = len(numbers)
    hit, valid = np.zeros(n, bool), np.zeros(n, bool)
    # Massey 1969; connection polynomials are integers, the bit of weight 2**j standing for j places back.
    connection = previous = 1
    length, since, past = 0, 1, 0
    taps: Array | None = None
    for i, number in enumerate(numbers.tolist()):
        if length and i > 2 * length + MARGIN:
            if taps is None:
                taps = np.array([j for j in range(1, length + 1) if connection >> j & 1], int)
            valid[i] = True
            hit[i] = int(np.bitwise_xor.reduce(numbers[i - taps])) == number
        past = past << 1 | (number & PARITY_OF).bit_count() & 1
        if (connection & past).bit_count() & 1:
            taps = None
            if 2 * length <= i:
                connection, previous = connection ^ previous << since, connection
                length, since = i + 1 - length, 1
                continue
            connection ^= previous << since
        since += 1
    return settled(hit, 1, valid)


LINEAR = Generator("linear over GF(2)", 1 / 64, one_by_one(bet))
