"""The bank: every expert is asked about every view, and what they won together is the evidence.

It knows how winnings are added, not what anybody bets on. The mean of the experts' e-values, weighted, is an
e-value: for ISNs that are uniform and independent its expectation is one, whatever the experts do.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn import bits, clocks, counters, fields, increments, known, nmap, repeats
from handshake_inspect.isn.experts import Expert
from handshake_inspect.isn.explanation import explain
from handshake_inspect.isn.grid import Grid, grids
from handshake_inspect.isn.guesses import unknown
from handshake_inspect.isn.model import Model
from handshake_inspect.isn.models import MODELS
from handshake_inspect.isn.series import MOST, Examined, Series
from handshake_inspect.isn.verdict import ALARM_BITS, FEWEST

EXPERTS: tuple[Expert, ...] = (
    *repeats.EXPERTS,
    *increments.EXPERTS,
    *clocks.EXPERTS,
    *bits.EXPERTS,
    *fields.EXPERTS,
    *counters.EXPERTS,
)
"These are asked about every view."
ALL = (*EXPERTS, *known.EXPERTS)
ABSTAINING = 1 / 64
"The weight of an expert that never bets: a view of which nothing is known loses six bits and no more."
TOTAL = sum(expert.weight for expert in ALL) + ABSTAINING
CLOCK = MODELS.index(Model.CLOCK)
DEEP_FEWEST = 4
"Views with fewer ISNs are the most, and of three a known generator can tell two at best."
DEEP_VIEW = 100
"Known generators take as long for a view as for so many of its ISNs."
DEEP_BUDGET = 200_000
"ISNs that they are asked about, in a second or so, and views at that price; the longest views first."


def winnings(grid: Grid, experts: Sequence[Expert]) -> list[Array]:
    """For each expert the log2 of weight and winnings of each of its bets, as (bets, views)."""
    won = []
    for expert in experts:
        sums = np.where(grid.real, expert.bet(grid).bits, 0).sum(axis=2)
        won.append(sums + np.log2(expert.weight / TOTAL / len(sums)))
    return won


def evidence(won: Sequence[Array]) -> Array:
    """log2 of what the bank won on each view, from one."""
    most = np.full((1, won[0].shape[1]), np.log2(ABSTAINING / TOTAL))
    total: Array = np.logaddexp2.reduce(np.concatenate([most, *won]), axis=0)
    return total


def evidence_path(series: Series, *, deep: bool) -> Array:
    """The evidence of a series of one view after each of its ISNs, log2 of the e-process (f8[n])."""
    n = len(series)
    grid = Grid(series, np.zeros(1, np.int64), np.array([n]), n + 1)
    paths = [np.full((1, n), np.log2(ABSTAINING / TOTAL))]
    for expert in ALL if deep else EXPERTS:
        bits = expert.bet(grid).bits[:, 0, :n]
        paths.append(np.cumsum(bits, axis=1) + np.log2(expert.weight / TOTAL / len(bits)))
    path: Array = np.logaddexp2.reduce(np.concatenate(paths), axis=0)
    return path


def _deep(samples: Array, budget: int) -> Array:
    """Which views the known generators are asked about: the longest, as many as are paid for."""
    longest = np.argsort(-samples, kind="stable")
    paid = np.cumsum(samples[longest] + DEEP_VIEW) <= budget
    asked = np.zeros(len(samples), bool)
    asked[longest[paid]] = True
    return asked & (samples >= DEEP_FEWEST)


def _some(grid: Grid, asked: Array) -> list[Array]:
    """What the known generators won on the views they are asked about.

    Elsewhere their stake is lost, not returned. So the evidence holds whatever decides who is asked.
    """
    rows = np.flatnonzero(asked)
    whole = []
    for part in winnings(grid.take(rows), known.EXPERTS):
        won = np.full((len(part), len(grid)), -np.inf)
        won[:, rows] = part
        whole.append(won)
    return whole


def unexamined() -> dict[str, Any]:
    """The row of a view without ISNs."""
    return examine(Series.blank(0), 1, deep=False).row(0)


def examine(series: Series, views: int, *, deep: bool, budget: int = DEEP_BUDGET) -> Examined:
    """What is known of each of the views 0 to `views` - 1.

    A view of fewer than three ISNs has no evidence. `deep` asks the known generators, too, about ISNs as the
    budget pays for; `Examined.deep` tells where.
    """
    samples = np.minimum(np.bincount(series.view, minlength=views), MOST)
    asked = _deep(samples, budget) if deep else np.zeros(views, bool)
    first = np.searchsorted(series.view, np.arange(views))
    found = {"evidence_bits": np.zeros(views), "model": np.full(views, -1), **unknown(views)._asdict()}
    compared = {name: np.full(views, -1) for name in ("gcd", "isr", "sp")}
    for here, grid in grids(series, first, samples, np.flatnonzero(samples >= FEWEST)):
        experts, won = EXPERTS, winnings(grid, EXPERTS)
        if asked[here].any():
            experts = ALL
            won += _some(grid, asked[here])
        found["evidence_bits"][here] = evidence(won)
        alarming = np.flatnonzero(found["evidence_bits"][here] >= ALARM_BITS)
        if len(alarming):
            explained = explain(grid.take(alarming), experts, [bets[:, alarming] for bets in won])
            for name, values in (("model", explained.model), *explained.work._asdict().items()):
                found[name][here[alarming]] = values
        rate_hz = np.where(found["model"][here] == CLOCK, found["parameter"][here], np.nan)
        for name, values in zip(compared, nmap.numbers(grid, rate_hz), strict=True):
            compared[name][here] = values
    return Examined(samples=samples, **found, **compared, deep=asked)
