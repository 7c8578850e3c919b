"""The first segment of a flow that has no second one in its batch: the case of scans and floods.

Nothing was before it, so there is nothing to compare it with, and a million of them need no sorting. It is
the general reduction with every running number absent, and must give what that gives. It is an event, which
says all there is to remember of its side, until another segment comes.
"""

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array, Growing
from handshake_inspect.decode.segments import CONTROL, Flag, Observed, Options
from handshake_inspect.flow.events import Events, Kept


def only_one(flow: Array, known: int) -> Array:
    """Which rows belong to flows numbered from `known` on, so new in this batch, that have one row only."""
    fresh = np.maximum(flow - known + 1, 0)
    alone: Array = (np.bincount(fresh)[fresh] == 1) & (fresh > 0)
    return alone


def keep(s: Observed, lane: Array, kept: Growing[Events]) -> Array:
    """Keep these segments, all of which are events; where."""
    start = kept.count
    kept.add(
        **{name: getattr(s, name) for name in Kept.columns},
        flow=lane >> 1,
        side=lane & 1,
        segments=np.ones(len(s), np.int32),
        bytes=s.payload_bytes,
        shut=(s.window == 0) & (s.flags & Flag.RST == 0),
    )
    return np.arange(start, kept.count)


def left(e: Events) -> dict[str, Array]:
    """What these events leave of their sides: columns of `Sides`, where a column that is absent is zero."""
    syn, fin, rst = e.flags & Flag.SYN != 0, e.flags & Flag.FIN != 0, e.flags & Flag.RST != 0
    has_ack = e.flags & Flag.ACK != 0
    bare = (e.payload_bytes == 0) & (e.flags & CONTROL == 0)
    length = e.payload_bytes + syn + fin
    end = seq.add(e.seq, length)
    return {
        "sent": end,
        "sent_lead": length,
        "sent_known": ~rst,
        "acked": e.ack,
        "acked_known": has_ack & ~rst,
        "isn": e.seq,
        "isn_known": syn,
        "landmark": end,
        "landmark_known": syn | fin,
        "fin": np.where(fin, end, 0),
        "fin_known": fin,
        "timed": syn & (e.options & Options.TIMED != 0),
        "odd": e.options & (Options.SYN_ONLY | Options.MALFORMED),
        "window": e.window,
        "segments": e.segments,
        "bytes": e.bytes,
        "bare": bare,
        "shut": e.shut,
        "at_mark": (e.flags & CONTROL != 0) | (~has_ack & bare),
    }
