"""Running numbers of a side: the highest it has sent, and the highest it has acknowledged, before each row.

Rows come in lane order: a lane is one side of a flow, its rows together and in the order of the capture.
Sequence numbers are unrolled by adding up signed differences from row to row, so a lane of any length stays
comparable, and a maximum that starts anew at each new ISN is one `maximum.accumulate`.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array

_SPAN = 1 << 42
_LIMIT = 1 << 40
"Unrolled numbers are held within ±2**40, so that 2**20 stretches of them fit one int64 behind each other."
_NONE = -2 * _LIMIT
"Lower than any number, where there is none yet."
_NEVER = -_LIMIT - 1
_QUARTER = 1 << 30


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

    def earliest(self, marks: Array) -> Array:
        """The first marked row of each lane, or the number of all rows."""
        index = np.where(marks, np.arange(len(marks), dtype=np.int32), np.int32(len(marks)))
        return self.over(np.minimum, index)

    def total(self, amounts: Array, carried: Array) -> "Total":
        """The sums of `amounts`, on top of what was carried."""
        sums = np.cumsum(amounts, dtype=np.int64)
        return Total(sums, carried - sums[self.first] + amounts[self.first], self)


class Total(NamedTuple):
    """A sum over each lane, asked for where it is wanted."""

    sums: Array
    "over all rows"
    offset: Array
    "of each lane, from these sums to its own"
    lanes: Lanes

    def at(self, rows: Array) -> Array:
        """The sum up to and including each of these rows."""
        total: Array = self.sums[rows] + self.offset[self.lanes.of[rows]]
        return total

    def last(self) -> Array:
        """The sum of each lane."""
        total: Array = self.sums[self.lanes.last] + self.offset
        return total


class Marks:
    """Some rows of all, each of which sets something for itself and the rows of its lane behind it."""

    def __init__(self, rows: Array, lanes: Lanes) -> None:
        self.rows = rows
        "rising"
        self._lanes = lanes
        self._lane = lanes.of[rows]

    def before(self, values: Array, carried: Array) -> Array:
        """What stood at each marked row until it: the value of the mark before, or what was carried."""
        stood: Array = carried[self._lane]
        same = np.flatnonzero(self._lane[1:] == self._lane[:-1])
        stood[same + 1] = values[same]
        return stood

    def at_last(self, values: Array, carried: Array) -> Array:
        """What stands at the end of each lane."""
        stands = carried.copy()
        # Of several marks in a lane the last is written last.
        stands[self._lane] = values
        return stands

    def throughout(self, values: Array, carried: Array) -> Array:
        """What stands at every row."""
        starts, marked = self._pieces
        stands = carried[self._lanes.of[starts]]
        stands[marked] = values
        return np.repeat(stands, np.diff(starts, append=len(self._lanes.of)))

    @cached_property
    def _pieces(self) -> tuple[Array, Array]:
        """Where what stands may change, and which of these places are marked rows."""
        changes = np.zeros(len(self._lanes.of), bool)
        changes[self._lanes.first] = True
        changes[self.rows] = True
        starts = np.flatnonzero(changes)
        return starts, np.searchsorted(starts, self.rows)


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
    numbers: Array, ahead: Array | int, counts: Array, anew: Array, lanes: Lanes, carried: Carried
) -> Running:
    """The highest `numbers + ahead` among the rows that count, before each row.

    `numbers` u4, `ahead` bytes, `counts` and `anew` bool, each one per row. At a row where `anew` is true
    the maximum starts over, that row included; the value before it is still the old one.
    """
    last_number = seq.add(carried.highest, -carried.lead)
    first_counting = lanes.earliest(counts)
    base = np.where(carried.known, last_number, numbers[np.minimum(first_counting, len(numbers) - 1)])
    base_of = base[lanes.of]
    position, at_last = _positions(numbers, base_of, counts, lanes)

    value = position + ahead
    if not counts.all():
        value = np.where(counts, value, _NONE)
    old = np.where(carried.known, carried.lead, _NONE)
    at_first = value[lanes.first]
    value[lanes.first] = np.where(anew[lanes.first], at_first, np.maximum(at_first, old))
    # Each lane, and each new ISN in it, lies a span above the one before.
    stretch = lanes.of * _SPAN
    restart = anew.copy()
    restart[lanes.first] = False
    if restart.any():
        stretch += np.cumsum(restart) * _SPAN
    value += stretch
    highest = np.maximum.accumulate(value, out=value)
    highest -= stretch

    before = np.empty(len(numbers), np.int64)
    before[1:] = highest[:-1]
    before[lanes.first] = old
    has, had = highest > _NEVER, before > _NEVER
    after = _numbers(base_of, highest, has)
    last = lanes.last
    left = Carried(after[last], highest[last] - at_last, has[last])
    return Running(_numbers(base_of, before, had), had, after, has, left)


def _positions(numbers: Array, base_of: Array, counts: Array, lanes: Lanes) -> tuple[Array, Array]:
    """How far each row that counts lies from its lane's base, and the last of each lane, 0 where none counts.

    Both i8 and unrolled: a lane may go further than 2**31.
    """
    all_count = bool(counts.all())
    ahead = seq.ahead(numbers, base_of)
    if not all_count:
        ahead = np.where(counts, ahead, np.int32(0))
    # Where no number is further than a quarter of the circle from the base, no step between two is half of
    # it, and the sum of all steps up to a row is its distance.
    if ahead.max() < _QUARTER and ahead.min() > -_QUARTER:
        position = ahead.astype(np.int64)
    else:
        position = _unrolled(numbers, base_of, counts, lanes)
    if all_count:
        return position, position[lanes.last]
    index = np.where(counts, np.arange(len(numbers), dtype=np.int32), np.int32(-1))
    at = lanes.over(np.maximum, index)
    return position, np.where(at >= lanes.first, position[at], 0)


def _unrolled(numbers: Array, base_of: Array, counts: Array, lanes: Lanes) -> Array:
    """The sums of signed steps from each number that counts to the next of its lane."""
    previous = np.empty(len(numbers), np.int64)
    previous[0] = -1
    np.maximum.accumulate(np.where(counts, np.arange(len(numbers)), -1)[:-1], out=previous[1:])
    inside = previous >= lanes.first[lanes.of]
    step = np.where(counts, seq.ahead(numbers, np.where(inside, numbers[previous], base_of)), 0)
    total = np.cumsum(step, dtype=np.int64)
    position: Array = np.clip(total - (total - step)[lanes.first][lanes.of], -_LIMIT, _LIMIT)
    return position


def _numbers(base_of: Array, position: Array, known: Array) -> Array:
    """Positions as sequence numbers; 0 where there is none."""
    number = base_of + position.astype(np.uint32)
    return number if known.all() else np.where(known, number, np.uint32(0))
