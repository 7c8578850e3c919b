"""rand() with 15 bits, of which two calls make one number, because one is too short.

The upper half of a number says all but 16 bits of the state behind it, and the lower half leaves two or three
states of those.
"""

from functools import partial

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.generators.bet import MISSES, Bet, Generator, one_by_one
from handshake_inspect.isn.generators.jump import HIDDEN, Jump

STEPS = 8
"How many calls ahead a bet looks."

TOP = (1 << 15) - 1


def candidates(step: Jump, shift: int, number: int) -> Array:
    """The states in which a number may have left the generator; none where it cannot be from it."""
    upper, lower = number >> shift, number & ((1 << shift) - 1)
    if upper > TOP or lower > TOP:
        return np.empty(0, np.uint64)
    return step.reached(upper, lower)


def bet(step: Jump, shift: int, numbers: Array) -> Bet:
    """Bet after every number it can have given. Eight bets may be lost, and eight more after each hit."""
    n = len(numbers)
    hit, size, valid = np.zeros(n, bool), np.ones(n), np.zeros(n, bool)
    states = numbers[:0]
    tries = MISSES
    for i in range(1, n):
        if not tries:
            break
        if not len(states):
            states = candidates(step, shift, int(numbers[i - 1]))
        if not len(states):
            continue
        ahead = [states := step(states) for _ in range(STEPS)]
        first = np.concatenate(ahead)
        second = step(first)
        shown = (first >> np.uint64(HIDDEN)) << np.uint64(shift) | second >> np.uint64(HIDDEN)
        here = shown == numbers[i]
        valid[i], size[i], hit[i] = True, len(shown), here.any()
        states = second[here]
        tries += MISSES if hit[i] else -1
    return Bet(hit, size, valid)


RAND15 = tuple(
    Generator(f"{whose} rand() in pairs, shifted by {shift}", 1 / 256, one_by_one(partial(bet, step, shift)))
    for whose, step in (
        ("Microsoft's", Jump(214013, 2531011, 31)),
        ("ISO C's", Jump(1103515245, 12345, 31)),
    )
    for shift in (16, 15)
)
"Together they have 1/64."
