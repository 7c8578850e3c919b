"""What each event means, by its numbers: quantities are settled here, for all events at once.

Which SYN or FIN an acknowledgement covers, whether a segment is new, whether a RST lies where its receiver
must believe it (RFC 9293 §3.10.7). What follows from that is not known here.
"""

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Flag
from handshake_inspect.flow.events import OWN_NEXT, PEER_ACKED, PEER_NEXT, QUOTE, Events
from handshake_inspect.flow.lives import Lives
from handshake_inspect.flow.shape import (
    ACKS_SHIFT,
    FLAGS_SHIFT,
    PAYLOAD,
    PLACE_SHIFT,
    QUOTED,
    SERVER,
    Acks,
    Place,
    Reset,
    Syn,
)


def meanings(events: Events, lives: Lives) -> Array:
    """The meaning of every event, packed into one number each as `shape` says."""
    e, of = events, lives.rows.of
    quote = e.flags == QUOTE
    flags = np.where(quote, np.uint16(0), e.flags & 0x37)
    syn, fin, rst = flags & Flag.SYN != 0, flags & Flag.FIN != 0, flags & Flag.RST != 0
    server = (e.side ^ lives.client[of]).astype(bool)
    end = seq.add(e.seq, e.payload_bytes + syn + fin)
    isn = _Isns(e.seq, syn & ~lives.foreign, server, lives)
    fin_end = _fin_ends(end, fin & ~rst, server, lives)
    has_ack = flags & Flag.ACK != 0
    # Where a kind of segment is absent altogether, as in a flood of SYNs, nothing is computed for it.
    nothing = np.zeros(len(e), np.int64)
    acks = _acks(e, has_ack, isn, fin_end, server) if has_ack.any() else nothing
    place = nothing if syn.all() else _places(e, fin_end, server, fin, end)
    if rst.any():
        place = np.where(rst, _resets(e, lives, server), place)
    place = np.where(syn, isn.relation, place)
    if lives.foreign.any():
        place = np.where(syn & lives.foreign, Syn.FOREIGN, place)
    if quote.any():
        of_syn = isn.known(~server) & (e.seq == isn.value(~server))
        place = np.where(quote, ~of_syn, place)
    packed: Array = (
        server * SERVER
        + (e.payload_bytes > 0) * PAYLOAD
        + quote * QUOTED
        + (flags.astype(np.int64) << FLAGS_SHIFT)
        + (acks.astype(np.int64) << ACKS_SHIFT)
        + (place.astype(np.int64) << PLACE_SHIFT)
    )
    return packed


class _Isns:
    """The ISNs in force at every event, for both roles: the last SYN's before it, or else the first one's."""

    def __init__(self, number: Array, syn: Array, server: Array, lives: Lives) -> None:
        rows = lives.rows
        self._number = number
        self._at: list[Array] = []
        self._older: list[Array] = []
        relation = np.zeros(len(number), np.int64)
        for role in (False, True):
            mine = syn & (server == role)
            if not mine.any():
                nowhere = np.full(len(number), -1)
                self._at.append(nowhere)
                self._older.append(nowhere)
                continue
            at = rows.marked(mine)
            before = rows.before(at)
            changed = mine & ((before < 0) | (number[before] != number))
            stretch = rows.marked(changed)
            older = rows.before(stretch)[stretch]
            older = np.where(stretch >= 0, older, -1)
            oldest = np.where(older >= 0, older[older], -1)
            back = (oldest >= 0) & (number[oldest] == number)
            rank = np.where(
                before < 0, Syn.FIRST, np.where(~changed, Syn.AGAIN, np.where(back, Syn.BACK, Syn.OTHER))
            )
            relation = np.where(mine, rank, relation)
            index = np.where(mine, np.arange(len(number)), len(number))
            first = np.minimum.reduceat(index, rows.first)[rows.of] if len(number) else index
            self._at.append(np.where(at >= 0, at, np.where(first < len(number), first, -1)))
            self._older.append(older)
        self.relation = relation

    def known(self, server: Array) -> Array:
        return np.where(server, self._at[1], self._at[0]) >= 0

    def value(self, server: Array) -> Array:
        return self._number[np.where(server, self._at[1], self._at[0])]

    def older(self, server: Array) -> tuple[Array, Array]:
        at = np.where(server, self._older[1], self._older[0])
        return self._number[at], at >= 0


