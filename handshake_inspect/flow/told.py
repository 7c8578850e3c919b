"""Which options of a segment contradict what both SYNs had agreed on, and where that is first seen.

It knows timestamps only as agreed or not: whether a segment had to carry them was settled by the last SYN of
each side (RFC 7323 §3.2). An oddity may last for a whole transfer, so only its first segment on each side
is worth an event of its own.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Flag, Segments, Told
from handshake_inspect.flow.peer import Peer
from handshake_inspect.flow.running import Lanes
from handshake_inspect.flow.sides import Sides

ODD = (Told.UNTIMED, Told.SYN_ONLY, Told.MALFORMED)


class Odd(NamedTuple):
    """What a batch's options tell, row by row, and what of it the next batch needs to know."""

    told: Array
    "of each row, with UNTIMED where timestamps were agreed on and are missing"
    first: Array
    "whether the row is the first of its lane that is odd in some way, since its last new ISN"
    timed: Array
    "of each lane, whether its last SYN had timestamps"
    seen: Array
    "of each lane, in which ways it was odd since its last new ISN"


def odd(s: Segments, syns: Array, anew: Array, lanes: Lanes, carried: Sides, peer: Peer) -> Odd:
    """`syns` is each row's last SYN in its lane or -1, `anew` whether the row begins with a new ISN."""
    timed = s.told & Told.TIMED != 0
    last = np.where(syns[lanes.last] >= 0, timed[syns[lanes.last]], carried.timed)
    exempt = Flag.SYN | Flag.RST
    # RFC 7323 §3.2: in every segment but a RST. A SYN is where it is agreed on.
    lacking = ~timed & (s.flags & exempt == 0) & ~s.headers_cut
    told = s.told
    if lacking.any() and (last.any() or carried.timed.any() or (timed & (s.flags & Flag.SYN != 0)).any()):
        mine = np.where(syns >= 0, timed[syns], carried.timed[lanes.of])
        untimed = lacking & mine & peer.pick(mine, "timed")
        told = told | untimed * np.uint8(Told.UNTIMED)
    marks = told & np.uint8(sum(ODD)) != 0
    first = np.zeros(len(s), bool)
    seen = carried.odd
    if not marks.any() and not seen.any():
        return Odd(told, first, last, seen)
    stretch = lanes.marked(anew)
    seen = np.where(stretch[lanes.last] >= 0, np.uint8(0), seen)
    for bit in ODD:
        mine = lanes.marked(told & bit != 0)
        before = lanes.before(mine)
        known = np.where(stretch >= 0, before >= stretch, (before >= 0) | (carried.odd[lanes.of] & bit != 0))
        first |= (told & bit != 0) & ~known
        here = (mine >= 0) & (mine >= stretch)
        seen = seen | here[lanes.last] * np.uint8(bit)
    return Odd(told, first, last, seen)
