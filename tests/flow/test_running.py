"""Running numbers, compared with counting row by row."""

from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect import seq
from handshake_inspect.columns import Array
from handshake_inspect.flow.lanes import Lanes, Marks
from handshake_inspect.flow.running import Carried, running

STEPS = (0, 1, -1, 1460, -1460, 2**30 - 1, 2**30, -(2**30), 2**31 - 1, -(2**31))
"Between one number and the next: small ones, and such that a few of them go round the circle."


class Row(NamedTuple):
    """One row of a lane."""

    step: int
    ahead: int
    counts: bool
    anew: bool


rows = st.builds(
    Row,
    st.sampled_from(STEPS),
    st.sampled_from((0, 1, 1460)),
    st.sampled_from((True, True, False)),
    st.booleans(),
)
lanes_of_rows = st.lists(st.lists(rows, min_size=1, max_size=12), min_size=1, max_size=4)


class Side:
    """One lane, counted by hand in numbers of any size."""

    def __init__(self) -> None:
        self.last: int | None = None
        self.highest: int | None = None

    def meet(self, number: int, row: Row) -> tuple[int | None, int | None]:
        """The highest before and after a row with this number."""
        before = self.highest
        if row.anew:
            self.highest = None
        if row.counts:
            self.last = number if self.last is None else self.last + seq.ahead(number, self.last % 2**32)
            reached = self.last + row.ahead
            self.highest = reached if self.highest is None else max(self.highest, reached)
        return before, self.highest


def in_batches(numbers: list[list[int]], lanes: list[list[Row]], cut: int) -> list[list[tuple[Array, ...]]]:
    """What `running` says of every row, when the first `cut` rows of each lane come in an own batch."""
    said: list[list[tuple[Array, ...]]] = [[] for _ in lanes]
    none = np.zeros(len(lanes))
    carried = Carried(none.astype(np.uint32), none.astype(np.int64), none.astype(bool))
    for part in (slice(0, cut), slice(cut, None)):
        chosen = [k for k, lane in enumerate(lanes) if lane[part]]
        if not chosen:
            continue
        batch = [row for k in chosen for row in lanes[k][part]]
        number = np.array([value for k in chosen for value in numbers[k][part]], np.uint32)
        ahead, counts, anew = (np.array([getattr(row, name) for row in batch]) for name in Row._fields[1:])
        split = Lanes.split(np.repeat(chosen, [len(lanes[k][part]) for k in chosen]))
        mine = Carried(*(column[chosen] for column in carried))
        found = running(number, ahead, counts, anew, split, mine)
        for column, new in zip(carried, found.carried, strict=True):
            column[chosen] = new
        for row, of in enumerate(split.of.tolist()):
            said[chosen[of]].append(tuple(column[row] for column in found[:4]))
    return said


@given(lanes_of_rows, st.integers(0, 2**32 - 1), st.integers(0, 12))
def test_like_counting_by_hand(lanes: list[list[Row]], start: int, cut: int) -> None:
    """The highest before and after every row is what is counted by hand, round the circle and over cuts."""
    numbers = [np.cumsum([start, *(row.step for row in lane)])[1:].tolist() for lane in lanes]
    numbers = [[number % 2**32 for number in lane] for lane in numbers]
    for lane, values, said in zip(lanes, numbers, in_batches(numbers, lanes, cut), strict=True):
        side = Side()
        for row, number, (before, known, after, after_known) in zip(lane, values, said, strict=True):
            old, new = side.meet(number, row)
            assert bool(known) == (old is not None)
            assert bool(after_known) == (new is not None)
            assert old is None or int(before) == old % 2**32
            assert new is None or int(after) == new % 2**32


@given(lanes_of_rows)
def test_marks(lanes: list[list[Row]]) -> None:
    """What marks set holds for themselves and the rows of their lane behind them, and for no others."""
    split = Lanes.split(np.repeat(np.arange(len(lanes)), [len(lane) for lane in lanes]))
    marked = np.array([row.anew for lane in lanes for row in lane])
    marks = Marks(np.flatnonzero(marked), split)
    values, carried = 100 + marks.rows, np.arange(len(lanes))
    stands, before, row = [], [], 0
    for lane in range(len(lanes)):
        now = lane
        for _ in lanes[lane]:
            if marked[row]:
                before.append(now)
                now = 100 + row
            stands.append(now)
            row += 1
    assert marks.throughout(values, carried).tolist() == stands
    assert marks.before(values, carried).tolist() == before
    assert marks.at_last(values, carried).tolist() == [stands[last] for last in split.last.tolist()]
