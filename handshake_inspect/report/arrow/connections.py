"""Connections as Arrow columns, made from ours without an object for any of them.

The one idea is that of `report.person`, taken further: what a story decides is looked up once for each story
and handed to its connections by index; what an event has is gathered from the columns of the events.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.terms import histories, terms
from handshake_inspect.flow.vlans import numbers
from handshake_inspect.integers import distinct
from handshake_inspect.report.arrow.parts import WHOLE, column, objects, words
from handshake_inspect.report.ends import Side, community_ids
from handshake_inspect.report.model import ClosingInfo, Connection, EndpointInfo, Offer, OpeningInfo, Zeek
from handshake_inspect.report.person import COUNTS, own_syn

Found = tuple[Sequence[str], Array]
"All codes, and rising for all lives what was found: life * number of codes + index of the code."

TEXT = pyarrow.string()
VLAN = pyarrow.list_(pyarrow.uint16())
BY = {None: None, False: "client", True: "server"}


def connections(all_: Connections, lives: Array, found: Found) -> pyarrow.StructArray:
    """These lives as objects of the report, in this order."""
    return _Lives(all_, lives).connections(found)


class _Lives:
    """Some lives, and how their columns are found."""

    def __init__(self, all_: Connections, lives: Array) -> None:
        self._all = all_
        self._lives = lives
        self._shape = all_.shapes.of[lives]
        self._first = all_.lives.first[lives]

    def connections(self, found: Found) -> pyarrow.StructArray:
        client, server = (Side.of(self._all, self._lives, server=server) for server in (False, True))
        facts = ("first_frame", "last_frame", "first_time_ns", "last_time_ns")
        return objects(
            Connection,
            number=column(self._all.number[self._lives], WHOLE),
            stream=column(self._all.stream[self._lives], WHOLE),
            **{name: self._fact(name) for name in facts},
            client_known_by=self._words(lambda story: story.known_by.label),
            opening=self._opening(),
            closing=self._closing(),
            client=self._end(client, server=False),
            server=self._end(server, server=True),
            vlan=self._vlan(),
            zeek=self._zeek(),
            completeness=self._completeness(),
            community_id=pyarrow.array(community_ids(client, server), TEXT),
            codes=self._codes(*found),
        )

    def _opening(self) -> pyarrow.StructArray:
        syn = self._events(lambda story: story.opening.syn)
        syn_ack = self._events(lambda story: story.opening.syn_ack)
        ack = self._events(lambda story: story.opening.ack)
        return objects(
            OpeningInfo,
            outcome=self._words(lambda story: story.opening.outcome.value),
            manner=self._words(lambda story: story.opening.manner and story.opening.manner.value),
            syn_frame=self._of_events("frame", syn, WHOLE),
            syn_ack_frame=self._of_events("frame", syn_ack, WHOLE),
            ack_frame=self._of_events("frame", ack, WHOLE),
            syn_rtt_ns=self._apart(syn, syn_ack),
            ack_rtt_ns=self._apart(syn_ack, ack),
        )

    def _closing(self) -> pyarrow.StructArray:
        event = self._events(lambda story: story.closing.event)
        return objects(
            ClosingInfo,
            outcome=self._words(lambda story: story.closing.outcome.value),
            by=self._words(lambda story: BY[story.closing.by_server]),
            frame=self._of_events("frame", event, WHOLE),
        )

    def _end(self, side: Side, *, server: bool) -> pyarrow.StructArray:
        role = "server" if server else "client"
        syn = self._events(lambda story: own_syn(story, server=server))
        return objects(
            EndpointInfo,
            address=_addresses(side),
            port=column(side.port, pyarrow.uint16()),
            isn=self._of_events("seq", syn, pyarrow.uint32()),
            word=self._words(lambda story: story.of(server=server).word),
            known_state=self._words(lambda story: story.of(server=server).replay.known.value),
            presumed_state=self._words(lambda story: story.of(server=server).replay.presumed.value),
            **{name: self._fact(f"{role}_{fact}") for name, fact in COUNTS.items()},
            offer=self._offers(syn),
        )

    def _offers(self, syn: Array) -> pyarrow.StructArray:
        """What the SYNs at these events offered; a SYN whose options were not read offered nothing known."""
        offers = self._all.recording.offers
        if not len(offers):
            syn = np.full(len(syn), -1)
        frames = self._all.events.frame[np.maximum(syn, 0)] if len(syn) else syn
        at = np.minimum(offers.frame.searchsorted(frames), max(len(offers) - 1, 0))
        there = syn >= 0
        there[there] = offers.frame[at[there]] == frames[there]
        at = np.where(there, at, 0)

        def values(name: str) -> Array:
            of_offers = getattr(offers, name)
            found: Array = of_offers[at] if len(of_offers) else np.zeros(len(at), of_offers.dtype)
            return found

        mss, shift = values("mss_bytes"), values("window_shift")
        return objects(
            Offer,
            ~there,
            mss_bytes=column(mss, pyarrow.uint16(), mss < 0),
            window_shift=column(shift, pyarrow.uint8(), shift < 0),
            sack=pyarrow.array(values("sack")),
            timestamps=pyarrow.array(values("timestamps")),
            fast_open=pyarrow.array(values("fast_open") >= 0),
            mptcp=pyarrow.array(values("mptcp")),
        )

    def _vlan(self) -> pyarrow.ListArray:
        known = self._all.recording.vlans
        if known is None:
            return pyarrow.nulls(len(self._lives), VLAN)
        tags = known.first[self._all.lives.flow[self._lives]]
        met = distinct(tags)
        each = pyarrow.array([numbers(tag) or None for tag in met.tolist()], VLAN)
        return each.take(pyarrow.array(np.searchsorted(met, tags)))

    def _zeek(self) -> pyarrow.StructArray:
        states = [terms(self._all, shape).conn_state for shape in range(len(self._all.stories))]
        return objects(Zeek, conn_state=words(states, self._shape), history=self._histories())

    def _histories(self) -> pyarrow.DictionaryArray:
        order = np.argsort(self._shape, kind="stable")
        told: list[str] = []
        for rows in np.split(order, np.flatnonzero(np.diff(self._shape[order])) + 1):
            if len(rows):
                told += histories(self._all, int(self._shape[rows[0]]), self._lives[rows])
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        known = {history: at for at, history in enumerate(sorted(set(told)))}
        return words(list(known), np.array([known[history] for history in told], np.int64)[back])

    def _completeness(self) -> pyarrow.Array:
        known = [terms(self._all, shape).completeness for shape in range(len(self._all.stories))]
        return column(np.array(known, np.uint8)[self._shape], pyarrow.uint8())

    def _codes(self, codes: Sequence[str], pairs: Array) -> pyarrow.ListArray:
        first, last = (np.searchsorted(pairs, (self._lives + after) * len(codes)) for after in (0, 1))
        ends = np.append(0, np.cumsum(last - first))
        rows = np.repeat(first - ends[:-1], last - first) + np.arange(ends[-1])
        each = pyarrow.array(codes, TEXT).take(pyarrow.array(pairs[rows] % max(len(codes), 1)))
        return pyarrow.ListArray.from_arrays(pyarrow.array(ends, pyarrow.int32()), each)

    def _words(self, of: Callable[[Story], str | None]) -> pyarrow.DictionaryArray:
        return words([of(story) for story in self._all.stories], self._shape)

    def _events(self, of: Callable[[Story], int | None]) -> Array:
        """For each life one of its events, as a position in all events; -1 for none."""
        told = [of(story) for story in self._all.stories]
        index = np.array([-1 if event is None else event for event in told], np.int64)[self._shape]
        return np.where(index < 0, -1, self._first + index)

    def _of_events(self, name: str, events: Array, kind: Any) -> pyarrow.Array:
        return column(getattr(self._all.events, name)[np.maximum(events, 0)], kind, events < 0)

    def _apart(self, earlier: Array, later: Array) -> pyarrow.Array:
        times = self._all.events.time_ns
        gaps = times[np.maximum(later, 0)] - times[np.maximum(earlier, 0)]
        return column(gaps, WHOLE, (earlier < 0) | (later < 0))

    def _fact(self, name: str) -> pyarrow.Array:
        return column(getattr(self._all.facts, name)[self._lives], WHOLE)


def _addresses(side: Side) -> pyarrow.StringArray:
    """The addresses as text, made once for each."""
    order = np.lexsort((side.low, side.high, side.version))
    new = np.zeros(len(order), bool)
    for values in (side.version, side.high, side.low):
        new[1:] |= values[order][1:] != values[order][:-1]
    new[:1] = True
    which = np.empty(len(order), np.int64)
    which[order] = np.cumsum(new) - 1
    known = order[new]
    columns = (values[known].tolist() for values in (side.version, side.high, side.low))
    each = pyarrow.array([units.address(*row) for row in zip(*columns, strict=True)], TEXT)
    return each.take(pyarrow.array(which))
