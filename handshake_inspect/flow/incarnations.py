"""Which rows of a flow belong to one life of its 4-tuple, and which Wireshark stream they fall into.

A SYN with the ISN its sender already used in this life is a copy. One with another ISN begins a new life
when the old one has ended, or was never opened; but while the old one lives, only when it is answered as a
new one (by a SYN-ACK or RST that acknowledges it), when its sender disowns the old connection (a RST at
the number its challenge ACK acknowledged, RFC 9293 §3.5.1 figure 9), or when it is sent again and neither end
says anything else any more. While an attempt is still opening, a SYN whose answers still speak of the earlier
SYN is the same story (RFC 9293 §3.5 figure 8): it stays.

Nearly every flow has one ISN on each side. Those are settled by columns; only the others are walked.
"""

from typing import NamedTuple

import numpy as np
from msgspec import Struct, field

from handshake_inspect import seq
from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Flag
from handshake_inspect.flow.events import QUOTE, Events
from handshake_inspect.integers import distinct
from handshake_inspect.units import SECOND

TIME_WAIT_NS = 60 * SECOND
"2 MSL as Linux keeps TIME-WAIT; RFC 9293 §3.4.2 takes an MSL of 2 minutes."


class Incarnations(NamedTuple):
    """Where lives and Wireshark's streams begin."""

    starts: Array
    "positions of the first event of each life, rising"
    streams: Array
    "positions of the first event of each of Wireshark's streams, rising"


def incarnations(events: Events) -> Incarnations:
    """Split the events of all flows into lives."""
    n = len(events)
    if n == 0:
        return Incarnations(np.empty(0, np.int64), np.empty(0, np.int64))
    flow_start = np.empty(n, bool)
    flow_start[0] = True
    np.not_equal(events.flow[1:], events.flow[:-1], out=flow_start[1:])
    first = np.flatnonzero(flow_start)
    flows = _to_walk(events, flow_start, first).tolist()
    if not flows:
        return Incarnations(first, first)
    starts, streams = flow_start, flow_start.copy()
    last = np.append(first[1:], n)
    for index in flows:
        lo, hi = int(first[index]), int(last[index])
        rows = _rows(events, lo, hi)
        starts[[lo + i for i in _lives(rows)]] = True
        streams[[lo + i for i in _streams(rows)]] = True
    return Incarnations(np.flatnonzero(starts), np.flatnonzero(streams))


def _to_walk(events: Events, flow_start: Array, first: Array) -> Array:
    """The flows that are not simply one SYN, its copies, and their answers.

    Only where a SYN is not the flow's first event, or a SYN-ACK does not follow a SYN, can there be more.
    """
    syn = (events.flags & Flag.SYN != 0) & (events.flags != QUOTE)
    opener = syn & (events.flags & Flag.ACK == 0)
    suspect = syn & ~flow_start
    suspect[1:] &= opener[1:] | ~opener[:-1]
    flows = distinct(np.searchsorted(first, np.flatnonzero(suspect), side="right") - 1)
    if not len(flows):
        return flows
    last = np.append(first[1:], len(events))
    length = (last - first)[flows]
    begin = np.cumsum(length) - length
    rows = np.arange(int(length.sum())) + np.repeat(first[flows] - begin, length)
    return flows[_several_lives(events.take(rows), begin)]


def _several_lives(events: Events, first: Array) -> Array:
    """For each flow whether there may be more than one life in it."""
    syn = (events.flags & Flag.SYN != 0) & (events.flags != QUOTE)
    opener = syn & (events.flags & Flag.ACK == 0)
    several = np.zeros(len(first), bool)
    openers: list[Array] = []
    for side in (0, 1):
        mine = syn & (events.side == side)
        low = np.minimum.reduceat(np.where(mine, events.seq, np.uint32(0xFFFFFFFF)), first)
        high = np.maximum.reduceat(np.where(mine, events.seq, np.uint32(0)), first)
        some = np.logical_or.reduceat(mine, first)
        several |= some & (low != high)
        openers.append(np.logical_or.reduceat(opener & (events.side == side), first))
    several |= openers[0] & openers[1]
    # Something came before the first SYN: perhaps another life, joined late.
    several |= (openers[0] | openers[1]) & ~opener[first]
    # A SYN copied after the end may be a new life of a client with a constant ISN.
    closers = (events.flags & (Flag.FIN | Flag.RST) != 0) & (events.flags != QUOTE)
    index = np.arange(len(events))
    first_closer = np.minimum.reduceat(np.where(closers, index, len(events)), first)
    last_opener = np.maximum.reduceat(np.where(opener, index, -1), first)
    several |= last_opener > first_closer
    return several


class _Row(NamedTuple):
    side: int
    syn: bool
    ack: bool
    fin: bool
    rst: bool
    quote: bool
    seq: int
    acked: int
    payload: int

    @property
    def opener(self) -> bool:
        return self.syn and not self.ack


