"""How a batch falls into lanes, and what holds for each: sums, and what its last SYN or FIN has set.

Rows come in lane order: a lane is one side of a flow, its rows together and in the order of the capture. Its
one idea: what few rows decide is written down at those rows, and spread over the others only where it is
compared with each of them.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array


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

    def firsts(self, values: Array) -> Array:
        """The value of each lane's first row."""
        return values if len(values) == len(self.first) else values[self.first]

    def lasts(self, values: Array) -> Array:
        """The value of each lane's last row."""
        return values if len(values) == len(self.first) else values[self.last]

    def over(self, reduce: np.ufunc, values: Array) -> Array:
        """These values, one for each row, taken together for each lane, in their own dtype."""
        # A million lanes of one row each have nothing to take together.
        if len(values) == len(self.first):
            return values
        return reduce.reduceat(values, self.first, dtype=values.dtype)

    def tally(self, marks: Array) -> Array:
        """How many marked rows each lane has, i4."""
        if len(marks) == len(self.first):
            return marks.astype(np.int32)
        at = np.flatnonzero(marks)
        # Often there are none at all.
        if not len(at):
            return np.zeros(len(self.first), np.int32)
        return np.bincount(self.of[at], minlength=len(self.first)).astype(np.int32)

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

    def at(self, rows: Array, of: Array) -> Array:
        """The sum up to and including each of these rows, which are of these lanes."""
        if not self.sums[-1] and not self.offset.any():
            return np.zeros(len(rows), np.int64)
        total: Array = self.sums[rows] + self.offset[of]
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
        starts, piece = self._pieces
        stands = carried[self._lanes.of[starts]]
        stands[piece[self.rows]] = values
        return stands[piece]

    @cached_property
    def _pieces(self) -> tuple[Array, Array]:
        """Where what stands may change, and behind which of these places each row is."""
        changes = np.zeros(len(self._lanes.of), bool)
        changes[self._lanes.first] = True
        changes[self.rows] = True
        return np.flatnonzero(changes), np.cumsum(changes) - 1
