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
from handshake_inspect.integers import among, distinct, order, repeated

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

    def find(self, segments: Observed, lanes: Array, *, firsts: bool) -> tuple[Array, Sightings]:
        """(rows of `segments` that are copies, rising; what each is a copy of).

        `firsts` says that each began a flow: then none is a copy.
        """
        if firsts:
            none = np.empty(0, np.int64)
            some = slice(-FRAMES, None)
            segments, lanes = segments.take(some), lanes[some]
            self._remember(segments, lanes, _prints(segments, lanes), none)
            return none, Sightings.blank(0)
        prints = _prints(segments, lanes)
        # Most captures have none: only flows that repeat something at all are put in order.
        both = np.concatenate([self._tail.print, prints])
        suspects = _rows_of(lanes, lanes[among(prints, both[repeated(both)])])
        remembered = self._tail.take(_rows_of(self._tail.lane, lanes[suspects]))
        copies, originals = _pairs(remembered, _sightings(segments, lanes, prints, suspects))
        copies = suspects[copies]
        self._remember(segments, lanes, prints, copies)
        return copies, originals

    def _remember(self, segments: Observed, lanes: Array, prints: Array, copies: Array) -> None:
        if not len(segments):
            return
        oldest = int(segments.frame[-1]) - FRAMES
        late = np.arange(np.searchsorted(segments.frame, oldest, side="right"), len(segments))
        new = _sightings(segments, lanes, prints, late)
        new.calls &= ~among(late, copies)
        self._tail = Sightings.concat([self._tail.take(self._tail.frame > oldest), new])


def _pairs(before: Sightings, new: Sightings) -> tuple[Array, Sightings]:
    """(rows of `new` that are copies, rising; what each is a copy of)."""
    both = Sightings.concat([before, new])
    by_lane = order(both.lane)
    s = both.take(by_lane)
    original = np.full(len(s), -1, np.int64)
    for back in range(1, min(LOOK_BACK + 1, len(s))):
        earlier = np.flatnonzero((s.lane[back:] == s.lane[:-back]) & (s.print[back:] == s.print[:-back]))
        later = earlier + back
        apart = np.abs(s.time_ns[later] - s.time_ns[earlier])
        moved = (s.ttl[later] != s.ttl[earlier]) | (s.interface[later] != s.interface[earlier])
        is_copy = (
            (s.frame[later] - s.frame[earlier] <= FRAMES)
            & (apart <= np.where(s.identified[later] & moved, ELSEWHERE_NS, AT_ONCE_NS))
            & (moved | ~s.strict[later])
            & (original[later] < 0)
        )
        original[later[is_copy]] = earlier[is_copy]
    original[_called_for(s, original)] = -1
    # What was carried over has been answered before.
    copies = np.flatnonzero((original >= 0) & (by_lane >= len(before)))
    copies = copies[np.argsort(by_lane[copies])]
    return by_lane[copies] - len(before), s.take(original[copies])


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


def _rows_of(lanes: Array, wanted: Array) -> Array:
    """All rows of the flows of these lanes, both sides."""
    return np.flatnonzero(among(lanes >> 1, distinct(wanted >> 1))) if len(wanted) else np.empty(0, np.int64)


def _prints(s: Observed, lanes: Array) -> Array:
    """A hash of everything that a copy must share."""
    rest = (
        (s.flags.astype(np.uint64) << np.uint64(48))
        | (s.window.astype(np.uint64) << np.uint64(32))
        | (s.ip_id.astype(np.uint64) << np.uint64(16))
        | (s.payload_bytes.astype(np.uint64) & np.uint64(0xFFFF))
    )
    mixed: Array = (s.seq.astype(np.uint64) << np.uint64(32)) | s.ack
    mixed ^= lanes.astype(np.uint64) * np.uint64(0x6A09E667F3BCC909)
    mixed *= np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed ^= rest * np.uint64(0xBB67AE8584CAA73B)
    mixed ^= mixed >> np.uint64(32)
    return mixed


def _sightings(segments: Observed, lanes: Array, prints: Array, rows: Array) -> Sightings:
    ip_id, flags = segments.ip_id[rows], segments.flags[rows]
    bare = (segments.payload_bytes[rows] == 0) & (flags & (Flag.SYN | Flag.FIN) == 0)
    opening = flags & (Flag.SYN | Flag.ACK | Flag.RST | Flag.FIN)
    return Sightings(
        lane=lanes[rows],
        frame=segments.frame[rows],
        time_ns=segments.time_ns[rows],
        print=prints[rows],
        ttl=segments.ttl[rows],
        interface=segments.interface[rows],
        strict=bare & (ip_id == 0),
        identified=ip_id != 0,
        calls=opening == Flag.SYN,
        answers=(opening == Flag.SYN | Flag.ACK) & (ip_id == 0),
    )
