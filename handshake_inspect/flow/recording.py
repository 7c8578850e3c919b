"""All batches of a recording, in order, and what is kept of them."""

from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array, Growing
from handshake_inspect.decode.segments import (
    Checksums,
    Decoded,
    Ends,
    Observed,
    Offers,
    Quotes,
    Segments,
    Tags,
    Texts,
)
from handshake_inspect.flow.events import QUOTE, Events
from handshake_inspect.flow.firsts import keep, only_one
from handshake_inspect.flow.flows import Flows
from handshake_inspect.flow.networks import ROW_BITS, Networks
from handshake_inspect.flow.notices import Noticed
from handshake_inspect.flow.quality import Copies
from handshake_inspect.flow.reduce import Reduced, reduce
from handshake_inspect.flow.sides import Memory
from handshake_inspect.flow.vlans import Vlans
from handshake_inspect.integers import among, order

PIECE = 1 << ROW_BITS
"Segments taken at once."


class Recording(NamedTuple):
    """All that is kept of a recording."""

    events: Events
    "by flow, in capture order"
    ends: Ends
    "by flow, side 0 as the source"
    offers: Offers
    "by frame"
    quotes: Quotes
    "by frame; those of known flows are also among the events"
    noticed: Noticed
    "what is odd about how segments were captured; copies among them"
    texts: Texts
    "by frame; what RSTs say"
    vlans: Vlans | None
    "of flows; None where no frame bore a tag"


class Reducer:
    """Takes decoded batches in order; gives the recording at the end."""

    def __init__(self) -> None:
        self._flows = Flows()
        self._kept = Growing(Events)
        self._memory = Memory(self._kept)
        self._copies = Copies()
        self._networks: Networks | None = None
        self._noticed = Noticed()
        self._pending = Events.blank(0)
        self._offers = Growing(Offers)
        self._quotes: list[Quotes] = []
        self._quote_tags: list[Array] = []
        self._texts: list[Texts] = []

    def add(self, decoded: Decoded) -> None:
        """Take the next batch."""
        self._offers.join(decoded.offers)
        self._quotes.append(decoded.quotes)
        self._quote_tags.append(_tags(decoded.tags, decoded.quotes.frame))
        self._texts.append(decoded.texts)
        if len(decoded.tags) and not self._networks:
            self._networks = Networks(self._flows, self._memory)
        for start in range(0, len(decoded.segments), PIECE):
            self._add(decoded.segments.take(slice(start, start + PIECE)), decoded.wrong, decoded.tags)
        self._noticed.summed += decoded.summed

    def _add(self, whole: Segments, wrong: Checksums, tags: Tags) -> None:
        known_before = self._flows.count
        flow, side = self._flows.number(whole)
        # From here on a lane says all there is to say of the ends.
        lane, segments = flow * 2 + side, Observed.part_of(whole)
        new = self._flows.count - known_before
        copies, originals = self._copies.find(segments, lane, firsts=new == len(segments))
        copied, copied_lane = segments.take(copies), lane[copies]
        if len(copies):
            fresh = np.ones(len(segments), bool)
            fresh[copies] = False
            segments, lane = segments.take(fresh), lane[fresh]
        if self._networks:
            lane = self._networks.divide(segments, lane, _tags(tags, segments.frame), known_before)
            copied_lane = self._networks.copied(copied_lane, copied.frame, originals.frame)
            self._networks.forget(int(whole.frame[-1]))
        if len(copies):
            self._noticed.copies(copied, copied_lane, originals)
        self._noticed.take(segments, lane, wrong)
        self._memory.know(2 * self._flows.count)
        # For a few of them it is not worth dividing the others.
        if 2 * new > len(lane):
            alone = only_one(lane >> 1, known_before)
            begun = lane[alone]
            self._memory.begin(begun, keep(segments.take(alone), begun, self._kept))
            segments, lane = segments.take(~alone), lane[~alone]
        if len(segments):
            self._keep(reduce(segments, lane, self._memory))

    def finish(self) -> Recording:
        """The recording. Call once, after the last batch."""
        quotes = Quotes.concat(self._quotes)
        flow, side = self._flows.number(quotes, add=False)
        answered = flow >= 0
        if self._networks and len(quotes):
            lane = self._networks.quoted(flow * 2 + side, np.concatenate(self._quote_tags))
            flow = lane >> 1
        # Nothing comes any more, and what was remembered for it is as much as what is made now.
        self._memory, self._copies = Memory(self._kept), Copies()
        self._kept.join(self._pending)
        self._kept.join(_quote_events(quotes.take(answered), flow[answered], side[answered]))
        by_flow = _by_flow_and_frame(self._kept.whole())
        if by_flow is not None:
            self._kept.sort(by_flow)
        return Recording(
            self._kept.whole(),
            self._flows.ends,
            self._offers.whole(),
            quotes,
            self._noticed,
            Texts.concat(self._texts),
            self._networks.vlans() if self._networks else None,
        )

    def _keep(self, reduced: Reduced) -> None:
        lane = self._pending.flow * 2 + self._pending.side
        wanted = among(lane, reduced.wanted)
        superseded = among(lane, reduced.lanes)
        # Nearly in the order they will be wanted in: by flow.
        self._kept.join(self._pending.take(wanted))
        self._kept.add(**reduced.kept)
        self._pending = Events.concat([self._pending.take(~wanted & ~superseded), reduced.last])


def _tags(tags: Tags, frame: Array) -> Array:
    """The VLAN tag of each of these frames, 0 where it has none."""
    found = np.zeros(len(frame), np.int64)
    if len(tags):
        at = np.minimum(np.searchsorted(tags.frame, frame), len(tags) - 1)
        np.copyto(found, tags.tag[at], where=tags.frame[at] == frame)
    return found


def _by_flow_and_frame(events: Events) -> Array | None:
    """The order of these rows by flow and frame, or None where they stand in it."""
    flow, frame = events.flow.astype(np.int64), events.frame
    bits = int(frame.max(initial=0)).bit_length()
    if int(flow.max(initial=0)).bit_length() + bits > 63:
        return order(flow, frame)
    # No frame is in a flow twice, so one number orders them. The parts are in order, most of them behind one
    # another, which the stable sort makes use of.
    place = (flow << bits) | frame
    # A flood comes in order: every flow is new, and was numbered as it appeared.
    return None if (place[1:] > place[:-1]).all() else np.argsort(place, kind="stable")


def _quote_events(quotes: Quotes, flow: Array, side: Array) -> Events:
    """A quote as an event: it speaks to the quoted segment's sender, so it stands on the other side."""
    events = Events.blank(len(quotes))
    for name in Quotes.columns.keys() & Events.columns.keys():
        setattr(events, name, getattr(quotes, name))
    events.flow, events.side = flow, (1 - side).astype(np.uint8)
    events.flags[:] = QUOTE
    events.ack = quotes.icmp_type.astype(np.uint32) << 8 | quotes.icmp_code
    return events
