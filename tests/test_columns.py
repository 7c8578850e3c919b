"""Tables: they grow without losing a row, and their numbers are found again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect.columns import FEW, FEW_DIFFERENT, MANY, Array, Table, column, places


class Counted(Table):
    """A table of one column."""

    count: Array = column("i8", "", "any number")


@pytest.mark.parametrize(
    ("rows", "room"),
    [(0, FEW), (FEW, FEW), (FEW + 1, MANY), (MANY + 1, MANY + 1)],
    ids=["none", "as many", "one more", "very many"],
)
def test_a_table_has_room(rows: int, room: int) -> None:
    """A table keeps its rows and gets zeros behind them, and is the same where it has enough."""
    table = Counted(count=np.arange(FEW))
    larger = table.roomy(rows)
    assert (larger is table) == (rows <= FEW)
    assert len(larger) == room
    assert larger.count[:FEW].tolist() == list(range(FEW))
    assert not larger.count[FEW:].any()


def test_a_table_grows_by_more_each_time() -> None:
    """A table that grows often is copied rarely: each time it has four times the room."""
    table = Counted.blank(MANY)
    assert len(table.roomy(MANY + 1)) == 4 * MANY


@given(
    rising=st.sets(st.integers(-(2**63), 2**63 - 1), max_size=40).map(sorted),
    others=st.lists(st.integers(-(2**63), 2**63 - 1), max_size=40),
    often=st.sampled_from([1, 100]),
)
def test_places(rising: list[int], others: list[int], often: int) -> None:
    """Each number is found where it stands, and nowhere if it does not, however many are asked for."""
    asked = [*rising, *others] * often
    at = places(np.array(asked, np.int64), np.array(rising, np.int64))
    assert at.tolist() == [rising.index(number) if number in rising else -1 for number in asked]


@pytest.mark.parametrize("count", [1, FEW_DIFFERENT, FEW_DIFFERENT + 1])
@pytest.mark.parametrize("step", [1, 1 << 16, 0x9E3779B97F4A7C15 >> 20])
def test_places_of_many(count: int, step: int) -> None:
    """Evenly spaced numbers, as addresses are, are found in any order, and their neighbours are not."""
    rising = np.arange(count) * step
    asked = np.random.default_rng(1).permutation(np.repeat(rising, 100))
    assert (rising[places(asked, rising)] == asked).all()
    if step > 1:
        assert (places(asked + 1, rising) == -1).all()
