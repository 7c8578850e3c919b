"""A batch of segments becomes events: what can matter is kept with its running numbers, the rest is counted.

A segment is kept when it carries SYN, FIN, RST or impossible flags; when it is among the first of its side;
when it is one of the first two of its side after, or the last before, a segment with such flags; when it is
the first to acknowledge its peer's SYN or FIN; when it is odd by its numbers; when it is its side's first
with odd options; and when it is its side's last.
Each of these looks back only, over what is carried from batch to batch, so how the input is cut cannot show.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Flag, Observed
from handshake_inspect.flow.events import OWN_ACKED, OWN_NEXT, PEER_ACKED, PEER_NEXT, Events
from handshake_inspect.flow.odd_options import odd
from handshake_inspect.flow.peer import Peer
from handshake_inspect.flow.running import Carried, Lanes, running
from handshake_inspect.flow.sides import Memory

FIRST_KEPT = 3
AFTER_KEPT = 2
CONTROL = Flag.SYN | Flag.FIN | Flag.RST
COMMON = Observed.columns.keys() & Events.columns.keys() - {"options"}
UNSCALED_WINDOW = 0xFFFF
"""An acknowledgement further ahead of anything captured is taken for forged, not for a sign of lost frames;
one further behind its sender's last is no reordering (RFC 5961 §5.2)."""


class Reduced(NamedTuple):
    """What a batch leaves."""

    kept: Events
    lanes: Array
    "the lanes that sent something in this batch"
    last: Events
    "the last segment of each lane, where that was not kept"
    wanted: Array
    "lanes whose last segment of an earlier batch matters now"


