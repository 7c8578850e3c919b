"""What each event means, by its numbers: quantities are settled here, for all events at once.

Which SYN or FIN an acknowledgement covers, whether a segment is new, whether a RST lies where its receiver
must believe it (RFC 9293 §3.10.7). What follows from that is not known here.
"""

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Flag
from handshake_inspect.flow.events import OWN_ACKED, OWN_NEXT, PEER_ACKED, PEER_NEXT, QUOTE, Events
from handshake_inspect.flow.lives import KnownBy, Lives
from handshake_inspect.flow.odd_options import ODD
from handshake_inspect.flow.reduce import UNSCALED_WINDOW
from handshake_inspect.flow.shape import (
    ACKS_SHIFT,
    FLAGS_SHIFT,
    OPTIONS_SHIFT,
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
    server = e.side != lives.client[of]
    end = seq.add(e.seq, e.payload_bytes + syn + fin)
    isns = _Isns(e.seq, syn & ~lives.foreign, server, lives)
    fins = _Fins(end, fin & ~rst, server, lives)

    packed: Array = flags.astype(np.int32) << FLAGS_SHIFT
    packed |= server * np.int32(SERVER)
    packed |= (e.payload_bytes > 0) * np.int32(PAYLOAD)
    packed |= quote * np.int32(QUOTED)
    has_ack = flags & Flag.ACK != 0
    # Where a kind of segment is absent altogether, as in a flood of SYNs, nothing is computed for it.
    if has_ack.any():
        # Who speaks to itself acknowledges what it sent itself.
        peer = ~server ^ (lives.known_by == KnownBy.ITSELF)[of]
        packed |= _acks(e, has_ack, isns, fins, peer).astype(np.int32) << ACKS_SHIFT
    place = np.zeros(len(e), np.uint8) if syn.all() else _places(e, fins, server, fin, end)
    if rst.any():
        place[rst] = _resets(e.take(rst), lives, server[rst], of[rst])
    place[syn] = isns.relation[syn]
    place[syn & lives.foreign] = Syn.FOREIGN
    if quote.any():
        number, known = isns.of(~server[quote], quote)
        place[quote] = ~(known & (e.seq[quote] == number))
    packed |= place.astype(np.int32) << PLACE_SHIFT
    odd = e.options & np.uint8(sum(ODD))
    if odd.any():
        packed |= odd.astype(np.int32) << OPTIONS_SHIFT
    return packed


class _Isns:
    """The ISNs in force at every event, for both roles: the last SYN's before it, or else the first one's."""

    def __init__(self, number: Array, syn: Array, server: Array, lives: Lives) -> None:
        self._number = number
        self._rows = rows = lives.rows
        self.relation = np.zeros(len(number), np.uint8)
        "of each SYN to those before it, a Syn"
        self._first = np.full(2 * len(rows.first), -1, np.int32)
        "the first SYN of the client of each life, and of each server behind them"
        self._changed: list[tuple[Array, Array] | None] = [None, None]
        "where a role used several ISNs: for each event the SYN in force, and the one of the ISN before"
        for role in (0, 1):
            at = np.flatnonzero(syn & (server == role))
            if not len(at):
                continue
            life = rows.of[at]
            same = np.zeros(len(at), bool)
            np.equal(life[1:], life[:-1], out=same[1:])
            first = np.flatnonzero(~same)
            self._first[life[first] + role * len(rows.first)] = at[first]
            again = same.copy()
            again[1:] &= number[at[1:]] == number[at[:-1]]
            self.relation[at] = np.where(again, Syn.AGAIN, np.where(same, Syn.OTHER, Syn.FIRST))
            if (same & ~again).any():
                self._changed[role] = self._stretches(role, at, ~again)

    def _stretches(self, role: int, at: Array, new: Array) -> tuple[Array, Array]:
        mine = np.zeros(len(self._number), bool)
        mine[at] = True
        in_force = self._rows.marked(mine)
        mine[at] = new
        stretch = self._rows.marked(mine)
        older = np.where(stretch >= 0, self._rows.before(stretch)[stretch], -1)
        oldest = np.where(older >= 0, older[older], -1)
        back = at[(oldest[at] >= 0) & (self._number[oldest[at]] == self._number[at])]
        self.relation[back[self.relation[back] == Syn.OTHER]] = Syn.BACK
        return in_force, older

    def of(self, role: Array, events: Array | slice = slice(None)) -> tuple[Array, Array]:
        """(ISN, whether there is one) in force for this role, by event."""
        at = self._first[self._rows.of[events] + role * len(self._rows.first)]
        for which in (0, 1):
            changed = self._changed[which]
            if changed is not None:
                in_force = changed[0][events]
                at = np.where((role == which) & (in_force >= 0), in_force, at)
        return self._number[at], at >= 0

    def older(self, role: Array) -> tuple[Array, Array]:
        """(ISN, whether there is one) that this role used before the one in force, by event."""
        at = np.full(len(role), -1, np.int32)
        for which in (0, 1):
            changed = self._changed[which]
            if changed is not None:
                at = np.where(role == which, changed[1], at)
        return self._number[at], at >= 0

    @property
    def ever_changed(self) -> bool:
        """Some role of some life used several ISNs."""
        return any(changed is not None for changed in self._changed)


class _Fins:
    """The end of the first FIN of each role in each life."""

    def __init__(self, end: Array, fin: Array, server: Array, lives: Lives) -> None:
        self._of, self._lives = lives.rows.of, len(lives)
        self._at = np.full(2 * len(lives), -1, np.int32)
        self._end = end
        at = np.flatnonzero(fin)[::-1]
        # Written backwards, the first FIN of a life stays.
        self._at[self._of[at] + server[at] * self._lives] = at

    def of(self, role: Array) -> tuple[Array, Array]:
        """(end, position or -1) of the first FIN of this role in the life of each event."""
        at = self._at[self._of + role * self._lives]
        return self._end[at], at


def _acks(e: Events, has_ack: Array, isns: _Isns, fins: _Fins, peer: Array) -> Array:
    isn, isn_known = isns.of(peer)
    fin_end, fin_at = fins.of(peer)
    from_isn = seq.ahead(e.ack, isn)
    meaning = np.full(len(e), Acks.DATA, np.uint8)
    # The later line wins.
    meaning[(fin_at >= 0) & (seq.ahead(e.ack, fin_end) > 0)] = Acks.FIN
    meaning[(e.known & PEER_NEXT != 0) & (seq.ahead(e.ack, e.peer_next) > 0)] = Acks.UNSENT
    # Far enough behind that a live peer may ask back (RFC 5961 §5.2); a new ISN begins other numbers.
    far = (e.known & OWN_ACKED != 0) & (seq.ahead(e.ack, e.own_acked) < -UNSCALED_WINDOW)
    meaning[far & (e.flags & (Flag.SYN | Flag.RST) == 0)] = Acks.TOO_OLD
    meaning[isn_known & (from_isn <= 0)] = Acks.STALE
    if isns.ever_changed:
        older, older_known = isns.older(peer)
        meaning[older_known & (e.ack == seq.add(older, 1))] = Acks.OLDER_SYN
    meaning[isn_known & (from_isn == 1)] = Acks.SYN
    meaning[(fin_at >= 0) & (e.ack == fin_end)] = Acks.FIN
    meaning[~has_ack] = Acks.NOTHING
    return meaning


def _places(e: Events, fins: _Fins, server: Array, fin: Array, end: Array) -> Array:
    start = seq.ahead(e.seq, e.own_next)
    empty = end == e.seq
    place = np.full(len(e), Place.OVERLAP, np.uint8)
    # The later line wins.
    place[seq.ahead(end, e.own_next) <= 0] = Place.AGAIN
    place[empty] = Place.OLD
    place[(start == -1) & (e.payload_bytes <= 1) & ~fin] = Place.PROBE
    place[start > 0] = Place.HOLE
    place[(start == 0) | (e.known & OWN_NEXT == 0)] = Place.NEXT
    fin_end, fin_at = fins.of(server)
    after = np.flatnonzero((fin_at >= 0) & ~empty)
    after = after[(fin_at[after] < after) & (seq.ahead(end[after], fin_end[after]) > 0)]
    place[after] = Place.AFTER_FIN
    return place


def _resets(e: Events, lives: Lives, server: Array, of: Array) -> Array:
    """Of RSTs only; `of` is the life of each."""
    ahead = seq.ahead(e.seq, e.peer_acked)
    shift = np.where(server, lives.client_shift[of], lives.server_shift[of])
    window = e.peer_window.astype(np.int64) << shift
    judged = np.where(ahead < window, Reset.IN_WINDOW, Reset.FUTURE).astype(np.uint8)
    # The later line wins.
    judged[ahead < 0] = Reset.STALE
    receiver_silent = e.known & PEER_ACKED == 0
    judged[receiver_silent] = Reset.UNKNOWN
    judged[(e.known & OWN_NEXT != 0) & (e.seq == e.own_next)] = Reset.PLAUSIBLE
    judged[~receiver_silent & (ahead == 0)] = Reset.EXACT
    return judged
