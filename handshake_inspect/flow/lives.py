"""One row for each life of each 4-tuple: where its events lie, and which end is the client."""

from collections.abc import Iterator
from enum import IntEnum
from itertools import pairwise

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array, Table, column
from handshake_inspect.decode.segments import Ends, Flag
from handshake_inspect.flow.events import OWN_ACKED, OWN_NEXT, PEER_ACKED, PEER_NEXT, QUOTE, Events
from handshake_inspect.flow.incarnations import incarnations
from handshake_inspect.flow.lanes import Lanes
from handshake_inspect.flow.offered import Offered
from handshake_inspect.integers import distinct


class KnownBy(IntEnum):
    """How it is known which end is the client."""

    SYN = 0
    SYN_ACK = 1
    PORT = 2
    FIRST_SEGMENT = 3
    ITSELF = 4
    "both ends are one, so nothing need be known"

    @property
    def label(self) -> str:
        """As the report says it."""
        known = KnownBy.FIRST_SEGMENT if self is KnownBy.ITSELF else self
        return known.name.lower().replace("_", "-")


PART = 1 << 15
"Events of a part, a little more or less: lives are not divided."

EPHEMERAL = 32768
"Linux draws client ports from here on, others from 49152 as RFC 6335 §6 has it."


class Lives(Table):
    """One row per life, in the order of flows and of their lives."""

    first: Array = column("i8", "position in the events", "its first event")
    last: Array = column("i8", "position in the events", "its last event")
    flow: Array = column("i8", "", "the pair of ends")
    client: Array = column("u1", "side", "which side is the client")
    known_by: Array = column("u1", "KnownBy", "how that is known")
    client_shift: Array = column("u1", "bits", "by how much the client's windows are scaled")
    server_shift: Array = column("u1", "bits", "by how much the server's windows are scaled")

    rows: Lanes
    "the events of the lives"
    streams: Array
    "positions of the events with which Wireshark's streams begin"
    foreign: Array
    "per event: a SYN that the living connection did not take"

    def parts(self, events: Events) -> "Iterator[tuple[Events, Lives]]":
        """These events and lives in parts, so that what is worked out for one stays in the cache."""
        for theirs, at, rows in self.pieces():
            part = self.take(theirs)
            part.rows, part.foreign = rows, self.foreign[at]
            yield events.take(at), part

    def pieces(self) -> "Iterator[tuple[slice, slice, Lanes]]":
        """For each part where its lives lie, and where their events, and the lives of those, from 0."""
        most = np.arange(0, len(self.rows.of), PART) + PART
        bounds = distinct(np.append(np.searchsorted(self.first, most), [0, len(self)])).tolist()
        for start, stop in pairwise(bounds):
            lo, hi = int(self.first[start]), int(self.last[stop - 1]) + 1
            rows = Lanes(self.first[start:stop] - lo, self.last[start:stop] - lo, self.rows.of[lo:hi] - start)
            yield slice(start, stop), slice(lo, hi), rows


def lives(events: Events, ends: Ends, offered: Offered) -> Lives:
    """The lives of all flows. `ends` are those of each flow, its side 0 as the source."""
    starts, streams = incarnations(events)
    n = len(events)
    last = np.append(starts[1:], n) - 1 if n else starts
    begins = np.zeros(n, bool)
    begins[starts[1:]] = True
    rows = Lanes(starts, last, np.cumsum(begins, dtype=np.int32))
    flow = events.flow[starts] if n else starts
    client, known_by = _roles(events, rows, ends.source_port[flow], ends.target_port[flow])
    known_by[_to_itself(ends)[flow]] = KnownBy.ITSELF
    table = Lives(
        first=starts,
        last=last,
        flow=flow,
        client=client,
        known_by=known_by,
        client_shift=np.zeros(len(starts), np.uint8),
        server_shift=np.zeros(len(starts), np.uint8),
    )
    table.rows, table.streams = rows, streams
    table.foreign = _foreign(events, rows)
    _scale(table, events, offered)
    return table


def _to_itself(ends: Ends) -> Array:
    """For each flow whether both its ends are one."""
    same: Array = ends.source_port == ends.target_port
    if same.any():
        same = same & (ends.source_low == ends.target_low) & (ends.source_high == ends.target_high)
    return same


def _first(marks: Array, rows: Lanes) -> Array:
    """The first marked event of each life, or -1."""
    n = len(marks)
    if n == 0:
        return np.empty(0, np.int64)
    at = rows.over(np.minimum, np.where(marks, np.arange(n), n))
    return np.where(at < n, at, -1)


def _roles(events: Events, rows: Lanes, port_0: Array, port_1: Array) -> tuple[Array, Array]:
    real = events.flags != QUOTE
    syn = real & (events.flags & Flag.SYN != 0)
    has_ack = events.flags & Flag.ACK != 0
    at_once = (syn & ~has_ack)[rows.first]
    if at_once.all():
        return events.side[rows.first], np.full(len(rows.first), KnownBy.SYN, np.uint8)
    opener, answer, any_segment = (_first(m, rows) for m in (syn & ~has_ack, syn & has_ack, real))
    side = events.side
    low = np.minimum(port_0, port_1)
    high = np.maximum(port_0, port_1)
    telling = (low != high) & ((low < 1024) | (low < EPHEMERAL)) & ((high >= EPHEMERAL) | (low < 1024))
    by_port = (port_0 == low).astype(np.uint8)
    client = np.where(
        opener >= 0,
        side[opener],
        np.where(answer >= 0, side[answer] ^ 1, np.where(telling, by_port, side[any_segment])),
    )
    known_by = np.where(
        opener >= 0,
        KnownBy.SYN,
        np.where(answer >= 0, KnownBy.SYN_ACK, np.where(telling, KnownBy.PORT, KnownBy.FIRST_SEGMENT)),
    )
    return client.astype(np.uint8), known_by.astype(np.uint8)