def reduce(segments: Observed, lane: Array, memory: Memory) -> Reduced:
    """Reduce segments in capture order, each with its lane (flow * 2 + side); no more than 2**20 at once."""
    n = len(segments)
    by_lane = np.sort((lane << 24) | np.arange(n)) & 0xFFFFFF
    s = segments.take(by_lane)
    lane = lane[by_lane]
    lanes = Lanes.split(lane)
    at = lane[lanes.first]
    carried = memory.recall(at)
    peer = Peer(by_lane, lane, memory)

    syn, fin, rst = s.flags & Flag.SYN != 0, s.flags & Flag.FIN != 0, s.flags & Flag.RST != 0
    has_ack = s.flags & Flag.ACK != 0
    bare = (s.payload_bytes == 0) & (s.flags & CONTROL == 0)
    length = s.payload_bytes + syn + fin
    end = seq.add(s.seq, length)

    syns = lanes.marked(syn)
    isn = _fill(s.seq, syns, lanes, carried.isn, carried.isn_known)
    isn_before = _fill(s.seq, lanes.before(syns), lanes, carried.isn, carried.isn_known)
    anew = syn & ~(isn_before.known & (isn_before.value == s.seq))
    sent = running(
        s.seq, length, ~rst, anew, lanes, Carried(carried.sent, carried.sent_lead, carried.sent_known)
    )
    peer_next = peer.pick(sent.after, "sent")
    peer_next_known = peer.pick(sent.after_known, "sent_known")
    ack_ahead = seq.ahead(s.ack, peer_next)
    plausible = has_ack & ~rst & (~peer_next_known | (ack_ahead <= UNSCALED_WINDOW))
    zero = np.zeros(n, np.int64)
    acked = running(
        s.ack,
        zero,
        plausible,
        anew,
        lanes,
        Carried(carried.acked, carried.acked_lead, carried.acked_known),
    )

    again = (length > 0) & sent.known & ~rst & ~anew & (seq.ahead(end, sent.before) <= 0)
    segments_total = lanes.total(np.ones(n, np.int64), carried.segments)
    bytes_total = lanes.total(s.payload_bytes, carried.bytes)
    bare_total = lanes.total(bare, carried.bare_acks)
    again_total = lanes.total(again, carried.again)
    shut = (s.window == 0) & ~rst
    # Closed windows are rare.
    shut_total = lanes.total(shut, carried.shut) if shut.any() else carried.shut[lanes.of]

    probe = sent.known & (s.payload_bytes <= 1) & (seq.ahead(s.seq, sent.before) == -1)
    odd_ones = odd(s, syns, anew, probe, lanes, carried, peer)
    landmark = _fill(end, lanes.marked(syn | fin), lanes, carried.landmark, carried.landmark_known)
    peer_landmark = peer.pick(landmark.value, "landmark")
    covers = (
        has_ack
        & ~rst
        & peer.pick(landmark.known, "landmark_known")
        & (seq.ahead(s.ack, peer_landmark) >= 0)
        & ~(acked.known & (seq.ahead(acked.before, peer_landmark) >= 0))
    )
    # A new ISN ends what an old FIN means.
    fin_mark = lanes.marked(fin | anew)
    fin_end = _fill(
        end,
        np.where(fin[fin_mark], fin_mark, -1),
        lanes,
        carried.fin,
        carried.fin_known & (fin_mark < 0)[lanes.last],
    )
    control = (s.flags & CONTROL != 0) | ~has_ack
    marks = (
        control
        | (has_ack & peer_next_known & (ack_ahead > 0))
        | (plausible & acked.known & (seq.ahead(s.ack, acked.before) < -UNSCALED_WINDOW))
        | probe
        | (fin_end.known & (s.payload_bytes > 0) & (seq.ahead(end, fin_end.value) > 0))
    )
    since = segments_total - peer.own_count_at_mark(marks, segments_total, carried.at_mark[lanes.of])
    keep = (
        marks
        | covers
        | (segments_total <= FIRST_KEPT)
        | (since <= AFTER_KEPT)
        | ((s.payload_bytes > 0) & (bytes_total == s.payload_bytes))
        | (bare & (bare_total == 1))
        | odd_ones.first
    )
    needed = peer.keep_before_marks(marks, keep)
    known = (
        sent.known * OWN_NEXT
        + acked.known * OWN_ACKED
        + peer_next_known * PEER_NEXT
        + peer.pick(acked.after_known, "acked_known") * PEER_ACKED
    )
    events = Events(
        flow=lane >> 1,
        side=lane & 1,
        own_next=sent.before,
        own_acked=acked.before,
        peer_next=peer_next,
        peer_acked=peer.pick(acked.after, "acked"),
        peer_window=peer.pick(s.window, "window"),
        known=known,
        peer_time_ns=peer.pick(s.time_ns, "time_ns"),
        segments=segments_total,
        bytes=bytes_total,
        again=again_total,
        shut=shut_total,
        options=odd_ones.options,
        **{name: getattr(s, name) for name in COMMON},
    )
    last = lanes.last
    at_mark = peer.counts_at_last_mark(marks, segments_total)
    memory.store(
        at,
        sent=sent.carried.highest,
        sent_lead=sent.carried.lead,
        sent_known=sent.carried.known,
        acked=acked.carried.highest,
        acked_lead=acked.carried.lead,
        acked_known=acked.carried.known,
        isn=isn.value[last],
        isn_known=isn.known[last],
        landmark=landmark.value[last],
        landmark_known=landmark.known[last],
        fin=fin_end.value[last],
        fin_known=fin_end.known[last],
        timed=odd_ones.timed,
        odd=odd_ones.seen,
        window=s.window[last],
        time_ns=s.time_ns[last],
        segments=segments_total[last],
        bytes=bytes_total[last],
        bare_acks=bare_total[last],
        again=again_total[last],
        shut=shut_total[last],
    )
    memory.mark(*at_mark)
    return Reduced(events.take(keep), at, events.take(lanes.last[~keep[lanes.last]]), needed)


class _Filled(NamedTuple):
    value: Array
    known: Array


def _fill(values: Array, index: Array, lanes: Lanes, carried: Array, carried_known: Array) -> _Filled:
    inside = index >= 0
    return _Filled(
        np.where(inside, values[np.maximum(index, 0)], carried[lanes.of]), inside | carried_known[lanes.of]
    )
