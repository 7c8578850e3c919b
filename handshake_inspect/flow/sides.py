"""What is remembered of each side of each flow from batch to batch.

A lane is flow * 2 + side. Merging batches is carrying these rows on; they hold numbers only, no states and no
verdicts. A side that never sent has no row of its own: in a flood of SYNs that is half of them.
"""

import numpy as np

from handshake_inspect.columns import Array, Growing, Table, column, roomy
from handshake_inspect.flow.events import Events
from handshake_inspect.flow.firsts import left
from handshake_inspect.integers import distinct


class Sides(Table):
    """One row per side that has sent."""

    sent: Array = column("u4", "", "end of the highest sent")
    sent_lead: Array = column("i8", "bytes", "how far that lies ahead of the last sequence number")
    sent_known: Array = column("?", "", "")
    acked: Array = column("u4", "", "the highest acknowledged")
    acked_lead: Array = column("i8", "bytes", "how far that lies ahead of the last acknowledgement number")
    acked_known: Array = column("?", "", "")
    isn: Array = column("u4", "", "SEG.SEQ of the last SYN")
    isn_known: Array = column("?", "", "")
    landmark: Array = column("u4", "", "end of the last SYN or FIN")
    landmark_known: Array = column("?", "", "")
    fin: Array = column("u4", "", "end of the last FIN, until a new ISN")
    fin_known: Array = column("?", "", "")
    timed: Array = column("?", "", "the last SYN had timestamps")
    odd: Array = column("u1", "Options", "in which ways options were odd since the last new ISN")
    window: Array = column("u2", "not scaled", "the last window")
    segments: Array = column("i4", "segments", "sent so far")
    bytes: Array = column("i8", "bytes", "payload sent so far")
    bare: Array = column("?", "", "it has sent a segment without payload, SYN, FIN or RST")
    again: Array = column("i4", "segments", "carrying nothing new so far")
    shut: Array = column("i4", "segments", "with a window of 0 so far, RSTs not counted")
    at_mark: Array = column("i4", "segments", "sent when the flow last had a marked segment")


class Memory:
    """The rows of `Sides`, found by lane. A lane without a row reads as zeros.

    A side that sent a flow's only segment so far is remembered by that event alone: in a flood, all are, and
    hardly any speaks again.
    """

    def __init__(self, kept: Growing[Events]) -> None:
        self._kept = kept
        self._sides = Growing(Sides)
        # Row 0 is nobody's, and stays zero.
        self._sides.extend(1)
        self._row = np.zeros(2048, np.int32)
        "by lane; ~ the event, and so below zero, where that is all there is to remember"

    def know(self, lanes: int) -> None:
        """Make room for lanes below this number."""
        self._row = roomy(self._row, lanes)

    def rows(self, lane: Array) -> Array:
        """Where these lanes are remembered; all lanes that never sent share row 0."""
        row = self._row[lane]
        begun = np.flatnonzero(row < 0)
        if len(begun):
            begun = distinct(lane[begun])
            self._append(begun, left(self._kept.table.take(~self._row[begun])))
            row = self._row[lane]
        return row

    def recall(self, lane: Array) -> Sides:
        """What is known of these lanes."""
        return self._sides.table.take(self.rows(lane))

    def column(self, name: str, row: Array) -> Array:
        """One column of these rows."""
        values: Array = getattr(self._sides.table, name)[row]
        return values

    def begin(self, lane: Array, event: Array) -> None:
        """Remember that these lanes, which were not known, have sent these events and nothing else."""
        self._row[lane] = ~event

    def store(self, lane: Array, **columns: Array) -> None:
        """Remember these columns of these lanes, each of which stands here once."""
        row = self.rows(lane)
        fresh = np.flatnonzero(row == 0)
        if len(fresh) == len(lane):
            self._append(lane, columns)
            return
        new = self._sides.extend(len(fresh))
        row[fresh] = self._row[lane[fresh]] = np.arange(new.start, new.stop)
        for name, values in columns.items():
            getattr(self._sides.table, name)[row] = values

    def mark(self, lane: Array, counts: Array) -> None:
        """Remember in `at_mark` what these lanes had sent. One that never sent needs no memory for that."""
        row = self.rows(lane)
        self._sides.table.at_mark[row[row > 0]] = counts[row > 0]

    def _append(self, lane: Array, columns: dict[str, Array]) -> None:
        """Remember these columns of these lanes, which have no rows yet."""
        start = self._sides.count
        self._sides.add(**columns)
        self._row[lane] = np.arange(start, self._sides.count)
