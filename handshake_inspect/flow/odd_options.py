"""Which options of a segment contradict what both SYNs had agreed on, and where that is first seen.

It knows timestamps only as agreed or not: whether a segment had to carry them was settled by the last SYN of
each side (RFC 7323 §3.2). An oddity may last for a whole transfer, so only its first segment on each side
is worth an event of its own.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Counted, Flag, Options
from handshake_inspect.flow.lanes import Lanes, Marks
from handshake_inspect.flow.peer import Peer
from handshake_inspect.flow.sides import Sides

ODD = (Options.UNTIMED, Options.SYN_ONLY, Options.MALFORMED)


class Odd(NamedTuple):
    """What a batch's options tell, row by row, and what of it the next batch needs to know."""

    options: Array
    "of each row, with UNTIMED where timestamps were agreed on and are missing"
    first: Array
    "whether the row is the first of its lane that is odd in some way, since its last new ISN"
    timed: Array
    "of each lane, whether its last SYN had timestamps"
    seen: Array
    "of each lane, in which ways it was odd since its last new ISN"


def odd(s: Counted, syns: Marks, anew: Array, probe: Array, lanes: Lanes, carried: Sides, peer: Peer) -> Odd:
    """What the options of a batch tell, its rows in lane order.

    `anew` says whether a row is a SYN of a new ISN, `probe` whether it may be a keep-alive, which BSD and
    macOS make without the options of the connection.
    """
    timed = s.options & Options.TIMED != 0
    last = syns.at_last(timed[syns.rows], carried.timed)
    exempt = Flag.SYN | Flag.RST
    # RFC 7323 §3.2: in every segment but a RST. A SYN is where it is agreed on.
    lacking = ~timed & (s.flags & exempt == 0) & ~s.headers_cut & ~probe
    options = s.options
    if lacking.any() and (carried.timed.any() or timed[syns.rows].any()):
        mine = syns.throughout(timed[syns.rows], carried.timed)
        untimed = lacking & mine & peer.last.pick(mine, "timed")
        options = options | untimed * np.uint8(Options.UNTIMED)
    marks = options & np.uint8(sum(ODD)) != 0
    first = np.zeros(len(s), bool)
    seen = carried.odd
    if not marks.any() and not seen.any():
        return Odd(options, first, last, seen)
    stretch = lanes.marked(anew)
    seen = np.where(stretch[lanes.last] >= 0, np.uint8(0), seen)
    for bit in ODD:
        mine = lanes.marked(options & bit != 0)
        before = lanes.before(mine)
        known = np.where(stretch >= 0, before >= stretch, (before >= 0) | (carried.odd[lanes.of] & bit != 0))
        first |= (options & bit != 0) & ~known
        here = (mine >= 0) & (mine >= stretch)
        seen = seen | here[lanes.last] * np.uint8(bit)
    return Odd(options, first, last, seen)
