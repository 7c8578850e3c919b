"""What is odd about how segments were captured, counted per side of each flow while the batches pass.

It knows frames and counts, not causes: rules decide what an oddity means. Its one idea: an oddity leaves one
row for each side, however often it is seen, and rows are merged by counting, so neither the length of a
capture nor how it is cut into batches shows. Copies are noticed at the frame they are copies of.
"""

from enum import Enum

import numpy as np

from handshake_inspect.columns import Array, Table, column
from handshake_inspect.decode.segments import Checksums, Observed
from handshake_inspect.flow.quality import Sightings
from handshake_inspect.integers import among

LARGE_BYTES = 1460
"""Payload that fits no packet on plain Ethernet (MTU 1500): what is larger was put together by a network card
or goes over a link with larger frames. Only such segments are compared with what was negotiated."""

EXAMPLES = 8
"So many frames of each kind are kept as evidence."

MERGE_AT = 64
"So many pieces are kept apart before they become one."


class Kind(Enum):
    """What was noticed."""

    HEADERS_CUT = "the capture ends before the TCP header does"
    UNFINISHED = "the checksum is left for the network card"
    CORRUPT = "the checksum is wrong"
    LARGE = "the payload is larger than LARGE_BYTES"
    COPY = "a copy at the same place"
    COPY_HOP = "a copy with another TTL"
    COPY_INTERFACE = "a copy from another interface"


class Notices(Table):
    """One row per side of a flow."""

    lane: Array = column("i8", "", "flow * 2 + side")
    count: Array = column("i8", "segments", "how often")
    first_frame: Array = column("i8", "from 1", "the first")
    last_frame: Array = column("i8", "from 1", "the last")
    amount: Array = column("i8", "", "the largest, where a kind has an amount")
    frame: Array = column("i8", "from 1", "the frame of the largest, the first of several")
    time_ns: Array = column("i8", "ns since 1970-01-01 UTC", "when that was captured")
    record_byte: Array = column("i8", "bytes", "where its record begins")
    record_bytes: Array = column("i8", "bytes", "how long that is")


class Examples(Table):
    """The first segments of a kind."""

    lane: Array = column("i8", "", "flow * 2 + side")
    frame: Array = column("i8", "from 1", "the frame")
    time_ns: Array = column("i8", "ns since 1970-01-01 UTC", "when it was captured")
    record_byte: Array = column("i8", "bytes", "where its record begins")
    record_bytes: Array = column("i8", "bytes", "how long that is")
    original: Array = column("i8", "from 1", "of a copy the frame it is a copy of, else its own frame")


class Apart(Table):
    """One row per side of a flow and pair of interfaces that captured the same packets of it."""

    lane: Array = column("i8", "", "flow * 2 + side")
    pair: Array = column("i8", "lower << 32 | higher", "the interfaces")
    least_ns: Array = column("i8", "ns", "how much later the higher one captured them, at least")
    most_ns: Array = column("i8", "ns", "and at most")


