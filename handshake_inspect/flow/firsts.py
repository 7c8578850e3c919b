"""The first segment of a flow that has no second one in its batch: the case of scans and floods.

Nothing was before it, so there is nothing to compare it with, and a million of them need no sorting. It is
the general reduction with every running number absent, and must give what that gives.
"""

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Flag, Observed, Options
from handshake_inspect.flow.events import Events
from handshake_inspect.flow.reduce import CONTROL
from handshake_inspect.flow.sides import Memory


def only_one(flow: Array, known: int) -> Array:
    """Which rows belong to flows numbered from `known` on, so new in this batch, that have one row only."""
    fresh = np.maximum(flow - known + 1, 0)
    alone: Array = (np.bincount(fresh)[fresh] == 1) & (fresh > 0)
    return alone


def first_met(s: Observed, lane: Array, memory: Memory) -> Events:
    """Remember these segments, and give them as events. All of them are kept."""
    syn, fin, rst = s.flags & Flag.SYN != 0, s.flags & Flag.FIN != 0, s.flags & Flag.RST != 0
    has_ack = s.flags & Flag.ACK != 0
    shut = (s.window == 0) & ~rst
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
        fin=end,
        fin_known=fin,
        timed=syn & (s.options & Options.TIMED != 0),
        odd=s.options & (Options.SYN_ONLY | Options.MALFORMED),
        window=s.window,
        time_ns=s.time_ns,
        segments=np.ones(len(s), np.int64),
        bytes=s.payload_bytes,
        bare_acks=bare,
        shut=shut,
        at_mark=(s.flags & CONTROL != 0) | (~has_ack & bare),
    )
    events = Events.blank(len(s))
    for name in Observed.columns.keys() & Events.columns.keys():
        setattr(events, name, getattr(s, name))
    events.flow, events.side = lane >> 1, (lane & 1).astype(np.uint8)
    events.segments = np.ones(len(s), np.int64)
    events.bytes = s.payload_bytes
    events.shut = shut.astype(np.int64)
    return events
