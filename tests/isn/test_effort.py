"""How much is looked at: never more than there is time for, never less than shows anything."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect import Report, Settings, inspect
from handshake_inspect.isn.effort import (
    EVERYTHING,
    IN_PASSING,
    LEAST,
    SEGMENTS_EACH,
    affordable,
    fair,
    in_passing,
)
from handshake_inspect.isn.series import MOST
from tests.rules.servers import many

SIZES = st.lists(st.integers(0, 3000), max_size=60).map(lambda sizes: np.array(sizes, np.int64))
BUDGET = st.integers(0, 60_000)


@given(SIZES, BUDGET)
def test_fair_keeps_the_budget(sizes: np.ndarray, budget: int) -> None:
    """All together keep to the budget, unless even the least of each is more than that."""
    each = fair(sizes, budget)
    assert LEAST <= each <= MOST
    assert np.minimum(sizes, each).sum() <= budget or each == LEAST


@given(SIZES, BUDGET)
def test_fair_wastes_nothing(sizes: np.ndarray, budget: int) -> None:
    """One more number for each would be too many."""
    each = fair(sizes, budget)
    assert each == MOST or np.minimum(sizes, each + 1).sum() > budget


@given(SIZES, BUDGET, st.integers(0, 10_000))
def test_fair_grows_with_the_budget(sizes: np.ndarray, budget: int, more: int) -> None:
    """Who has more time looks at no less."""
    assert fair(sizes, budget) <= fair(sizes, budget + more)


@given(SIZES)
def test_everything(sizes: np.ndarray) -> None:
    """Who has all the time is held up by nothing but the most that a view holds."""
    assert fair(sizes, EVERYTHING) == MOST
    assert affordable(sizes, EVERYTHING).all()


@given(SIZES, BUDGET)
def test_affordable_keeps_the_budget(sizes: np.ndarray, budget: int) -> None:
    """What is kept fits, and nothing larger was left out for it."""
    kept = affordable(sizes, budget)
    assert sizes[kept].sum() <= budget
    if kept.any() and not kept.all():
        assert sizes[~kept].max() <= sizes[kept].min()


@given(st.integers(0, 10**12), st.integers(0, 10**6))
def test_in_passing(segments: int, more: int) -> None:
    """A linter looks at a part of a long capture, never at fewer of more."""
    assert in_passing(segments) >= IN_PASSING
    assert in_passing(segments) <= max(IN_PASSING, segments / SEGMENTS_EACH)
    assert in_passing(segments) <= in_passing(segments + more)


def looked_at(report: Report) -> int:
    """How many numbers of a report were examined."""
    return len(report.numbers.viewed.rows)


@pytest.mark.parametrize("step", [64_000, None], ids=["counting", "drawn"])
def test_busy_capture(step: int | None, tmp_path: Path) -> None:
    """In a busy capture `check` looks at fewer numbers than `isn` does, and finds the same hosts."""
    path = tmp_path / "busy.pcap"
    hosts, each = 150, 50
    path.write_bytes(many(hosts, each, step))
    every = inspect(path, settings=Settings(thorough=True))
    passing = inspect(path)
    assert looked_at(every) == hosts * each
    assert hosts * LEAST <= looked_at(passing) <= in_passing(hosts * each * 4)
    assert every.numbers.alarmed.tolist() == passing.numbers.alarmed.tolist()
    assert len(passing.numbers.alarmed) == (0 if step is None else hosts)


def test_asked_for_alone(tmp_path: Path) -> None:
    """Who asks for the rules about initial numbers alone has all of them looked at."""
    path = tmp_path / "busy.pcap"
    path.write_bytes(many(150, 50))
    assert looked_at(inspect(path, settings=Settings(select=("ISN001",)))) == 150 * 50
    assert looked_at(inspect(path, settings=Settings(select=("ISN001", "SYN")))) < 150 * 50
