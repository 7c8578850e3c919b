"""Experts for generators that come back to an ISN."""

import numpy as np

from handshake_inspect.isn.coders import before, earlier
from handshake_inspect.isn.experts import Bet, Expert, exactly, one_of
from handshake_inspect.isn.grid import Grid
from handshake_inspect.isn.model import Model


def same(grid: Grid) -> Bet:
    """The last ISN again."""
    return exactly(grid.isn, grid.last, grid.from_place(1), grid.last.astype(np.float64))


def any_earlier(grid: Grid) -> Bet:
    """Any ISN that was there before."""
    times = earlier(grid.isn)
    kinds = before(times == 0)
    return one_of(times > 0, np.maximum(kinds, 1).astype(np.float64), grid.from_place(1))


EXPERTS = (
    Expert(Model.CONSTANT, 1 / 16, same, foretells=True),
    Expert(Model.REPEATING, 1 / 16, any_earlier),
)
