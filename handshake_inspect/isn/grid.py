"""Views of about equal length, one above the other, so that every expert is asked about all of them at once.

It knows how rows are cut to one length, not what is done with them. The idea: no expert looks ahead, so what
stands behind the end of a shorter row cannot change anything before it. Every row has at least one column
behind its end, and there stands what an expert would say next.
"""

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.series import MOST, Series

LONGEST_GAP_NS = 10**18
"31 years. Times further apart are wrong, and this long any rate stays within 64 bits."
CELLS = 1 << 12
"Entries of one grid: enough to make each call worth it, few enough for a processor's cache."
COMPANY = 24
"Rows of one grid, if there are: experts that go column by column cost as much for one row as for all."


def _widths() -> Iterator[int]:
    width = 4
    while width < MOST:
        yield from (width + 1, width * 3 // 2 + 1)
        width *= 2
    yield MOST + 1


WIDTHS = (0, *_widths())
"How wide grids are: rows fill two thirds of theirs, or more."


def previous(values: Array) -> Array:
    """For each entry the one before it in its row; the first one stands for itself."""
    return np.concatenate((values[..., :1], values[..., :-1]), axis=-1)


class Grid:
    """Columns of a Series as arrays of (views, width); behind its end a row repeats its last entry."""

    def __init__(self, series: Series, first: Array, samples: Array, width: int) -> None:
        self.series = series
        self.first = first
        "The position in the series of each view's first ISN."
        self.samples = samples
        "How many entries of each row are real; fewer than the width."
        self.width = width

    def __len__(self) -> int:
        return len(self.first)

    def take(self, rows: Array) -> "Grid":
        """Some of the views."""
        return Grid(self.series, self.first[rows], self.samples[rows], self.width)

    @cached_property
    def place(self) -> Array:
        """0, 1, 2 …: the place of an entry in its row, for all rows."""
        places: Array = np.arange(self.width)
        return places

    @cached_property
    def real(self) -> Array:
        """Which entries are not behind the end of their row."""
        inside: Array = self.place < self.samples[:, None]
        return inside

    @cached_property
    def _at(self) -> Array:
        end = self.first + self.samples - 1
        rows: Array = np.minimum(self.first[:, None] + self.place, end[:, None])
        return rows

    def column(self, name: str) -> Array:
        """A column of the series, in rows."""
        rows: Array = getattr(self.series, name)[self._at]
        return rows

    @cached_property
    def isn(self) -> Array:
        """u4."""
        return self.column("isn")

    @cached_property
    def last(self) -> Array:
        """u4, the ISN before; the first one is its own."""
        return previous(self.isn)

    @cached_property
    def increment(self) -> Array:
        """u4, how far the ISN is ahead of the last one, modulo 2**32."""
        return self.isn - self.last

    @cached_property
    def elapsed_s(self) -> Array:
        """f8, seconds since the opening before."""
        time_ns = self.column("time_ns")
        gap = (time_ns - previous(time_ns)).view(np.uint64)
        elapsed: Array = np.minimum(gap, LONGEST_GAP_NS) / 1e9
        return elapsed

    @cached_property
    def swapped(self) -> Array:
        """u4, the ISN with its bytes in the other order."""
        return self.isn.byteswap()

    def from_place(self, place: int) -> Array:
        """True from this place on, for experts that need as many ISNs before."""
        return np.broadcast_to(self.place >= place, self.isn.shape)

    def at_end(self, values: Array) -> Array:
        """What an expert holds after the last real entry of each row."""
        held: Array = values[..., np.arange(len(self)), self.samples]
        return held


def grids(series: Series, first: Array, samples: Array, wanted: Array) -> Iterator[tuple[Array, Grid]]:
    """The wanted views in grids of limited size, each with the views that are its rows."""
    for shorter, width in pairwise(WIDTHS):
        views = wanted[(samples[wanted] >= shorter) & (samples[wanted] < width)]
        rows = max(COMPANY, CELLS // width)
        for start in range(0, len(views), rows):
            here = views[start : start + rows]
            yield here, Grid(series, first[here], samples[here], width)
