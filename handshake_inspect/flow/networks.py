"""The flows of 4-tuples that were met under several VLAN tags.

It knows which packets have to be asked about; the answer is `network`'s. Its one idea: hardly any have. A
packet under the tag of its flow's first one is of that flow, and so is one whose side has used its tag before
and fitted: a side is asked about once for each of its tags. Only where a 4-tuple was found to have several
networks is every packet of it looked at.

Only packets before the one in question decide, so how the input is cut into batches cannot show.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array, roomy
from handshake_inspect.decode.segments import Flag, Observed
from handshake_inspect.flow.flows import Flows
from handshake_inspect.flow.network import Network, Packet, Shared, fits
from handshake_inspect.flow.quality import FRAMES
from handshake_inspect.flow.sides import Memory
from handshake_inspect.flow.vlans import Vlans
from handshake_inspect.integers import among

ROW_BITS = 20
"Rows taken at once: 2**20, so that a lane and a row sort as one number."

TAG_BITS = 24


class Networks:
    """All 4-tuples that were met under several tags so far."""

    def __init__(self, flows: Flows, memory: Memory) -> None:
        self._flows = flows
        self._memory = memory
        self._home = np.zeros(0, np.uint32)
        "the tag of each flow's first packet"
        self._joined = np.empty(0, np.int64)
        "lane << TAG_BITS | tag: what a side of an undivided flow was asked about, and fitted"
        self._shared: dict[int, Shared] = {}

    def divide(self, segments: Observed, lane: Array, tag: Array, known: int) -> Array:
        """The lane of every packet by its tag too, given its lane by its ends alone.

        Copies are not among the segments. What came earlier has been reduced; flows numbered from `known` on
        are new.
        """
        self._settle(lane, tag, known)
        since = dict.fromkeys(self._shared, 0) | self._ask(segments, lane, tag)
        if not since:
            return lane
        rows = np.flatnonzero(among(lane >> 1, np.array(list(since))))
        divided = lane.copy()
        for row, packet in zip(rows.tolist(), _packets(segments, lane, tag, rows), strict=True):
            base = int(lane[row] >> 1)
            if row >= since[base]:
                divided[row] = self._place(base, packet, int(segments.frame[row])) * 2 + packet.side
        return divided

    def copied(self, lane: Array, frame: Array, original: Array) -> Array:
        """The lane of every copy by what it is a copy of, given its lane by its ends alone."""
        shared = np.flatnonzero(self._divided(lane))
        divided = lane.copy()
        for row in shared.tolist():
            frames = self._shared[int(lane[row] >> 1)].frames
            flow = frames.get(int(original[row]), int(lane[row] >> 1))
            frames[int(frame[row])] = flow
            divided[row] = flow * 2 + (lane[row] & 1)
        return divided

    def quoted(self, lane: Array, tag: Array) -> Array:
        """The lane of every segment that an ICMP error quotes; an error comes the way the other side's do."""
        divided = lane.copy()
        for row in np.flatnonzero(self._divided(lane)).tolist():
            shared, side = self._shared[int(lane[row] >> 1)], int(lane[row] & 1)
            for way in (1 - side, side):
                if (way, int(tag[row])) in shared.of:
                    divided[row] = shared.of[way, int(tag[row])].flow * 2 + side
                    break
        return divided

    def forget(self, frame: int) -> None:
        """Forget of which flow frames were that have no copies behind this one."""
        for shared in self._shared.values():
            shared.frames = {at: flow for at, flow in shared.frames.items() if at >= frame - FRAMES}

    def vlans(self) -> Vlans:
        """In which VLANs all flows were met."""
        self._make_room()
        tags = {
            network.flow: {tag for (_, tag), of in shared.of.items() if of is network}
            for shared in self._shared.values()
            for network in shared.networks
        }
        every = {flow: tuple(sorted({int(self._home[flow]), *met})) for flow, met in tags.items()}
        return Vlans(self._home[: self._flows.count], every)

    def _make_room(self) -> None:
        self._home = roomy(self._home, self._flows.count)

    def _settle(self, lane: Array, tag: Array, known: int) -> None:
        self._make_room()
        new = np.flatnonzero(lane >> 1 >= known)[::-1]
        # Of several values for one place the last is kept: here that of the first packet.
        self._home[lane[new] >> 1] = tag[new]
        self._memory.know(2 * self._flows.count)

    def _ask(self, segments: Observed, lane: Array, tag: Array) -> dict[int, int]:
        """The flows that are found to have several networks, each with the first packet of its second."""
        asking = np.flatnonzero((tag != self._home[lane >> 1]) & (segments.flags & Flag.RST == 0))
        asking = asking[~self._divided(lane[asking])]
        asking = asking[~among(lane[asking] << TAG_BITS | tag[asking], self._joined)]
        if not len(asking):
            return {}
        rows = _firsts(asking, lane[asking] << TAG_BITS | tag[asking])
        own = self._last(segments, lane, rows, lane[rows])
        peer = self._last(segments, lane, rows, lane[rows] ^ 1)
        free = (segments.flags[rows] & Flag.ACK == 0) | ~peer.known | peer.opened
        fitting = fits(segments.seq[rows], own.number, ~own.known, segments.ack[rows], peer.number, free)
        since: dict[int, int] = {}
        for at in np.flatnonzero(~fitting).tolist():
            base, side = divmod(int(lane[rows[at]]), 2)
            if base not in since:
                since[base] = int(rows[at])
                first = Network(base, [None, None], [False, False])
                for each, last in ((side, own), (1 - side, peer)):
                    first.last[each] = int(last.number[at]) if last.known[at] else None
                    first.opened[each] = bool(last.opened[at])
                self._shared[base] = Shared([first], {}, {})
        late = [row >= since.get(flow, row + 1) for row, flow in zip(rows, lane[rows] >> 1, strict=True)]
        joined = rows[fitting & ~np.array(late)] if since else rows
        self._joined = np.sort(np.append(self._joined, lane[joined] << TAG_BITS | tag[joined]))
        for base in since:
            self._share(base)
        return since

    def _last(self, segments: Observed, lane: Array, rows: Array, wanted: Array) -> "_Last":
        """What is known of the wanted lanes just before these rows."""
        concerned = np.zeros(2 * self._flows.count, bool)
        concerned[wanted] = True
        real = concerned[lane] & (segments.flags & Flag.RST == 0)
        at, inside = _before(lane, np.flatnonzero(real), rows, wanted)
        opened = _before(lane, np.flatnonzero(real & (segments.flags & Flag.SYN != 0)), rows, wanted)[1]
        kept = self._memory.rows(wanted)
        sent, lead, known, isn_known = (
            self._memory.column(name, kept) for name in ("sent", "sent_lead", "sent_known", "isn_known")
        )
        return _Last(
            np.where(inside, segments.seq[at], seq.add(sent, -lead)), inside | known, opened | isn_known
        )

    def _share(self, base: int) -> None:
        shared = self._shared[base]
        tags = [(side, int(self._home[base])) for side in (0, 1)]
        keys = self._joined[self._joined >> TAG_BITS + 1 == base]
        tags += [(key >> TAG_BITS & 1, key & (1 << TAG_BITS) - 1) for key in keys.tolist()]
        shared.of = dict.fromkeys(tags, shared.networks[0])

    def _place(self, base: int, packet: Packet, frame: int) -> int:
        """The flow of a packet whose 4-tuple has several networks."""
        shared = self._shared[base]
        network = shared.find(packet)
        if network is None:
            network = shared.add(self._flows.again(base))
            self._make_room()
            self._home[network.flow] = packet.tag
        shared.meet(packet, network)
        shared.frames[frame] = network.flow
        return network.flow

    def _divided(self, lane: Array) -> Array:
        return among(lane >> 1, np.array(list(self._shared), np.int64))