def _fin_ends(end: Array, fin: Array, server: Array, lives: Lives) -> tuple[Array, Array]:
    """The end of the first FIN of each role in each life, as (end, position), position -1 without one."""
    rows = lives.rows
    n = len(end)
    if not fin.any():
        return np.zeros((2, n), np.uint32), np.full((2, n), -1)
    ends, positions = [], []
    for role in (False, True):
        at = np.minimum.reduceat(np.where(fin & (server == role), np.arange(n), n), rows.first)
        at = np.where(at < n, at, -1)[rows.of]
        ends.append(end[at])
        positions.append(at)
    return np.stack(ends), np.stack(positions)


def _acks(e: Events, has_ack: Array, isn: _Isns, fins: tuple[Array, Array], server: Array) -> Array:
    rows = np.arange(len(e))
    peer = 1 - server.astype(np.int64)
    fin_end, fin_known = fins[0][peer, rows], fins[1][peer, rows] >= 0
    isn_known = isn.known(~server)
    from_isn = seq.ahead(e.ack, isn.value(~server))
    older, older_known = isn.older(~server)
    is_older = older_known & (e.ack == seq.add(older, 1))
    beyond = (e.known & PEER_NEXT != 0) & (seq.ahead(e.ack, e.peer_next) > 0)
    at_fin = fin_known & (e.ack == fin_end)
    past_fin = fin_known & (seq.ahead(e.ack, fin_end) > 0)
    meaning = np.where(
        at_fin,
        Acks.FIN,
        np.where(
            isn_known & (from_isn == 1),
            Acks.SYN,
            np.where(
                is_older,
                Acks.OLDER_SYN,
                np.where(
                    isn_known & (from_isn <= 0),
                    Acks.STALE,
                    np.where(beyond, Acks.UNSENT, np.where(past_fin, Acks.FIN, Acks.DATA)),
                ),
            ),
        ),
    )
    return np.where(has_ack, meaning, Acks.NOTHING)


def _places(e: Events, fins: tuple[Array, Array], server: Array, fin: Array, end: Array) -> Array:
    rows = np.arange(len(e))
    me = server.astype(np.int64)
    fin_end, fin_at = fins[0][me, rows], fins[1][me, rows]
    known = e.known & OWN_NEXT != 0
    start = seq.ahead(e.seq, e.own_next)
    stop = seq.ahead(end, e.own_next)
    empty = end == e.seq
    probe = (start == -1) & (e.payload_bytes <= 1) & ~fin
    after_fin = (fin_at >= 0) & (fin_at < rows) & ~empty & (seq.ahead(end, fin_end) > 0)
    place = np.where(
        start == 0,
        Place.NEXT,
        np.where(
            start > 0,
            Place.HOLE,
            np.where(
                probe,
                Place.PROBE,
                np.where(empty, Place.OLD, np.where(stop <= 0, Place.AGAIN, Place.OVERLAP)),
            ),
        ),
    )
    return np.where(after_fin, Place.AFTER_FIN, np.where(known, place, Place.NEXT))


def _resets(e: Events, lives: Lives, server: Array) -> Array:
    receiver_known = e.known & PEER_ACKED != 0
    at_end = (e.known & OWN_NEXT != 0) & (e.seq == e.own_next)
    ahead = seq.ahead(e.seq, e.peer_acked)
    shift = np.where(server, lives.client_shift[lives.rows.of], lives.server_shift[lives.rows.of])
    window = e.peer_window.astype(np.int64) << shift
    judged = np.where(
        ahead == 0,
        Reset.EXACT,
        np.where(
            at_end,
            Reset.PLAUSIBLE,
            np.where(ahead < 0, Reset.STALE, np.where(ahead < window, Reset.IN_WINDOW, Reset.FUTURE)),
        ),
    )
    return np.where(receiver_known, judged, np.where(at_end, Reset.PLAUSIBLE, Reset.UNKNOWN))
