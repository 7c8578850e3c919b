"""What is remembered of each side of each flow from batch to batch.

A lane is flow * 2 + side. Merging batches is carrying these rows on; they hold numbers only, no states and no
verdicts. A side that never sent has no row of its own: in a flood of SYNs that is half of them.
"""

import numpy as np

from handshake_inspect.columns import Array, Growing, Table, column, roomy


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
    """The rows of `Sides`, found by lane. A lane without a row reads as zeros."""

    def __init__(self) -> None:
        self._sides = Growing(Sides)
        # Row 0 is nobody's, and stays zero.
        self._sides.extend(1)
        self._row = np.zeros(2048, np.int32)

    def know(self, lanes: int) -> None:
        """Make room for lanes below this number."""
        self._row = roomy(self._row, lanes)

    def rows(self, lane: Array) -> Array:
        """Where these lanes are remembered; all lanes that never sent share row 0."""
        return self._row[lane]

    def recall(self, lane: Array) -> Sides:
        """What is known of these lanes."""
        return self._sides.table.take(self.rows(lane))

    def column(self, name: str, row: Array) -> Array:
        """One column of these rows."""
        values: Array = getattr(self._sides.table, name)[row]
        return values

    def store(self, lane: Array, **columns: Array) -> None:
        """Remember these columns of these lanes, each of which stands here once."""
        row = self.rows(lane)
        fresh = np.flatnonzero(row == 0)
        where: Array | slice = row
        if len(fresh):
            new = self._sides.extend(len(fresh))
            row[fresh] = np.arange(new.start, new.stop)
            self._row[lane] = row
            if len(fresh) == len(lane):
                # All are new, and stand behind one another. A new row is zero already, and of a flood most
                # columns stay so: what is not touched takes no memory.
                where = new
                columns = {name: values for name, values in columns.items() if values.any()}
        for name, values in columns.items():
            getattr(self._sides.table, name)[where] = values

    def mark(self, lane: Array, counts: Array) -> None:
        """Remember in `at_mark` what these lanes had sent. One that never sent needs no memory for that."""
        row = self._row[lane]
        self._sides.table.at_mark[row[row > 0]] = counts[row > 0]
