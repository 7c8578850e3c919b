"""Tables grow without losing a row."""

import errno

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect.columns import FEW, MANY, SOME, Array, Growing, Picked, Table, column, roomy


class Counted(Table):
    """A table of two columns."""

    count: Array = column("i8", "", "any number")
    mark: Array = column("u1", "", "any small number")


@given(lengths=st.lists(st.integers(0, 2 * FEW), max_size=6))
def test_a_table_grows(lengths: list[int]) -> None:
    """Rows stand where they were put, in the order they came; a column that was not given is zero."""
    growing = Growing(Counted)
    numbers = np.arange(1, 1 + sum(lengths))
    for index, piece in enumerate(np.split(numbers, np.cumsum(lengths)[:-1]) if lengths else []):
        if index % 2:
            growing.add(count=piece)
        else:
            growing.join(Counted(count=piece, mark=np.ones(len(piece))))
    whole = growing.whole()
    assert whole.count.tolist() == numbers.tolist()
    assert whole.mark.tolist() == [
        1 - index % 2 for index, length in enumerate(lengths) for _ in range(length)
    ]


def test_picked_rows_are_written_once() -> None:
    """Picked rows come as if they had been taken, into a table that grows and into any other."""
    numbers, rows = np.array([7, 0, -9]), np.array([2, 0, 2, 1])
    growing = Growing(Counted)
    growing.add(count=Picked(np.ones(3, np.int64), np.array([0])))
    growing.add(count=Picked(numbers, rows), mark=Picked(np.zeros(3, np.uint8), rows))
    assert growing.whole().count.tolist() == [1, -9, 7, -9, 0]
    assert growing.whole().mark.tolist() == [0] * 5
    made = Counted(count=Picked(numbers, rows), mark=Picked(np.arange(3), rows))
    assert (made.count.tolist(), made.mark.tolist()) == ([-9, 7, -9, 0], [2, 0, 2, 1])


def test_a_table_grows_by_more_each_time() -> None:
    """A table that grows often is copied rarely."""
    growing = Growing(Counted)
    rooms = []
    for count in (FEW, 1, SOME - FEW, MANY - SOME - 1, 1):
        growing.extend(count)
        rooms.append(len(growing.table))
    assert rooms == [FEW, SOME, MANY, MANY, 4 * MANY]
    assert growing.count == MANY + 1


def test_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the system has no pages left, it is memory that is missing, and no file that failed."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr("handshake_inspect.columns.mmap.mmap", refuse)
    growing = Growing(Counted)
    growing.extend(FEW)
    with pytest.raises(MemoryError, match=f"no room for {SOME * 8} bytes"):
        growing.extend(1)


def test_a_growing_table_is_sorted() -> None:
    """All columns are put into the same order."""
    growing = Growing(Counted)
    growing.add(count=np.array([5, 3, 4]), mark=np.array([1, 2, 3]))
    growing.sort(np.array([1, 2, 0]))
    assert growing.whole().count.tolist() == [3, 4, 5]
    assert growing.whole().mark.tolist() == [2, 3, 1]


@given(values=st.lists(st.integers(0, 255), max_size=5), count=st.integers(0, 20))
def test_room_behind_values(values: list[int], count: int) -> None:
    """Values keep their places and their width, and what is behind them is zero."""
    before = np.array(values, np.uint8)
    after = roomy(before, count)
    assert (after is before) == (count <= len(values))
    assert after.dtype == before.dtype
    assert len(after) >= count
    assert after[: len(values)].tolist() == values
    assert not after[len(values) :].any()
