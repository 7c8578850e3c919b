"""Tables: they grow without losing a row."""

import numpy as np
import pytest

from handshake_inspect.columns import FEW, MANY, Array, Table, column


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