class _Last(NamedTuple):
    number: Array
    "the last number of a lane before a row, RSTs not counted"
    known: Array
    "whether there is one"
    opened: Array
    "whether the lane had sent a SYN"


def _firsts(rows: Array, keys: Array) -> Array:
    """The first row of each key, rising."""
    order = np.argsort(keys, kind="stable")
    new = np.ones(len(order), bool)
    new[1:] = keys[order][1:] != keys[order][:-1]
    return np.sort(rows[order[new]])


def _before(lane: Array, rows: Array, wanted_rows: Array, wanted: Array) -> tuple[Array, Array]:
    """For each wanted lane the last of `rows` in it before the wanted row, and whether there is one."""
    if not len(rows):
        return np.zeros(len(wanted), np.int64), np.zeros(len(wanted), bool)
    keys = np.sort(lane[rows] << ROW_BITS | rows)
    found = keys[np.maximum(np.searchsorted(keys, wanted << ROW_BITS | wanted_rows) - 1, 0)]
    row = found & (1 << ROW_BITS) - 1
    return row, (found >> ROW_BITS == wanted) & (row < wanted_rows)


def _packets(segments: Observed, lane: Array, tag: Array, rows: Array) -> list[Packet]:
    """These rows, for the decision."""
    s = segments
    return [
        Packet(
            side,
            tag_,
            number,
            acked if flags & Flag.ACK else None,
            flags & Flag.SYN != 0,
            flags & Flag.RST != 0,
        )
        for side, tag_, number, acked, flags in zip(
            (lane[rows] & 1).tolist(),
            tag[rows].tolist(),
            s.seq[rows].tolist(),
            s.ack[rows].tolist(),
            s.flags[rows].tolist(),
            strict=True,
        )
    ]