class Noticed:
    """Everything noticed so far."""

    def __init__(self) -> None:
        self.summed = 0
        "segments whose checksum was looked at"
        self._notices: dict[Kind, list[Notices]] = {kind: [] for kind in Kind}
        self._examples: dict[Kind, Examples] = {kind: Examples.blank(0) for kind in Kind}
        self._apart: list[Apart] = []

    def of(self, kind: Kind) -> Notices:
        """One row for each side that has any of a kind, by lane."""
        pieces = self._notices[kind]
        if len(pieces) > 1:
            self._notices[kind] = pieces = [_merged(pieces)]
        return pieces[0] if pieces else Notices.blank(0)

    def examples(self, kind: Kind) -> Examples:
        """The first few of a kind, by frame."""
        return self._examples[kind]

    @property
    def apart(self) -> Apart:
        """How far apart interfaces captured the same packets, by lane and pair."""
        if len(self._apart) > 1:
            self._apart = [_widest(Apart.concat(self._apart))]
        return self._apart[0] if self._apart else Apart.blank(0)

    def take(self, segments: Observed, lane: Array, wrong: Checksums) -> None:
        """Look at segments that are no copies, of which `wrong` says whose checksums are."""
        cut = np.flatnonzero(segments.headers_cut & ~segments.fragment)
        if len(cut):
            self._note(Kind.HEADERS_CUT, segments, lane, cut)
        if len(wrong):
            for kind, unfinished in ((Kind.UNFINISHED, True), (Kind.CORRUPT, False)):
                frames = wrong.frame[wrong.unfinished == unfinished]
                self._note(kind, segments, lane, np.flatnonzero(among(segments.frame, frames)))
        large = np.flatnonzero(segments.payload_bytes > LARGE_BYTES)
        if len(large):
            self._note(Kind.LARGE, segments, lane, large, segments.payload_bytes[large])

    def copies(self, copies: Observed, lane: Array, originals: Sightings) -> None:
        """Look at copies, each with what it is a copy of."""
        elsewhere = copies.interface != originals.interface
        hop = ~elsewhere & (copies.ttl != originals.ttl)
        for kind, mask in (
            (Kind.COPY_INTERFACE, elsewhere),
            (Kind.COPY_HOP, hop),
            (Kind.COPY, ~elsewhere & ~hop),
        ):
            self._note(kind, copies, lane, np.flatnonzero(mask), original=originals.frame)
        rows = np.flatnonzero(elsewhere)
        if len(rows):
            here, there = copies.interface[rows].astype(np.int64), originals.interface[rows].astype(np.int64)
            later = copies.time_ns[rows] - originals.time_ns[rows]
            later = np.where(here > there, later, -later)
            pair = np.minimum(here, there) << 32 | np.maximum(here, there)
            self._apart.append(_widest(Apart(lane=lane[rows], pair=pair, least_ns=later, most_ns=later)))
            if len(self._apart) >= MERGE_AT:
                self._apart = [self.apart]

    def _note(
        self,
        kind: Kind,
        segments: Observed,
        lane: Array,
        rows: Array,
        amount: Array | None = None,
        original: Array | None = None,
    ) -> None:
        if not len(rows):
            return
        chosen, lane = segments.take(rows), lane[rows]
        at = chosen.frame if original is None else original[rows]
        place = {name: getattr(chosen, name) for name in ("frame", "time_ns", "record_byte", "record_bytes")}
        some = self._examples[kind]
        if len(some) < EXAMPLES:
            more = Examples(lane=lane, original=at, **place).take(slice(0, EXAMPLES - len(some)))
            self._examples[kind] = Examples.concat([some, more])
        each = Notices(
            lane=lane,
            count=np.ones(len(rows), np.int64),
            first_frame=at,
            last_frame=at,
            amount=np.zeros(len(rows), np.int64) if amount is None else amount,
            **place,
        )
        pieces = self._notices[kind]
        pieces.append(_merged([each]))
        if len(pieces) >= MERGE_AT:
            self._notices[kind] = [_merged(pieces)]


def _merged(pieces: list[Notices]) -> Notices:
    """One row for each lane; the place is that of the largest amount, the first of several."""
    rows = Notices.concat(pieces)
    rows = rows.take(np.lexsort((rows.frame, -rows.amount, rows.lane)))
    start = _starts(rows.lane)
    merged = rows.take(start)
    merged.count = np.add.reduceat(rows.count, start)
    merged.first_frame = np.minimum.reduceat(rows.first_frame, start)
    merged.last_frame = np.maximum.reduceat(rows.last_frame, start)
    return merged


def _widest(rows: Apart) -> Apart:
    rows = rows.take(np.lexsort((rows.pair, rows.lane)))
    start = _starts(rows.lane, rows.pair)
    widest = rows.take(start)
    widest.least_ns = np.minimum.reduceat(rows.least_ns, start)
    widest.most_ns = np.maximum.reduceat(rows.most_ns, start)
    return widest


def _starts(*keys: Array) -> Array:
    """Where rows begin that differ from those before, in any key."""
    new = np.zeros(len(keys[0]), bool)
    new[:1] = True
    for key in keys:
        new[1:] |= key[1:] != key[:-1]
    return np.flatnonzero(new)
