"""Copies that the capture made: one segment recorded twice (SPAN ports, `-i any`, both sides of a router).

A copy is the same segment with the same IP identification. Its TTL, MAC addresses and interface may differ,
so bytes are not compared. At the same place it must come at once: what comes later was duplicated by the
network, and arrives twice. Where the identification is 0 (Linux's SYN-ACK, any IPv6) a repetition by the
stack looks the same, so it must come sooner than any stack repeats, and a bare ACK or RST must also have
another TTL or interface: one answer per segment is what endpoints do. So is a SYN-ACK for every SYN: one
behind another SYN answers that, even where a retransmission had just gone out.

Only the last few segments of a side are looked at, and no frame more than `FRAMES` before: this makes the
answer independent of how the capture is cut into batches.
"""

import numpy as np

from handshake_inspect.columns import Array, Table, column
from handshake_inspect.decode.segments import Flag, Observed

FRAMES = 4096
LOOK_BACK = 8
ELSEWHERE_NS = 500_000_000
"An identified packet at another place: the clocks of two interfaces may differ."
AT_ONCE_NS = 4_000_000
"Sooner than Linux repeats a SYN after an unacceptable answer (8 to 14 ms), the quickest known repetition."


class Sightings(Table):
    """What has to be remembered of a segment to know its copy."""

    lane: Array = column("i8", "", "flow * 2 + side")
    frame: Array = column("i8", "from 1", "")
    time_ns: Array = column("i8", "ns since 1970-01-01 UTC", "")
    print: Array = column("u8", "", "a hash of everything a copy must share")
    ttl: Array = column("u1", "hops", "TTL or hop limit")
    interface: Array = column("u4", "", "where it was captured")
    strict: Array = column("?", "", "a bare ACK or RST without identification")
    identified: Array = column("?", "", "the IPv4 identification is not 0")
    calls: Array = column("?", "", "a SYN that is no copy")
    answers: Array = column("?", "", "a SYN-ACK without identification")


class Copies:
    """Finds copies, batch by batch."""

    def __init__(self) -> None:
        self._tail = Sightings.blank(0)

    def find(self, segments: Observed, lanes: Array) -> tuple[Array, Sightings]:
        """(rows of `segments` that are copies, rising; what each is a copy of)."""
        new = _sightings(segments, lanes)
        both = Sightings.concat([self._tail, new])
        order = np.argsort((both.lane << 24) | np.arange(len(both)))
        s = both.take(order)
        original = np.full(len(s), -1, np.int64)
        for back in range(1, LOOK_BACK + 1):
            if back >= len(s):
                break
            like = (s.lane[back:] == s.lane[:-back]) & (s.print[back:] == s.print[:-back])
            rows = np.flatnonzero(like)
            if len(rows) == 0:
                continue
            later, earlier = rows + back, rows
            apart = np.abs(s.time_ns[later] - s.time_ns[earlier])
            moved = (s.ttl[later] != s.ttl[earlier]) | (s.interface[later] != s.interface[earlier])
            is_copy = (
                (s.frame[later] - s.frame[earlier] <= FRAMES)
                & (apart <= np.where(s.identified[later] & moved, ELSEWHERE_NS, AT_ONCE_NS))
                & (moved | ~s.strict[later])
                & (original[later] < 0)
            )
            later, earlier = later[is_copy], earlier[is_copy]
            original[later] = earlier
        original[_called_for(s, original)] = -1
        copies = np.flatnonzero(original >= 0)
        both.calls[order[copies]] = False
        # What was carried over has been answered before; rows are positions in this batch again.
        carried = len(both) - len(new)
        copies = copies[order[copies] >= carried]
        copies = copies[np.argsort(order[copies])]
        if len(both):
            self._tail = both.take(both.frame > both.frame[-1] - FRAMES)
        return order[copies] - carried, s.take(original[copies])


def _called_for(s: Sightings, original: Array) -> Array:
    """Rows taken for copies that a SYN of the other side, itself no copy, came before."""
    rows = np.flatnonzero((original >= 0) & s.answers)
    rows = rows[(s.ttl[rows] == s.ttl[original[rows]]) & (s.interface[rows] == s.interface[original[rows]])]
    syns = np.flatnonzero(s.calls & (original < 0))
    called = np.sort(_moment(s.lane[syns] ^ 1, s.frame[syns]))
    until = np.searchsorted(called, _moment(s.lane[rows], s.frame[rows]))
    since = np.searchsorted(called, _moment(s.lane[rows], s.frame[original[rows]]))
    answering: Array = rows[until > since]
    return answering


def _moment(lane: Array, frame: Array) -> Array:
    """Numbers that sort by lane, then by frame."""
    moment: Array = (lane << 33) | frame
    return moment


def _sightings(segments: Observed, lanes: Array) -> Sightings:
    s = segments
    seq, ack = s.seq.astype(np.uint64), s.ack.astype(np.uint64)
    rest = (
        (s.flags.astype(np.uint64) << np.uint64(48))
        | (s.window.astype(np.uint64) << np.uint64(32))
        | (s.ip_id.astype(np.uint64) << np.uint64(16))
        | (s.payload_bytes.astype(np.uint64) & np.uint64(0xFFFF))
    )
    mixed = ((seq << np.uint64(32)) | ack) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed ^= rest * np.uint64(0xBB67AE8584CAA73B)
    mixed ^= mixed >> np.uint64(32)
    bare = (s.payload_bytes == 0) & (s.flags & (Flag.SYN | Flag.FIN) == 0)
    identified = s.ip_id != 0
    opening = s.flags & (Flag.SYN | Flag.ACK | Flag.RST | Flag.FIN)
    return Sightings(
        lane=lanes,
        frame=s.frame,
        time_ns=s.time_ns,
        print=mixed,
        ttl=s.ttl,
        interface=s.interface,
        strict=bare & ~identified,
        identified=identified,
        calls=opening == Flag.SYN,
        answers=(opening == Flag.SYN | Flag.ACK) & ~identified,
    )
