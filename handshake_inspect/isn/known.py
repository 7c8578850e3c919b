"""The known generators as experts: what each names is a set of values, and the hit coder keeps the score."""

import numpy as np

from handshake_inspect.isn.experts import Bet, Expert, one_of
from handshake_inspect.isn.generators.bet import Generator
from handshake_inspect.isn.generators.known import KNOWN
from handshake_inspect.isn.grid import Grid


def expert(generator: Generator) -> Expert:
    """A known generator as an expert, whose model is its name."""

    def bet(grid: Grid) -> Bet:
        named = generator.bet(grid.isn.astype(np.uint64), grid.column("time_ns"))
        return one_of(named.hit, named.set_size, named.valid)

    return Expert(generator.name, generator.weight, bet)


EXPERTS = tuple(expert(generator) for generator in KNOWN)
