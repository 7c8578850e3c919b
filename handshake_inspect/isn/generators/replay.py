"""Numbers seen before, in the same order: a good generator that has the same seed at every boot."""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.generators.bet import Bet, Generator, one_by_one, settled


def bet(numbers: Array) -> Bet:
    """Bet that what followed the last number when it was seen before follows it again."""
    n = len(numbers)
    order = np.argsort(numbers, kind="stable")
    same = numbers[order[1:]] == numbers[order[:-1]]
    seen_at = np.full(n, -1)
    seen_at[order[1:][same]] = order[:-1][same]
    # From the last number to where it stood before, and on to what came next.
    followed = np.append(-1, seen_at[:-1]) + 1
    valid = followed > 0
    return settled(numbers[followed] == numbers, 1, valid)


REPLAY = Generator("replay of an earlier run", 1 / 64, one_by_one(bet))
