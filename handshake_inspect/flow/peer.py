"""What the other end had done when a segment was captured.

Rows stand in lane order, where a side's own past is the row above. Here the two sides of each flow are laid
into one another again, so that every row finds the last row of its peer, in this batch or carried.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.flow.running import Lanes
from handshake_inspect.flow.sides import Memory


class Peer:
    """The other sides of a batch's rows.

    `captured` is each row's position in the capture, `lane` its lane; both in lane order.
    """

    def __init__(self, captured: Array, lane: Array, memory: Memory) -> None:
        n = len(lane)
        self._lane = lane
        self._memory = memory
        flows = Lanes.split(lane >> 1)
        by_capture = np.empty(n, np.int64)
        by_capture[captured] = np.arange(n)
        self._order = by_capture[np.sort((flows.of << 24) | captured) & 0xFFFFFF]
        "rows of each flow in capture order, as positions in lane order"
        self._flows = flows
        side = lane[self._order] & 1
        last = flows.marked(side == 0), flows.marked(side == 1)
        other = np.where(side == 0, last[1], last[0])
        self._other = other
        "for each position in `_order` the last position of the other side, or -1"
        self._side = side
        self._row = np.empty(n, np.int64)
        self._row[self._order] = np.where(other >= 0, self._order[other], -1)
        self._absent = np.flatnonzero(self._row < 0)
        self._absent_row = memory.rows(lane[self._absent] ^ 1)

    def pick(self, values: Array, carried: str) -> Array:
        """The value of the peer at each row: `values` at its last row before, or that carried column."""
        picked: Array = values[self._row]
        picked[self._absent] = self._memory.column(carried, self._absent_row)
        return picked

    def own_count_at_mark(self, marks: Array, counts: Array, carried: Array) -> Array:
        """What `counts` of a row's own side stood at when its flow last had a marked row before it.

        `carried` is that number where the last marked row lies in an earlier batch.
        """
        at = self._flows.before(self._flows.marked(marks[self._order]))
        inside = np.flatnonzero(at >= 0)
        result = carried.copy()
        result[self._order[inside]] = self._count_at(at[inside], self._side[inside], counts)
        return result

    def counts_at_last_mark(self, marks: Array, counts: Array) -> tuple[Array, Array]:
        """(lanes, counts): what both sides of each flow stood at when it last had a marked row."""
        last = self._flows.marked(marks[self._order])[self._flows.last]
        last = last[last >= 0]
        lane = self._lane[self._order[last]] & ~1
        both = [self._count_at(last, np.full(len(last), side), counts) for side in (0, 1)]
        return np.concatenate([lane, lane | 1]), np.concatenate(both)

    def _count_at(self, position: Array, side: Array, counts: Array) -> Array:
        """`counts` of this side of the flow at this position; what was carried where it had not yet sent."""
        row = np.where(self._side[position] == side, position, self._other[position])
        counted: Array = counts[self._order[row]]
        absent = np.flatnonzero(row < 0)
        if len(absent):
            lane = (self._lane[self._order[position[absent]]] & ~1) | side[absent]
            counted[absent] = self._memory.column("segments", self._memory.rows(lane))
        return counted

    def keep_before_marks(self, marks: Array, keep: Array) -> Array:
        """Set `keep` for each side's last row before a marked one; the lanes where it lies further back."""
        position = np.flatnonzero(marks[self._order])
        row = self._order[position]
        own = row - 1
        own_here = (own >= 0) & (self._lane[own] == self._lane[row])
        keep[own[own_here]] = True
        other = self._other[position]
        other_here = other >= 0
        keep[self._order[other[other_here]]] = True
        return np.concatenate([self._lane[row[~own_here]], self._lane[row[~other_here]] ^ 1])
