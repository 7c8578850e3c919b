"""One simulated connection: two ends, a path, a clock, and afterwards the truth."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.simulator.endpoint import Endpoint
from tests.simulator.path import TAPS, Path
from tests.simulator.plans import SECOND, Weather, plans
from tests.simulator.wire import Segment

LAST = 400 * SECOND
"No simulated connection is watched for longer."


@dataclass(frozen=True)
class Truth:
    """What really happened at one end."""

    word: str
    "what it did and met, in its own order"
    state: str
    "where it ended"
    states: tuple[str, ...]
    "every state it was in"


@dataclass(frozen=True)
class Run:
    """A connection, as it was and as each tap saw it."""

    seed: int
    kind: str
    client: Truth
    server: Truth
    taps: tuple[tuple[tuple[int, Segment], ...], ...]
    "for each tap (time in ns, segment) in the order of the tap"
    missed: tuple[int, ...]
    "for each tap how many sent segments never passed it"
    lost: int
    doubled: int
    overtaken: int

    def truth(self, *, server: bool) -> Truth:
        """One end's truth."""
        return self.server if server else self.client


def simulate(seed: int, weather: Weather) -> Run:
    """The connection of this seed in this weather; the same each time."""
    random = Random(seed)
    client_plan, server_plan, kind = plans(random, haste=weather.haste)
    now = 0
    order = 0
    agenda: list[tuple[int, int, Callable[[], None]]] = []

    def later(wait: int, act: Callable[[], None]) -> None:
        nonlocal order
        order += 1
        heapq.heappush(agenda, (now + wait, order, act))

    def deliver(wait: int, segment: Segment) -> None:
        to = server if segment.by_client else client
        later(wait, lambda: to.arrives(segment))

    path = Path(random, weather, deliver)

    def send(segment: Segment) -> None:
        path.carry(segment, now)

    client = Endpoint(client_plan, True, send, later)
    server = Endpoint(server_plan, False, send, later)
    for end in (client, server):
        if end.plan.listens:
            end.listen()
        if end.plan.connect_at is not None:
            later(end.plan.connect_at, end.connect)
        if end.plan.abort_at is not None:
            later(end.plan.abort_at, end.abort)
        if end.plan.give_up_at is not None:
            later(end.plan.give_up_at, end.give_up)
    while agenda and agenda[0][0] < LAST:
        now, _, act = heapq.heappop(agenda)
        act()
    taps = tuple(
        tuple((seen.time_ns, seen.segment) for seen in sorted(tap, key=lambda seen: seen.time_ns))
        for tap in path.taps
    )
    missed = tuple(len(set(path.sent) - {segment for _, segment in taps[tap]}) for tap in range(TAPS))
    return Run(
        seed, kind, _truth(client), _truth(server), taps, missed, path.lost, path.doubled, path.overtaken
    )


def _truth(end: Endpoint) -> Truth:
    return Truth("".join(end.letters), end.state, tuple(end.states))
