"""The first segment of a flow that has no second one in its batch: the case of scans and floods.

Nothing was before it, so there is nothing to compare it with, and a million of them need no sorting. It is
the general reduction with every running number absent, and must give what that gives.
"""

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Flag, Observed, Options
from handshake_inspect.flow.events import Events, Kept
from handshake_inspect.flow.reduce import CONTROL
from handshake_inspect.flow.sides import Memory


def only_one(flow: Array, known: int) -> Array:
    """Which rows belong to flows numbered from `known` on, so new in this batch, that have one row only."""
    fresh = np.maximum(flow - known + 1, 0)
    alone: Array = (np.bincount(fresh)[fresh] == 1) & (fresh > 0)
    return alone


class Firsts:
    """Such segments, as little of each as tells the rest. All of them are events."""

    def __init__(self) -> None:
        self._kept: list[Kept] = []
        self._lanes: list[Array] = []

    def add(self, s: Observed, lane: Array, memory: Memory) -> None:
        """Keep these segments, and remember them."""
        self._kept.append(Kept.part_of(s))
        self._lanes.append(lane)
        syn, fin, rst = s.flags & Flag.SYN != 0, s.flags & Flag.FIN != 0, s.flags & Flag.RST != 0
        has_ack = s.flags & Flag.ACK != 0
        bare = (s.payload_bytes == 0) & (s.flags & CONTROL == 0)
        length = s.payload_bytes + syn + fin
        end = seq.add(s.seq, length)
        memory.store(
            lane,
            sent=end,
            sent_lead=length,
            sent_known=~rst,
            acked=s.ack,
            acked_known=has_ack & ~rst,
            isn=s.seq,
            isn_known=syn,
            landmark=end,
            landmark_known=syn | fin,
            fin=np.where(fin, end, 0),
            fin_known=fin,
            timed=syn & (s.options & Options.TIMED != 0),
            odd=s.options & (Options.SYN_ONLY | Options.MALFORMED),
            window=s.window,
            time_ns=s.time_ns,
            segments=np.ones(len(s), np.int64),
            bytes=s.payload_bytes,
            bare=bare,
            shut=(s.window == 0) & ~rst,
            at_mark=(s.flags & CONTROL != 0) | (~has_ack & bare),
        )

    def events(self) -> Events:
        """All that were kept, in the order they came."""
        kept = Kept.concat(self._kept)
        events = Events.blank(len(kept))
        for name in Kept.columns:
            setattr(events, name, getattr(kept, name))
        if len(kept):
            lane = np.concatenate(self._lanes)
            events.flow, events.side = lane >> 1, (lane & 1).astype(np.uint8)
            events.segments = np.ones(len(kept), np.int32)
            events.bytes = kept.payload_bytes.astype(np.int64)
            events.shut = ((kept.window == 0) & (kept.flags & Flag.RST == 0)).astype(np.int32)
        return events
