"""Which model explains a view: the simplest one of those that explain it about equally well.

It knows what every expert won, and the order of models, which is that of simplicity. A less simple model is
preferred only where it makes a guess much cheaper.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.experts import Expert
from handshake_inspect.isn.grid import Grid
from handshake_inspect.isn.guesses import Guesswork, guesswork, unknown
from handshake_inspect.isn.model import Model
from handshake_inspect.isn.models import MODELS

NEAR_BITS = 10.0
NEAR_SHARE = 0.03
"A model that won this much less than the best one, or this share of it, explains a view as well."
PART_BITS = 24.0
"A model that would raise an alarm alone explains a part of the ISNs, though another won more."
SHARPER = 4.0
"A less simple model must need so many times fewer guesses …"
ROUGH = 16
"… and twice as many times for so few ISNs, for the median of few numbers is a rough one."
CHEAP_GUESSES = 64.0
"A model that needs no more is sharp enough."


class Explained(NamedTuple):
    """One row for each view."""

    model: Array
    "A position in MODELS, -1 for none."
    work: Guesswork


def explain(grid: Grid, experts: Sequence[Expert], won: Sequence[Array]) -> Explained:
    """The model of each view, and what it leaves to be guessed.

    `won` has for each expert the log2 of weight and winnings of its bets, as (bets, views).
    """
    best = np.array([bets.max(axis=0) for bets in won])
    top = best.max(axis=0)
    found = Explained(np.full(len(grid), -1), unknown(len(grid)))
    simplest = sorted(range(len(experts)), key=lambda which: MODELS.index(experts[which].model))
    near = best >= top - np.maximum(NEAR_BITS, NEAR_SHARE * top)
    for which in simplest:
        _consider(found, grid, experts[which], won[which], np.flatnonzero(near[which]))
    # Several counters are no explanation where it is known what one of them counts.
    several = found.model == MODELS.index(Model.SEVERAL_COUNTERS)
    for which in simplest:
        rows = np.flatnonzero(several & ~near[which] & (best[which] >= PART_BITS))
        _consider(found, grid, experts[which], won[which], rows)
    return found


def _consider(found: Explained, grid: Grid, expert: Expert, won: Array, rows: Array) -> None:
    """Take the expert's best bet for those of these views where it is much sharper than what was found."""
    if not len(rows):
        return
    mine = grid.take(rows)
    work = guesswork(mine, expert, expert.bet(mine).of(won[:, rows].argmax(axis=0)))
    # A view without a model has nan, which nothing is compared with.
    cost, factor = found.work.cost[rows], SHARPER * (1 + ROUGH / mine.samples)
    sharper = ~((work.cost * factor >= cost) | (cost <= CHEAP_GUESSES))
    better = rows[sharper]
    found.model[better] = MODELS.index(expert.model)
    for known, new in zip(found.work, work, strict=True):
        known[better] = new[sharper]