def _rows(events: Events, lo: int, hi: int) -> list[_Row]:
    flags = events.flags[lo:hi].tolist()
    return [
        _Row(
            side,
            bool(f & Flag.SYN) and f != QUOTE,
            bool(f & Flag.ACK),
            bool(f & Flag.FIN),
            bool(f & Flag.RST),
            f == QUOTE,
            number,
            acked,
            payload,
        )
        for side, f, number, acked, payload in zip(
            events.side[lo:hi].tolist(),
            flags,
            events.seq[lo:hi].tolist(),
            events.ack[lo:hi].tolist(),
            events.payload_bytes[lo:hi].tolist(),
            strict=True,
        )
    ]


class _Life(Struct):
    isns: tuple[set[int], set[int]] = field(default_factory=lambda: (set(), set()))
    answered: set[int] = field(default_factory=set)
    "the sides that sent a SYN-ACK"
    established: bool = False
    fins: set[int] = field(default_factory=set)
    reset_by: int | None = None
    heard: set[int] = field(default_factory=set)

    def over_for(self, side: int) -> bool:
        """Whether one end is through with it: it closed, and nothing of the other was ever captured."""
        return self.ended or self.fins == self.heard == {side}

    @property
    def ended(self) -> bool:
        return self.reset_by is not None or len(self.fins) == 2

    def meet(self, row: _Row) -> None:
        if row.quote:
            return
        self.heard.add(row.side)
        if row.rst:
            self.reset_by = row.side
            return
        if row.syn:
            self.isns[row.side].add(row.seq)
            if row.ack:
                self.answered.add(row.side)
            return
        if self.reset_by == row.side:
            # Whoever goes on after its own RST did not send it.
            self.reset_by = None
        if row.fin:
            self.fins.add(row.side)
        if row.ack and not self.established:
            joined_late = not (self.isns[0] or self.isns[1])
            # Only the answer to a SYN-ACK opens: a bare ACK of its sender may be a challenge (RFC 5961 §4).
            opened = 1 - row.side in self.answered and _acks(row.acked, self.isns[1 - row.side])
            self.established = joined_late or opened


def _acks(acked: int, isns: set[int]) -> bool:
    return any(seq.ahead(acked, isn) > 0 for isn in isns)


def _lives(rows: list[_Row]) -> list[int]:
    """Positions at which a new life begins, the first among them."""
    starts = [0]
    life = _Life()
    last_sent = {(row.side, row.seq): i for i, row in enumerate(rows) if row.opener}
    for i, row in enumerate(rows):
        if i and row.syn and _begins(life, rows, i, last_sent):
            starts.append(i)
            life = _Life()
        life.meet(row)
    return starts


def _begins(life: _Life, rows: list[_Row], i: int, last_sent: dict[tuple[int, int], int]) -> bool:
    """Whether the SYN or SYN-ACK at `i` begins a new life; `last_sent` is where each SYN was last sent."""
    row = rows[i]
    known = row.seq in life.isns[row.side]
    if row.ack:
        # A SYN-ACK alone begins a life only where the SYN before it was not captured.
        return life.over_for(row.side) and not known and not _acks_exactly(row, life.isns[1 - row.side])
    if known:
        return life.ended and life.established and _answers(rows, i).new
    if life.ended:
        return True
    if not life.established and not life.answered and not life.isns[row.side]:
        # The other end's SYN: simultaneous or split. Before any SYN: an opening after a late join.
        return not life.isns[1 - row.side]
    answers = _answers(rows, i)
    if life.established:
        return answers.new or answers.disowned or answers.unheard
    sent_again = any(last_sent.get((row.side, isn), -1) > i for isn in life.isns[row.side])
    return not (answers.old_first or sent_again)


def _acks_exactly(row: _Row, isns: set[int]) -> bool:
    return any(row.acked == (isn + 1) % seq.MODULUS for isn in isns)


class _Answers(NamedTuple):
    new: bool
    "something acknowledged this SYN"
    old_first: bool
    "something acknowledged another number before that"
    disowned: bool
    "the sender of the SYN reset what that answer spoke of"
    unheard: bool
    "the SYN came again, and neither end said anything else"


def _answers(rows: list[_Row], i: int) -> _Answers:
    """How the SYN at `i` was answered, up to the next SYN of its sender with another ISN."""
    mine = rows[i]
    old = again = heard = False
    challenged: set[int] = set()
    for row in rows[i + 1 :]:
        if row.quote:
            continue
        copy = row.opener and row.side == mine.side and row.seq == mine.seq
        if row.side == mine.side:
            if row.opener and not copy:
                break
            if row.rst and row.seq in challenged:
                return _Answers(False, old, True, False)
        elif row.ack:
            if 0 < seq.ahead(row.acked, mine.seq) <= 1 + mine.payload and (row.syn or row.rst):
                return _Answers(True, old, False, False)
            old = True
            challenged.add(row.acked)
        again |= copy
        heard |= not copy
    return _Answers(False, old, False, again and not heard)


def _streams(rows: list[_Row]) -> list[int]:
    """Positions at which Wireshark begins a stream: a SYN whose number is not its side's base number."""
    starts = [0]
    base: dict[int, int] = {}
    for i, row in enumerate(rows):
        if row.quote:
            continue
        if row.opener and row.side in base and base[row.side] != row.seq:
            starts.append(i)
            base = {}
        base.setdefault(row.side, row.seq if row.syn else (row.seq - 1) % seq.MODULUS)
    return starts
