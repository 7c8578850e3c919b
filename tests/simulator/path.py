"""The path between two ends: six links in a row, a tap between each two of them.

A link keeps the order of what enters it and holds each segment for a while of its own. Where the weather
says so it drops a segment, lets it be overtaken, or sends it on twice. A tap records what passes it, with the
time.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.simulator.plans import Weather
from tests.simulator.wire import Segment

LINKS = 6
TAPS = LINKS - 1


@dataclass
class Sighting:
    """A segment that passed a tap."""

    segment: Segment
    time_ns: int


@dataclass
class Path:
    """Carries segments; `deliver` is called with a delay in ns and the segment that arrives."""

    random: Random
    weather: Weather
    deliver: Callable[[int, Segment], None]
    taps: list[list[Sighting]] = field(default_factory=lambda: [[] for _ in range(TAPS)])
    sent: list[Segment] = field(default_factory=list)
    lost: int = 0
    doubled: int = 0
    overtaken: int = 0

    def __post_init__(self) -> None:
        # From a wire inside one host to half the way round the world.
        self.delay = [int(10 ** self.random.uniform(3, 7.7)) for _ in range(LINKS)]
        self.jitter = [int(d * self.random.choice((0, 0.1, 2))) for d in self.delay]
        self.free = {True: [0] * LINKS, False: [0] * LINKS}

    def carry(self, segment: Segment, now: int) -> None:
        """Send a segment on its way."""
        self.sent.append(segment)
        lost_on = self._chosen(self.weather.loss)
        late_on = self._chosen(self.weather.reordering)
        doubled_on = self._chosen(self.weather.duplication)
        self._travel(segment, now, now, 0, lost_on, late_on, doubled_on)

    def _chosen(self, probability: float) -> int | None:
        return self.random.randrange(LINKS) if probability and self.random.random() < probability else None

    def _travel(
        self,
        segment: Segment,
        now: int,
        time: int,
        first: int,
        lost_on: int | None,
        late_on: int | None,
        doubled_on: int | None,
    ) -> None:
        free = self.free[segment.by_client]
        orderly = first == 0
        for step in range(first, LINKS):
            link = step if segment.by_client else LINKS - 1 - step
            if step == doubled_on:
                self.doubled += 1
                self._travel(segment, now, time + self._extra(), step, None, None, None)
            if step == lost_on:
                self.lost += 1
                return
            if step == late_on:
                self.overtaken += 1
                orderly = False
                time += self._extra()
            time += self.delay[link] + int(self.random.random() * self.jitter[link]) + 1
            if orderly:
                time = free[step] = max(time, free[step] + 1)
            if step < TAPS:
                tap = step if segment.by_client else TAPS - 1 - step
                self.taps[tap].append(Sighting(segment, time))
        self.deliver(time - now, segment)

    def _extra(self) -> int:
        return int(10 ** self.random.uniform(4, 8.3))
