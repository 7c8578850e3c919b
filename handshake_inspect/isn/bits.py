"""Experts for generators whose bits are not all alive."""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.coders import before, bit_length
from handshake_inspect.isn.experts import Bet, Expert, one_of
from handshake_inspect.isn.grid import Grid
from handshake_inspect.isn.model import Model

WIDTH = 32
COUNTS = np.arange(1.0, WIDTH)[:, None, None]
"How many bits stay."
FAIR_SHARE = 0.9
"Of the mass of each bit is on a fair one; the rest learns how often it is set."


def low(grid: Grid) -> Bet:
    """The last k bits stay."""
    changed = grid.isn ^ grid.last
    lowest = changed & (~changed + np.uint32(1))
    alike = np.where(changed == 0, WIDTH, bit_length(lowest) - 1)
    return _alike(grid, alike)


def high(grid: Grid) -> Bet:
    """The first k bits stay."""
    return _alike(grid, WIDTH - bit_length(grid.isn ^ grid.last))


def _alike(grid: Grid, alike: Array) -> Bet:
    return one_of(alike >= COUNTS, np.exp2(WIDTH - COUNTS), grid.from_place(1))._replace(parameter=COUNTS)


def stuck(grid: Grid) -> Bet:
    """Each bit is fair, or set as often as it was before."""
    won = np.zeros(grid.isn.shape)
    fair = np.zeros((len(grid), 1))
    trials = grid.place + 1.0
    halves = np.log2(np.arange(grid.width) + 0.5)
    for bit in range(WIDTH):
        is_set = (grid.isn >> np.uint32(bit) & np.uint32(1)).astype(np.int64)
        ones = before(is_set)
        alike = np.where(is_set, ones, grid.place - ones)
        learned = np.cumsum(halves[alike] - np.log2(trials) + 1, axis=1)
        won += np.logaddexp2(np.log2(FAIR_SHARE), np.log2(1 - FAIR_SHARE) + learned)
        fair += _entropy(grid, ones, learned)
    bits = np.diff(won, axis=1, prepend=0.0)
    return Bet(bits[None], None, np.exp2(np.maximum(fair - 1, 0)), fair)


def _entropy(grid: Grid, ones: Array, learned: Array) -> Array:
    """How many bits this one is worth, (views, 1): one, unless the ISNs have shown it to be biased."""
    samples = grid.samples
    rate = (grid.at_end(ones) + 0.5) / (samples + 1)
    entropy = -(rate * np.log2(rate) + (1 - rate) * np.log2(1 - rate))
    odds = np.log2((1 - FAIR_SHARE) / FAIR_SHARE) + learned[np.arange(len(grid)), samples - 1]
    return np.where(odds > 0, entropy, 1.0)[:, None]


EXPERTS = (
    Expert(Model.LOW_BITS, 1 / 16, low),
    Expert(Model.HIGH_BITS, 1 / 32, high),
    Expert(Model.STUCK_BITS, 1 / 32, stuck),
)
