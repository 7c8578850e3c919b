"""No expert looks ahead: what comes later changes nothing of what was won before."""

import numpy as np
import pytest

from handshake_inspect.columns import Array
from handshake_inspect.isn import bank
from handshake_inspect.isn.experts import Expert
from handshake_inspect.isn.grid import Grid
from handshake_inspect.isn.series import Series
from tests.isn.simulated import random_hosts, series_of
from tests.isn.stacks import BAD

LONG = 60
CUTS = (2, 5, 17, 40)


def grid_of(series: Series, views: int) -> Grid:
    """All views of the same length in one grid."""
    n = len(series) // views
    return Grid(series, np.arange(views) * n, np.full(views, n), n + 1)


def with_other_future(series: Series, views: int, cut: int, seed: int) -> Series:
    """The same first `cut` openings of each view, and then others."""
    other = random_hosts(np.random.default_rng(seed), views, LONG)
    place = np.tile(np.arange(LONG), views)
    columns: dict[str, Array] = {}
    for name in Series.columns:
        mine, theirs = getattr(series, name), getattr(other, name)
        if name == "time_ns":
            theirs = theirs + mine.max()
        columns[name] = np.where(place < cut, mine, theirs)
    return Series(**columns)


SHOWN = [stack for stack in BAD if stack.alarms_by is not None and stack.alarms_by <= LONG]
"Stacks that some expert has come to believe in by then."


@pytest.mark.parametrize("expert", bank.ALL, ids=[f"{n}-{e.model}" for n, e in enumerate(bank.ALL)])
def test_no_expert_looks_ahead(expert: Expert) -> None:
    """Another future leaves every earlier factor of every expert as it was, on hosts it believes in, too."""
    views = len(SHOWN)
    series = series_of([stack.play(np.random.default_rng(n), LONG) for n, stack in enumerate(SHOWN)])
    before = expert.bet(grid_of(series, views)).bits
    for cut in CUTS:
        after = expert.bet(grid_of(with_other_future(series, views, cut, cut), views)).bits
        assert np.array_equal(before[..., :cut], after[..., :cut])


@pytest.mark.parametrize("n", [3, 4, 8, 33])
def test_company_and_width_change_nothing(n: int) -> None:
    """A view has the same evidence alone, in a wider grid, and beside others."""
    series = random_hosts(np.random.default_rng(n), 3, n)
    together = bank.evidence(
        bank.winnings(Grid(series, np.arange(3) * n, np.full(3, n), n + 9), bank.EXPERTS)
    )
    for view in range(3):
        alone = series.take(slice(view * n, (view + 1) * n))
        assert bank.evidence_path(alone, deep=False)[-1] == pytest.approx(together[view], abs=1e-9)
