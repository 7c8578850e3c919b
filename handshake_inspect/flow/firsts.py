"""The first segment of a flow that has no second one in its batch: the case of scans and floods.

Nothing was before it, so there is nothing to compare it with, and a million of them need no sorting. It is
the general reduction with every running number absent, and must give what that gives.
"""

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array, Growing
from handshake_inspect.decode.segments import Flag, Observed, Options
from handshake_inspect.flow.events import Events, Kept
from handshake_inspect.flow.reduce import CONTROL
from handshake_inspect.flow.sides import Memory


def only_one(flow: Array, known: int) -> Array:
    """Which rows belong to flows numbered from `known` on, so new in this batch, that have one row only."""
    fresh = np.maximum(flow - known + 1, 0)
    alone: Array = (np.bincount(fresh)[fresh] == 1) & (fresh > 0)
    return alone


def keep(s: Observed, lane: Array, memory: Memory, kept: Growing[Events]) -> None:
    """Keep these segments, and remember them. All of them are events."""
    syn, fin, rst = s.flags & Flag.SYN != 0, s.flags & Flag.FIN != 0, s.flags & Flag.RST != 0
    has_ack = s.flags & Flag.ACK != 0
    bare = (s.payload_bytes == 0) & (s.flags & CONTROL == 0)
    length = s.payload_bytes + syn + fin
    end = seq.add(s.seq, length)
    shut = (s.window == 0) & ~rst
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
        segments=np.ones(len(s), np.int64),
        bytes=s.payload_bytes,
        bare=bare,
        shut=shut,
        at_mark=(s.flags & CONTROL != 0) | (~has_ack & bare),
    )
    kept.add(
        **{name: getattr(s, name) for name in Kept.columns},
        flow=lane >> 1,
        side=lane & 1,
        segments=np.ones(len(s), np.int32),
        bytes=s.payload_bytes,
        shut=shut,
    )
