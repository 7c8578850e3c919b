"""A generator with 48 bits of state that shows the upper 32: java.util.Random.nextInt(), mrand48().

The first bet names what all 65 536 hidden states would give; the state that hit is known from then on.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.generators.bet import MISSES, Bet, Generator, one_by_one
from handshake_inspect.isn.generators.jump import HIDDEN, Jump

STEP = Jump(0x5DEECE66D, 0xB, 48)
JUMPS = (STEP, STEP.then(STEP), STEP.then(STEP).then(STEP))
"How far ahead a bet looks: up to two calls in between went elsewhere."


def bet(numbers: Array) -> Bet:
    """Bet from the second number on. Eight bets may be lost, and eight more after each hit."""
    n = len(numbers)
    hit, size, valid = np.zeros(n, bool), np.ones(n), np.zeros(n, bool)
    shown = numbers.tolist()
    states = numbers[:0]
    tries = MISSES
    for i in range(1, n):
        if not tries:
            break
        if len(states):
            ahead = np.concatenate([jump(states) for jump in JUMPS])
            size[i] = len(ahead)
            states = ahead[ahead >> np.uint64(HIDDEN) == numbers[i]]
        else:
            size[i] = len(JUMPS) << HIDDEN
            states = np.concatenate([jump.reached(shown[i - 1], shown[i]) for jump in JUMPS])
        valid[i], hit[i] = True, len(states) > 0
        tries += MISSES if hit[i] else -1
    return Bet(hit, size, valid)


RAND48 = Generator("48-bit LCG (java.util.Random, mrand48())", 1 / 64, one_by_one(bet))
