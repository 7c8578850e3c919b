"""Running numbers of a side: the highest it has sent, and the highest it has acknowledged, before each row.

Rows come in lane order: a lane is one side of a flow, its rows together and in the order of the capture.
Sequence numbers are unrolled by adding up signed differences from row to row, so a lane of any length stays
comparable, and a maximum that starts anew at each new ISN is one `maximum.accumulate`.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array

_SPAN = 1 << 42
_LIMIT = 1 << 40
"Unrolled numbers are held within ±2**40, so that 2**20 stretches of them fit one int64 behind each other."


class Lanes(NamedTuple):
    """How rows in lane order fall into lanes."""

    first: Array
    "the first row of each lane"
    last: Array
    "the last row of each lane"
    of: Array
    "the lane of each row, counted from 0 in this batch"

    @classmethod
    def split(cls, lane: Array) -> "Lanes":
        """The stretches of equal numbers in `lane`, which is sorted and not empty."""
        starts = np.empty(len(lane), bool)
        starts[0] = True
        np.not_equal(lane[1:], lane[:-1], out=starts[1:])
        first = np.flatnonzero(starts)
        return cls(first, np.append(first[1:], len(lane)) - 1, np.cumsum(starts) - 1)

    def over(self, reduce: np.ufunc, values: Array) -> Array:
        """These values, one for each row, taken together for each lane, in their own dtype."""
        # A million lanes of one row each have nothing to take together.
        if len(values) == len(self.first):
            return values
        return reduce.reduceat(values, self.first, dtype=values.dtype)

    def marked(self, marks: Array) -> Array:
        """For each row the last marked row of its lane up to and including itself, or -1."""
        index = np.maximum.accumulate(np.where(marks, np.arange(len(marks), dtype=np.int32), np.int32(-1)))
        return np.where(index >= self.first[self.of], index, np.int32(-1))

    def before(self, index: Array) -> Array:
        """`index` as it stood one row earlier in the lane, or -1 at its first row."""
        earlier = np.empty_like(index)
        earlier[1:] = index[:-1]
        earlier[self.first] = -1
        return earlier

    def total(self, amounts: Array, carried: Array) -> Array:
        """The sum of `amounts` up to and including each row, on top of what was carried."""
        sums = np.cumsum(amounts, dtype=np.int64)
        return sums + (carried - sums[self.first] + amounts[self.first])[self.of]


class Carried(NamedTuple):
    """What earlier batches left of each lane."""

    highest: Array
    "the highest so far (u4)"
    lead: Array
    "how far the highest lies ahead of the last number (i8); unrolled, so it may exceed 2**31"
    known: Array
    "whether there is one"


class Running(NamedTuple):
    """The answer, in the order of the rows."""

    before: Array
    "the highest before the row (u4)"
    known: Array
    "whether there was any (bool)"
    after: Array
    "the highest after the row (u4)"
    after_known: Array
    "whether there is any (bool)"
    carried: Carried
    "for the next batch"


def running(
    numbers: Array, ahead: Array, counts: Array, anew: Array, lanes: Lanes, carried: Carried
) -> Running:
    """The highest `numbers + ahead` among the rows that count, before each row.

    `numbers` u4, `ahead` i8 bytes, `counts` and `anew` bool, each one per row. At a row where `anew` is true
    the maximum starts over, that row included; the value before it is still the old one.
    """
    n = len(numbers)
    index = np.arange(n)
    group_first = lanes.first[lanes.of]
    previous = np.empty(n, np.int64)
    previous[0] = -1
    np.maximum.accumulate(np.where(counts, index, -1)[:-1], out=previous[1:])
    inside = previous >= group_first
    last_number = seq.add(carried.highest, -carried.lead)
    base = np.where(carried.known, last_number, _first_counting(numbers, counts, lanes))
    from_number = np.where(inside, numbers[np.maximum(previous, 0)], base[lanes.of])
    step = np.where(counts, seq.ahead(numbers, from_number), 0).astype(np.int64)
    total = np.cumsum(step)
    position = total - (total - step)[group_first]

    stretch_start = anew.copy()
    stretch_start[lanes.first] = True
    stretch = np.cumsum(stretch_start) * _SPAN
    value = np.where(counts, np.clip(position + ahead, -_LIMIT, _LIMIT), -2 * _LIMIT)
    old = np.where(carried.known, carried.lead, -2 * _LIMIT)
    at_first = value[lanes.first]
    value[lanes.first] = np.where(anew[lanes.first], at_first, np.maximum(at_first, old))
    highest = np.maximum.accumulate(value + stretch) - stretch

    before = np.empty(n, np.int64)
    before[1:] = highest[:-1]
    before[lanes.first] = old
    base_of = base[lanes.of].astype(np.int64)
    has = highest > -_LIMIT - 1
    after = np.where(has, base_of + highest, 0).astype(np.uint32)
    last = lanes.last
    known = before > -_LIMIT - 1
    return Running(
        np.where(known, base_of + before, 0).astype(np.uint32),
        known,
        after,
        has,
        Carried(after[last], (highest - position)[last], has[last]),
    )


def _first_counting(numbers: Array, counts: Array, lanes: Lanes) -> Array:
    """The number of each lane's first row that counts; any number where none does."""
    index = np.where(counts, np.arange(len(numbers)), len(numbers))
    first = lanes.over(np.minimum, index)
    return numbers[np.minimum(first, len(numbers) - 1)]
