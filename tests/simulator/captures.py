"""From taps to words: the captures of many runs go through the flow layer as one recording per tap."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from handshake_inspect.decode.segments import Decoded, Offers, Quotes, Segments
from handshake_inspect.flow.connections import connections
from handshake_inspect.flow.lived import Part
from handshake_inspect.flow.recording import Reducer
from handshake_inspect.flow.story import Story
from tests.simulator.wire import SYN, Segment
from tests.simulator.world import LAST

SERVER = 0xC6336401
CLIENTS = 0x0A000000
"198.51.100.1, and 10.0.0.0 with the run's position added"


@dataclass(frozen=True)
class Seen:
    """What the package says of one run from one tap."""

    story: Story
    lives: int
    "how many connections it took the run for; the story is the first one's"
    swapped: bool
    "the end it calls the client is the run's server"

    def part(self, *, server: bool) -> Part:
        """What it says of one end of the run."""
        return self.story.of(server=server != self.swapped)


def watch(captures: Sequence[Sequence[tuple[int, Segment]]]) -> list[Seen | None]:
    """What each capture tells, None where it is empty. A capture is (time in ns, segment) in order."""
    rows = [
        (position, time + 2 * LAST * position, segment)
        for position, capture in enumerate(captures)
        for time, segment in capture
    ]
    n = len(rows)
    segments = Segments.blank(n)
    by_client = np.array([s.by_client for _, _, s in rows], bool)
    client = CLIENTS + np.array([p for p, _, _ in rows], np.uint64)
    segments.version[:] = 4
    segments.source_low[:] = np.where(by_client, client, SERVER)
    segments.target_low[:] = np.where(by_client, SERVER, client)
    segments.source_port[:] = np.where(by_client, 40000, 80)
    segments.target_port[:] = np.where(by_client, 80, 40000)
    segments.frame[:] = np.arange(1, n + 1)
    segments.time_ns[:] = [t for _, t, _ in rows]
    segments.window[:] = 60000
    segments.ttl[:] = 64
    for name, field in (("seq", "seq"), ("ack", "ack"), ("flags", "flags"), ("payload_bytes", "payload")):
        getattr(segments, name)[:] = [getattr(s, field) for _, _, s in rows]
    segments.ip_id[:] = [s.identification for _, _, s in rows]
    offers = Offers.blank(int((segments.flags & SYN != 0).sum()))
    offers.frame[:] = segments.frame[segments.flags & SYN != 0]
    offers.window_shift[:] = -1
    reducer = Reducer()
    reducer.add(Decoded(segments, offers, Quotes.blank(0)))
    found = connections(reducer.finish())
    seen: list[Seen | None] = [None] * len(captures)
    for life, flow in enumerate(found.lives.flow.tolist()):
        ends = (int(found.ends.source_low[flow]), int(found.ends.target_low[flow]))
        position = min(ends) - CLIENTS
        earlier = seen[position]
        if earlier is not None:
            seen[position] = Seen(earlier.story, earlier.lives + 1, earlier.swapped)
            continue
        client_address = ends[int(found.lives.client[life])]
        seen[position] = Seen(found.story(life), 1, client_address == SERVER)
    return seen
