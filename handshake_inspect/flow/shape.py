"""What each event means in its connection, with every number replaced by its meaning: the connection's shape.

A million connections have a few hundred shapes. Columns decide every quantity for all events at once: which
SYN or FIN an acknowledgement covers, whether a segment is new, whether a RST lies where its receiver must
believe it. What is left is a short row of small numbers, and connections with equal rows tell equal stories.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Flag
from handshake_inspect.flow.events import OWN_NEXT, PEER_ACKED, PEER_NEXT, QUOTE, Events
from handshake_inspect.flow.lives import Lives


class Acks(IntEnum):
    """What a segment's acknowledgement number covers."""

    NOTHING = 0
    "ACK is not set"
    SYN = 1
    "the peer's SYN, and nothing after it"
    DATA = 2
    "something the peer sent after its SYN"
    FIN = 3
    "the peer's FIN"
    UNSENT = 4
    "bytes the capture has not seen the peer send"
    OLDER_SYN = 5
    "an earlier SYN of the peer, which used another ISN"
    STALE = 6
    "a number at or before the peer's ISN"


class Place(IntEnum):
    """Where a segment's sequence numbers lie among those its sender had used."""

    NEXT = 0
    "where they should"
    AGAIN = 1
    "all sent before"
    OVERLAP = 2
    "partly sent before"
    HOLE = 3
    "behind a gap"
    PROBE = 4
    "one before the next: a keep-alive or a window probe"
    OLD = 5
    "before the next, and empty"
    AFTER_FIN = 6
    "beyond the sender's own FIN"


class Syn(IntEnum):
    """Where a SYN's ISN stands among those its sender had used."""

    FIRST = 0
    AGAIN = 1
    "the same as the SYN before"
    BACK = 2
    "the same as the one before that"
    OTHER = 3
    "a new one"
    FOREIGN = 4
    "a new one, in a connection that lives on without taking it"


class Reset(IntEnum):
    """Where a RST lies in its receiver's window (RFC 9293 §3.10.7.4, first; RFC 5961 §3.2)."""

    EXACT = 0
    "at RCV.NXT, as far as its receiver has said"
    PLAUSIBLE = 1
    "at the end of what its sender had sent"
    IN_WINDOW = 2
    STALE = 3
    "before RCV.NXT"
    FUTURE = 4
    "beyond the window"
    UNKNOWN = 5
    "its receiver has said nothing yet"


SERVER, PAYLOAD, QUOTED = 1 << 0, 1 << 1, 1 << 2
FLAGS_SHIFT, ACKS_SHIFT, PLACE_SHIFT = 3, 12, 15
"How an event's meaning is packed into one number."


class Shapes(NamedTuple):
    """Which connections have which shape."""

    tokens: Array
    "the meaning of every event"
    of: Array
    "the shape of every life, counted from 0"
    example: Array
    "for each shape the first life that has it"


def shapes(events: Events, lives: Lives) -> Shapes:
    """The meaning of every event, and the distinct rows of meanings."""
    tokens = _tokens(events, lives)
    return _distinct(tokens, lives)


def _tokens(events: Events, lives: Lives) -> Array:
    e, of = events, lives.rows.of
    quote = e.flags == QUOTE
    flags = np.where(quote, np.uint16(0), e.flags & 0x37)
    syn, fin, rst = flags & Flag.SYN != 0, flags & Flag.FIN != 0, flags & Flag.RST != 0
    server = (e.side ^ lives.client[of]).astype(bool)
    end = seq.add(e.seq, e.payload_bytes + syn + fin)
    isn = _Isns(e.seq, syn & ~lives.foreign, server, lives)
    fin_end = _fin_ends(end, fin & ~rst, server, lives)

    acks = _acks(e, flags & Flag.ACK != 0, isn, fin_end, server)
    place = _places(e, fin_end, server, syn, fin, end)
    place = np.where(rst, _resets(e, lives, server), place)
    place = np.where(syn, isn.relation, place)
    place = np.where(syn & lives.foreign, Syn.FOREIGN, place)
    quotes_syn = isn.known(~server) & (e.seq == isn.value(~server))
    place = np.where(quote, np.where(quotes_syn, 0, 1), place)
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
            at = rows.marked(mine)
            before = rows.before(at)
            changed = mine & ((before < 0) | (number[before] != number))
            stretch = rows.marked(changed)
            older = rows.before(stretch)[stretch]
            older = np.where(stretch >= 0, older, -1)
            back = (older >= 0) & (number[older] == number)
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
    ends, positions = [], []
    for role in (False, True):
        at = (
            np.minimum.reduceat(np.where(fin & (server == role), np.arange(n), n), rows.first)
            if n
            else rows.first
        )
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


def _places(e: Events, fins: tuple[Array, Array], server: Array, syn: Array, fin: Array, end: Array) -> Array:
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


def _distinct(tokens: Array, lives: Lives) -> Shapes:
    rows = lives.rows
    count = len(rows.first)
    if count == 0:
        return Shapes(tokens, np.empty(0, np.int64), np.empty(0, np.int64))
    position = np.arange(len(tokens)) - rows.first[rows.of]
    mixed = (tokens.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= (position.astype(np.uint64) + np.uint64(1)) * np.uint64(0xBB67AE8584CAA73B)
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(29)
    sums = np.add.reduceat(mixed, rows.first)
    sums += lives.known_by.astype(np.uint64) * np.uint64(0xD6E8FEB86659FD93)
    _, example, of = np.unique(sums, return_index=True, return_inverse=True)
    # A hash proves nothing: every life is compared with the example of its shape.
    length = rows.last - rows.first + 1
    same = (length == length[example][of]) & (lives.known_by == lives.known_by[example][of])
    twin = np.minimum(rows.first[example][of][rows.of] + position, len(tokens) - 1)
    same &= np.logical_and.reduceat(tokens[twin] == tokens, rows.first)
    odd = np.flatnonzero(~same)
    if len(odd):
        exact: dict[bytes, int] = {}
        more: list[int] = []
        for life in odd.tolist():
            key = tokens[rows.first[life] : rows.last[life] + 1].tobytes() + bytes(
                [int(lives.known_by[life])]
            )
            if key not in exact:
                exact[key] = len(example) + len(more)
                more.append(life)
            of[life] = exact[key]
        example = np.append(example, more)
    return Shapes(tokens, of, example)
