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
from handshake_inspect.columns import Array, Picked
from handshake_inspect.decode.segments import CONTROL, Counted, Flag, Observed
from handshake_inspect.flow.events import OWN_ACKED, OWN_NEXT, PEER_ACKED, PEER_NEXT, Events, Kept
from handshake_inspect.flow.lanes import Lanes, Marks
from handshake_inspect.flow.odd_options import odd
from handshake_inspect.flow.peer import Peer
from handshake_inspect.flow.running import Carried, running
from handshake_inspect.flow.sides import Memory
from handshake_inspect.integers import order

FIRST_KEPT = 3
AFTER_KEPT = 2
UNSCALED_WINDOW = 0xFFFF
"""An acknowledgement further ahead of anything captured is taken for forged, not for a sign of lost frames;
one further behind its sender's last is no reordering (RFC 5961 §5.2)."""


class Reduced(NamedTuple):
    """What a batch leaves."""

    kept: dict[str, Array | Picked]
    "columns of `Events`; by flow, in capture order"
    lanes: Array
    "the lanes that sent something in this batch"
    last: Events
    "the last segment of each lane, where that was not kept"
    wanted: Array
    "lanes whose last segment of an earlier batch matters now"


def reduce(segments: Observed, lane: Array, memory: Memory) -> Reduced:
    """Reduce segments in capture order, each with its lane (flow * 2 + side)."""
    n = len(segments)
    by_lane = order(lane)
    # Of most segments nothing else is looked at, and so nothing else is put in order.
    s = Counted.part_of(segments).take(by_lane)
    by_flow = order(lane >> 1)
    lane = lane[by_lane]
    lanes = Lanes.split(lane)
    at = lane[lanes.first]
    carried = memory.recall(at)
    peer = Peer(by_lane, by_flow, lane, lanes, memory)

    syn, fin, rst = s.flags & Flag.SYN != 0, s.flags & Flag.FIN != 0, s.flags & Flag.RST != 0
    has_ack = s.flags & Flag.ACK != 0
    some = s.payload_bytes > 0
    length = s.payload_bytes + syn + fin
    end = seq.add(s.seq, length)

    syns = Marks(np.flatnonzero(syn), lanes)
    isns, is_isn = s.seq[syns.rows], np.ones(len(syns.rows), bool)
    anew = syn.copy()
    anew[syns.rows] = ~(syns.before(is_isn, carried.isn_known) & (syns.before(isns, carried.isn) == isns))
    sent = running(
        s.seq, length, ~rst, anew, lanes, Carried(carried.sent, carried.sent_lead, carried.sent_known)
    )
    peer_next = peer.last.pick(sent.after, "sent")
    peer_next_known = peer.last.pick(sent.after_known, "sent_known")
    ack_ahead = seq.ahead(s.ack, peer_next)
    plausible = has_ack & ~rst & (~peer_next_known | (ack_ahead <= UNSCALED_WINDOW))
    acked = running(
        s.ack, 0, plausible, anew, lanes, Carried(carried.acked, carried.acked_lead, carried.acked_known)
    )

    again = (length > 0) & sent.known & ~rst & ~anew & (seq.ahead(end, sent.before) <= 0)
    segments_total = lanes.total(np.ones(n, bool), carried.segments)
    bytes_total = lanes.total(s.payload_bytes, carried.bytes)
    again_total = lanes.total(again, carried.again)
    shut_total = lanes.total((s.window == 0) & ~rst, carried.shut)
    first_data = lanes.earliest(some)
    first_bare = lanes.earliest(~some & (s.flags & CONTROL == 0))

    probe = sent.known & (s.payload_bytes <= 1) & (seq.ahead(s.seq, sent.before) == -1)
    odd_ones = odd(s, syns, anew, probe, lanes, carried, peer)
    landmarks = Marks(np.flatnonzero(syn | fin), lanes)
    ends, is_end = end[landmarks.rows], np.ones(len(landmarks.rows), bool)
    peer_landmark = peer.last.pick(landmarks.throughout(ends, carried.landmark), "landmark")
    peer_landmark_known = peer.last.pick(
        landmarks.throughout(is_end, carried.landmark_known), "landmark_known"
    )
    covers = (
        has_ack
        & ~rst
        & peer_landmark_known
        & (seq.ahead(s.ack, peer_landmark) >= 0)
        & ~(acked.known & (seq.ahead(acked.before, peer_landmark) >= 0))
    )
    # A new ISN ends what an old FIN means.
    fins = Marks(np.flatnonzero(fin | anew), lanes)
    fin_ends, is_fin = end[fins.rows], fin[fins.rows]
    marks = (
        (s.flags & CONTROL != 0)
        | ~has_ack
        | (has_ack & peer_next_known & (ack_ahead > 0))
        | (plausible & acked.known & (seq.ahead(s.ack, acked.before) < -UNSCALED_WINDOW))
        | probe
        | (
            fins.throughout(is_fin, carried.fin_known)
            & some
            & (seq.ahead(end, fins.throughout(fin_ends, carried.fin)) > 0)
        )
    )
    keep = marks | covers | odd_ones.first
    keep[first_data[(first_data < n) & (carried.bytes == 0)]] = True
    keep[first_bare[(first_bare < n) & ~carried.bare]] = True
    peer.keep_after(marks, keep, AFTER_KEPT)
    early = np.maximum(FIRST_KEPT, carried.at_mark + AFTER_KEPT) - carried.segments
    for step in range(FIRST_KEPT):
        row = lanes.first + step
        keep[row[(step < early) & (row <= lanes.last)]] = True
    needed = peer.keep_before(marks, keep)

    def events(rows: Array) -> dict[str, Array | Picked]:
        before, captured, of = peer.last_before(rows), by_lane[rows], lanes.of[rows]
        known = (
            sent.known[rows] * OWN_NEXT
            + acked.known[rows] * OWN_ACKED
            + peer_next_known[rows] * PEER_NEXT
            + before.pick(acked.after_known, "acked_known") * PEER_ACKED
        )
        return {name: Picked(getattr(segments, name), captured) for name in Kept.columns} | {
            "options": Picked(odd_ones.options, rows),
            "flow": lane[rows] >> 1,
            "side": lane[rows] & 1,
            "own_next": Picked(sent.before, rows),
            "own_acked": Picked(acked.before, rows),
            "peer_next": Picked(peer_next, rows),
            "peer_acked": before.pick(acked.after, "acked"),
            "peer_window": before.pick(s.window, "window"),
            "known": known,
            "segments": segments_total.at(rows, of),
            "bytes": bytes_total.at(rows, of),
            "again": again_total.at(rows, of),
            "shut": shut_total.at(rows, of),
        }

    kept = events(peer.by_flow[np.flatnonzero(keep[peer.by_flow])])
    left = Reduced(kept, at, Events(**events(lanes.last[~keep[lanes.last]])), needed)
    at_mark = peer.counts_at_last(marks, segments_total)
    memory.store(
        at,
        sent=sent.carried.highest,
        sent_lead=sent.carried.lead,
        sent_known=sent.carried.known,
        acked=acked.carried.highest,
        acked_lead=acked.carried.lead,
        acked_known=acked.carried.known,
        isn=syns.at_last(isns, carried.isn),
        isn_known=syns.at_last(is_isn, carried.isn_known),
        landmark=landmarks.at_last(ends, carried.landmark),
        landmark_known=landmarks.at_last(is_end, carried.landmark_known),
        fin=fins.at_last(fin_ends, carried.fin),
        fin_known=fins.at_last(is_fin, carried.fin_known),
        timed=odd_ones.timed,
        odd=odd_ones.seen,
        window=s.window[lanes.last],
        segments=segments_total.last(),
        bytes=bytes_total.last(),
        bare=carried.bare | (first_bare < n),
        again=again_total.last(),
        shut=shut_total.last(),
    )
    memory.mark(*at_mark)
    return left
