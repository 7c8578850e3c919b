"""Connections as the report shows them, made from their columns when someone asks.

The one idea: what a story decides is worked out once for all that share it, and their numbers are fetched as
columns, so that a million of them cost little more than writing them down. They are made some hundreds at a
time, for nothing here may hold a million.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, Literal

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.flow.closing import Closing
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.opening import Opening
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.terms import histories, terms
from handshake_inspect.report.ends import Side, community_ids, vlans
from handshake_inspect.report.model import ClosingInfo, Connection, EndpointInfo, Offer, OpeningInfo, Zeek

TOGETHER = 1024
"So many are made at once."

COUNTS = {
    "segments": "segments",
    "payload_bytes": "bytes",
    "syns": "syns",
    "syn_acks": "syn_acks",
    "fins": "fins",
    "rsts": "rsts",
}
"What is counted of each end → the fact that has it, behind the end's name."

OFFERED = ("mss_bytes", "window_shift", "sack", "timestamps", "fast_open", "mptcp")


def connections(
    all_: Connections, lives: Array, codes: Callable[[Array], list[list[str]]]
) -> Iterator[Connection]:
    """These lives as objects of the report, in this order; `codes` says what was found in some of them."""
    for start in range(0, len(lives), TOGETHER):
        yield from _together(all_, lives[start : start + TOGETHER], codes)


def _together(
    all_: Connections, lives: Array, codes: Callable[[Array], list[list[str]]]
) -> Sequence[Connection]:
    shapes = all_.shapes.of[lives]
    order = np.argsort(shapes, kind="stable")
    bounds = np.flatnonzero(np.diff(shapes[order])) + 1
    client, server = (Side.of(all_, lives, server=server) for server in (False, True))
    # What no story decides is fetched for all of them at once.
    own = [
        client.addresses(),
        client.port.tolist(),
        server.addresses(),
        server.port.tolist(),
        vlans(all_, lives),
        community_ids(client, server),
        codes(lives),
    ]
    made: dict[int, Connection] = {}
    for rows in np.split(order, bounds):
        at = rows.tolist()
        columns = own if len(at) == len(lives) else [[values[row] for row in at] for values in own]
        made.update(zip(at, _Alike(all_, lives[rows]).made(*columns), strict=True))
    return [made[row] for row in range(len(lives))]


class _Alike:
    """Connections of one story."""

    def __init__(self, all_: Connections, lives: Array) -> None:
        self._all = all_
        self._lives = lives
        self._first = all_.lives.first[lives]
        self._shape = int(all_.shapes.of[lives[0]])
        self._story: Story = all_.stories[self._shape]

    def made(
        self,
        clients: list[str],
        client_ports: list[int],
        servers: list[str],
        server_ports: list[int],
        vlans: list[list[int] | None],
        community_ids: list[str],
        codes: list[list[str]],
    ) -> Iterator[Connection]:
        """The objects."""
        shared = terms(self._all, self._shape)
        return map(
            Connection,
            self._all.number[self._lives].tolist(),
            self._all.stream[self._lives].tolist(),
            *(self._fact(name) for name in ("first_frame", "last_frame", "first_time_ns", "last_time_ns")),
            repeat(self._story.known_by.label),
            self._openings(self._story.opening),
            self._closings(self._story.closing),
            self._ends(clients, client_ports, server=False),
            self._ends(servers, server_ports, server=True),
            vlans,
            (Zeek(shared.conn_state, history) for history in histories(self._all, self._shape, self._lives)),
            repeat(shared.completeness),
            community_ids,
            codes,
        )

    def _fact(self, name: str) -> list[int]:
        values: list[int] = getattr(self._all.facts, name)[self._lives].tolist()
        return values

    def _column(self, name: str, event: int) -> Array:
        """A column of the events, at one event of the story."""
        values: Array = getattr(self._all.events, name)[self._first + event]
        return values

    def _frames(self, event: int | None) -> Iterable[int | None]:
        none = repeat(None, len(self._lives))
        return none if event is None else self._column("frame", event).tolist()

    def _apart(self, earlier: int | None, later: int | None) -> Iterable[int | None]:
        if earlier is None or later is None:
            return repeat(None)
        gaps: list[int] = (self._column("time_ns", later) - self._column("time_ns", earlier)).tolist()
        return gaps

    def _openings(self, opening: Opening) -> Iterator[OpeningInfo]:
        return map(
            OpeningInfo,
            repeat(opening.outcome.value, len(self._lives)),
            repeat(opening.manner.value if opening.manner else None),
            self._frames(opening.syn),
            self._frames(opening.syn_ack),
            self._frames(opening.ack),
            self._apart(opening.syn, opening.syn_ack),
            self._apart(opening.syn_ack, opening.ack),
        )

    def _closings(self, closing: Closing) -> Iterator[ClosingInfo]:
        by: Literal["client", "server"] | None = None
        if closing.by_server is not None:
            by = "server" if closing.by_server else "client"
        return (ClosingInfo(closing.outcome.value, by, frame) for frame in self._frames(closing.event))

    def _ends(self, addresses: list[str], ports: list[int], *, server: bool) -> Iterator[EndpointInfo]:
        role = "server" if server else "client"
        part = self._story.of(server=server)
        syn = own_syn(self._story, server=server)
        return map(
            EndpointInfo,
            addresses,
            ports,
            repeat(None) if syn is None else self._column("seq", syn).tolist(),
            repeat(part.word),
            repeat(part.replay.known.value),
            repeat(part.replay.presumed.value),
            *(self._fact(f"{role}_{fact}") for fact in COUNTS.values()),
            repeat(None) if syn is None else self._offers(syn),
        )

    def _offers(self, syn: int) -> Iterator[Offer | None]:
        offers = self._all.recording.offers
        frames = self._column("frame", syn)
        at = np.minimum(offers.frame.searchsorted(frames), len(offers) - 1)
        columns = [getattr(offers, name)[at].tolist() for name in OFFERED]
        # Nearly all SYNs offer the same.
        known: dict[Any, Offer] = {}
        for there, *said in zip((offers.frame[at] == frames).tolist(), *columns, strict=True):
            key = tuple(said)
            yield (known.get(key) or known.setdefault(key, _offer(*said))) if there else None


def own_syn(story: Story, *, server: bool) -> int | None:
    """The event of an end's SYN that decided, or of its first one; None for an end without SYN."""
    decided = story.opening.syn_ack if server else story.opening.syn
    if decided is not None:
        return decided
    return next((h.index for h in story.events if h.syn and h.server == server), None)


def _offer(
    mss_bytes: int, window_shift: int, sack: bool, timestamps: bool, fast_open: int, mptcp: bool
) -> Offer:
    return Offer(
        mss_bytes=mss_bytes if mss_bytes >= 0 else None,
        window_shift=window_shift if window_shift >= 0 else None,
        sack=sack,
        timestamps=timestamps,
        fast_open=fast_open >= 0,
        mptcp=mptcp,
    )