def _foreign(events: Events, rows: Lanes) -> Array:
    """SYNs of an ISN that the peer never took up, in lives where it took up another of the same side.

    Their running numbers have nothing to do with the connection's, so those are put right here.
    """
    foreign = np.zeros(len(events), bool)
    syn = (events.flags & Flag.SYN != 0) & (events.flags != QUOTE)
    if not len(events):
        return foreign
    at = np.flatnonzero(syn)
    several = []
    for side in (0, 1):
        mine = at[np.flatnonzero(events.side[at] == side)]
        life, number = rows.of[mine], events.seq[mine]
        several.append(life[1:][(life[1:] == life[:-1]) & (number[1:] != number[:-1])])
    for life in distinct(np.concatenate(several)).tolist():
        lo, hi = int(rows.first[life]), int(rows.last[life]) + 1
        if _mark_foreign(events, syn, foreign, lo, hi):
            _renumber(events, foreign, lo, hi)
    return foreign


def _mark_foreign(events: Events, syn: Array, foreign: Array, lo: int, hi: int) -> bool:
    side, number, end = events.side[lo:hi], events.seq[lo:hi], events.payload_bytes[lo:hi]
    acking = (events.flags[lo:hi] & Flag.ACK != 0) & (events.flags[lo:hi] != QUOTE)
    for mine in (0, 1):
        at = np.flatnonzero(syn[lo:hi] & (side == mine))
        acked = events.ack[lo:hi][acking & (side != mine)]
        taken = {
            int(number[i])
            for i in at
            if ((seq.ahead(acked, number[i]) > 0) & (seq.ahead(acked, number[i]) <= 1 + end[i])).any()
        }
        others = np.flatnonzero((side == mine) & (events.flags[lo:hi] & (Flag.SYN | Flag.RST) == 0))
        joined_late = not taken and len(others) > 0 and len(at) > 0 and bool(others[0] < at[0])
        # What came before the SYN that was taken belongs to the opening, and was an attempt of its own.
        since = at[0] if joined_late else next((i for i in at if int(number[i]) in taken), hi)
        foreign[lo + at] = [i >= since and int(number[i]) not in taken for i in at]
    return bool(foreign[lo:hi].any())


def _renumber(events: Events, foreign: Array, lo: int, hi: int) -> None:
    sent: list[int | None] = [None, None]
    acked: list[int | None] = [None, None]
    isn: list[int | None] = [None, None]
    for i in range(lo, hi):
        flags, side = int(events.flags[i]), int(events.side[i])
        if flags == QUOTE:
            continue
        peer = 1 - side
        known = 0
        for bit, column_name, value in (
            (OWN_NEXT, "own_next", sent[side]),
            (OWN_ACKED, "own_acked", acked[side]),
            (PEER_NEXT, "peer_next", sent[peer]),
            (PEER_ACKED, "peer_acked", acked[peer]),
        ):
            if value is not None:
                getattr(events, column_name)[i] = value
                known |= bit
        events.known[i] = known
        if foreign[i] or flags & Flag.RST:
            continue
        number = int(events.seq[i])
        if flags & Flag.SYN and isn[side] != number:
            isn[side] = number
            sent[side] = acked[side] = None
        length = int(events.payload_bytes[i]) + bool(flags & Flag.SYN) + bool(flags & Flag.FIN)
        sent[side] = _later(sent[side], seq.add(number, length))
        if flags & Flag.ACK:
            acked[side] = _later(acked[side], int(events.ack[i]))


def _later(a: int | None, b: int) -> int:
    return b if a is None or seq.ahead(b, a) > 0 else a


def _scale(table: Lives, events: Events, offered: Offered) -> None:
    """Windows are scaled when both SYNs offered to (RFC 7323 §2.2); more than 14 counts as 14 (§2.3)."""
    syn = np.flatnonzero((events.flags & Flag.SYN != 0) & (events.flags != QUOTE) & ~table.foreign)
    life = table.rows.of[syn]
    server = events.side[syn] != table.client[life]
    if not server.any():
        return
    ours, theirs = (np.full(len(table), -1, np.int32) for _ in range(2))
    for first, mine in ((ours, ~server), (theirs, server)):
        # Written backwards, the first of each life stays.
        first[life[mine][::-1]] = syn[mine][::-1]
    both = np.flatnonzero((ours >= 0) & (theirs >= 0))
    if not len(both):
        return
    client, server = (np.minimum(offered.shifts(events.frame[at[both]]), 14) for at in (ours, theirs))
    scaled = (client >= 0) & (server >= 0)
    table.client_shift[both] = np.where(scaled, client, 0)
    table.server_shift[both] = np.where(scaled, server, 0)
