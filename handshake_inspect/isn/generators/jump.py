"""Steps of a linear congruential generator whose lowest 16 bits of state are never shown.

Knows which states lead from one number to another. Its one idea is not to try all 65 536: what they add to
the next state is a set of numbers that is the same for every state, so it is sorted once, and those that lead
to the number seen stand next to each other in it.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array

HIDDEN = 16
"Bits below those shown."


class Jump(NamedTuple):
    """Some steps at once, modulo 2**bits."""

    multiplier: int
    increment: int
    bits: int

    def then(self, next_one: "Jump") -> "Jump":
        """This jump and another after it."""
        multiplier, increment, bits = next_one
        return Jump(
            self.multiplier * multiplier % (1 << bits),
            (self.increment * multiplier + increment) % (1 << bits),
            bits,
        )

    def __call__(self, states: Array) -> Array:
        """The states after these."""
        mask = np.uint64((1 << self.bits) - 1)
        after: Array = (states * np.uint64(self.multiplier) + np.uint64(self.increment)) & mask
        return after

    def reached(self, upper: int, shown: int) -> Array:
        """All states that show this number, one jump after states whose upper bits were these."""
        modulus = 1 << self.bits
        start = (upper << HIDDEN) * self.multiplier + self.increment
        low = ((shown << HIDDEN) - start) % modulus
        added = _added(self)
        bounds = np.array([low, low + (1 << HIDDEN), max(low + (1 << HIDDEN) - modulus, 0)], np.uint64)
        first, last, wrapped = np.searchsorted(added, bounds).tolist()
        found = np.concatenate([added[first:last], added[:wrapped]])
        return (found + np.uint64(start % modulus)) & np.uint64(modulus - 1)


@cache
def _added(jump: Jump) -> Array:
    """What hidden bits add to the next state, rising, for all that they may be."""
    hidden = np.arange(1 << HIDDEN, dtype=np.uint64)
    return np.sort(jump._replace(increment=0)(hidden))
