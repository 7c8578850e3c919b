"""What the other end had done when a segment was captured.

Rows stand in lane order, where a side's own past is the row above. Here the two sides of each flow are laid
into one another again, so that every row finds the last row of its peer, in this batch or carried.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.flow.lanes import Lanes, Total
from handshake_inspect.flow.sides import Memory


class Last(NamedTuple):
    """Where the last rows of peers are: in the batch, or remembered."""

    row: Array
    "in lane order; negative where the peer has none in the batch"
    absent: Array
    "where `row` is negative"
    memory: Memory
    remembered: Array
    "for each of `absent` its row in the memory"

    def pick(self, values: Array, carried: str) -> Array:
        """The value of the peer: `values` at its last row before, or that carried column."""
        picked: Array = values[self.row]
        picked[self.absent] = self.memory.column(carried, self.remembered)
        return picked


class Peer:
    """The other sides of a batch's rows.

    `captured` is each row's position in the capture, `lane` its lane; both in lane order. `by_flow` are the
    positions in the capture, by flow.
    """

    def __init__(self, captured: Array, by_flow: Array, lane: Array, lanes: Lanes, memory: Memory) -> None:
        n = len(lane)
        self._goes_on = np.ones(n, bool)
        self._goes_on[lanes.first] = False
        self._captured, self._lane, self._lanes, self._memory = captured, lane, lanes, memory
        by_capture = np.empty(n, np.int64)
        by_capture[captured] = np.arange(n)
        self.by_flow = order = by_capture[by_flow]
        "the rows by flow, in capture order"
        # Where a side stops and the other goes on, the row above is the other's last, until it stops again.
        turns = Lanes.split(lane[order])
        above = order[turns.first - 1]
        same_flow = lane[above] ^ 1 == lane[order[turns.first]]
        same_flow[0] = False
        self._row = np.empty(n, np.int64)
        self._row[order] = np.repeat(np.where(same_flow, above, -1), turns.last - turns.first + 1)
        self.last = self.last_before(slice(None))
        "the last row of the peer before each row"

    def last_before(self, rows: Array | slice) -> Last:
        """The last row of the peer before each of these rows."""
        row = self._row[rows]
        absent = np.flatnonzero(row < 0)
        return Last(row, absent, self._memory, self._memory.rows(self._lane[rows][absent] ^ 1))

    def keep_before(self, marks: Array, keep: Array) -> Array:
        """Set `keep` for each side's last row before these rows; the lanes where it lies further back."""
        keep[:-1] |= marks[1:] & self._goes_on[1:]
        rows = np.flatnonzero(marks)
        other = self._row[rows]
        keep[other[np.flatnonzero(other >= 0)]] = True
        first = np.flatnonzero(marks & ~self._goes_on)
        further = np.concatenate([self._lane[first], self._lane[rows[other < 0]] ^ 1])
        # Most of these have sent nothing before.
        sent: Array = further[np.flatnonzero(self._memory.rows(further))]
        return sent

    def keep_after(self, marks: Array, keep: Array, count: int) -> None:
        """Set `keep` for the first `count` rows of each side behind each of these rows."""
        rows = np.flatnonzero(marks)
        lane, behind = self._lane[rows], self._row[rows] + 1
        # A peer that has none before it begins behind it, in the lane next to this one.
        absent = np.flatnonzero(behind == 0)
        beside = self._lanes.of[rows[absent]] + 1 - 2 * (lane[absent] & 1)
        behind[absent] = self._lanes.first[np.clip(beside, 0, len(self._lanes.first) - 1)]
        behind = np.minimum(behind, len(keep) - 1)
        after = self._next(marks)
        after[behind[np.flatnonzero(self._lane[behind] == lane ^ 1)]] = True
        for _ in range(count):
            keep |= after
            after = self._next(after)

    def _next(self, marks: Array) -> Array:
        """The rows of the same lanes right behind these."""
        behind = np.zeros(len(marks), bool)
        np.logical_and(marks[:-1], self._goes_on[1:], out=behind[1:])
        return behind

    def counts_at_last(self, marks: Array, counts: Total) -> tuple[Array, Array]:
        """(lanes, counts): what both sides of each flow stood at when it had the last of these rows."""
        rows = np.flatnonzero(marks)
        if len(rows):
            rows = rows[Lanes.split(self._lane[rows]).last]
            flows = Lanes.split(self._lane[rows] >> 1)
            one, two = rows[flows.first], rows[flows.last]
            rows = np.where(self._captured[one] > self._captured[two], one, two)
        lane = self._lane[rows]
        other = self.last_before(rows)
        theirs = counts.at(other.row, self._lanes.of[other.row])
        theirs[other.absent] = self._memory.column("segments", other.remembered)
        own = counts.at(rows, self._lanes.of[rows])
        return np.concatenate([lane, lane ^ 1]), np.concatenate([own, theirs])
