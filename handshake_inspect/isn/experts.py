"""How a way to foretell ISNs is declared: a model, its weight, and its bets.

It knows the form of a declaration and of a bet, not the declarations themselves.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.coders import hit_bits, residual_bits
from handshake_inspect.isn.grid import Grid

HALF_OF_ALL = 2.0**31
"Guesses for an ISN of which nothing is known."


class Bet(NamedTuple):
    """What an expert said about every entry of a grid, in one way or more: arrays of (ways, views, width).

    An entry depends on what stands before it, and on its own time, addresses, ports and peer's ISN.
    """

    bits: Array
    "log2 of the probability it gave to the ISN that came, over 2**-32; 0 where it did not bet."
    offsets: Array | None
    "i4, how far the ISN was ahead of the point it named; None for an expert that names a set."
    tries: Array | float = 1.0
    "Guesses for an ISN; with offsets, the guesses for each value nearer than the ISN."
    parameter: Array | float = np.nan
    "Step, Hz or bits, as they were known before the ISN."

    def of(self, way: Array) -> "Bet":
        """The bet on each view in one of its ways, arrays of (views, width)."""
        shape, chosen = self.bits.shape, (way, np.arange(len(way)))
        return Bet(
            self.bits[chosen],
            None if self.offsets is None else self.offsets[chosen],
            np.broadcast_to(self.tries, shape)[chosen],
            np.broadcast_to(self.parameter, shape)[chosen],
        )


class Expert(NamedTuple):
    """A bet, whose ways share a weight equally."""

    model: str
    "One of MODELS."
    weight: float
    "Of all; an expert of weight w needs log2(1/w) bits more than one that stood alone."
    bet: Callable[[Grid], Bet]
    foretells: bool = False
    "Its offsets are from a point that is known before the next opening is."


def point(isn: Array, named: Array, bets: Array, parameter: Array | float = np.nan) -> Bet:
    """A bet that the ISN is near the point that is `named` (both u4), where `bets`."""
    offsets = (isn - named.reshape(-1, *isn.shape)).view(np.int32)
    return Bet(residual_bits(offsets, bets), offsets, parameter=parameter)


def exactly(isn: Array, named: Array, bets: Array, parameter: Array | float = np.nan) -> Bet:
    """A bet that the ISN is the one that is `named` (both u4), where `bets`."""
    offsets = (isn - named).view(np.int32)[None]
    return Bet(hit_bits(offsets == 0, 1.0, bets), offsets, 1.0, parameter)


def one_of(hits: Array, sizes: Array | float, bets: Array) -> Bet:
    """A bet that the ISN is one of `sizes` values, tried in any order, and then all others are."""
    hits = hits.reshape(-1, *bets.shape)
    return Bet(hit_bits(hits, sizes, bets), None, np.where(hits & bets, (sizes + 1) / 2, HALF_OF_ALL))
