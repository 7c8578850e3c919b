"""How a sender spaced its repetitions: the schedules of known stacks, and what each one's next wait would be.

Sources: RFC 6298 §2.1 and §5.5 (1 s at first, doubled each time), RFC 1122 §4.2.3.1 (3 s, as older stacks
do), Linux since 6.5, whose `tcp_syn_linear_timeouts` repeats a SYN four times at 1 s before it doubles, and
RFC 8985 §7.2 and §7.3, whose probe goes out before the first time-out, which then counts from the probe.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.flow.view import View
from handshake_inspect.units import SECOND

LINEAR = 5
"Linux's waits of 1 s before it doubles: `tcp_syn_linear_timeouts` is 4, and the wait after those is 1 s too."
SLACK = 0.25
"Timers fire late on a busy host, and the first gap may hold a measured round trip."


class Schedule(NamedTuple):
    """How repetitions were spaced."""

    gaps_ns: tuple[int, ...]

    @property
    def doubling(self) -> bool:
        """Each wait is twice the one before."""
        return all(_near(b, 2 * a) for a, b in pairwise(self.gaps_ns))

    @property
    def text(self) -> str:
        """The waits and the schedule they follow, in words."""
        waits = ", ".join(units.duration(gap) for gap in self.gaps_ns[:8])
        waits += ", …" if len(self.gaps_ns) > 8 else ""
        first = self.gaps_ns[0]
        linear = 0
        while linear < len(self.gaps_ns) and _near(self.gaps_ns[linear], SECOND):
            linear += 1
        if len(self.gaps_ns) == 1:
            known = {1: "the first wait of RFC 6298", 3: "the first wait of RFC 1122"}
            seconds = next((s for s in known if _near(first, s * SECOND)), None)
            return f"after {waits}" + (f", {known[seconds]}" if seconds else "")
        if linear == len(self.gaps_ns) > LINEAR:
            return f"after {waits}: every {units.duration(first)}, which is no schedule of RFC 6298"
        if linear == len(self.gaps_ns) or (linear > 1 and Schedule(self.gaps_ns[linear - 1 :]).doubling):
            return f"after {waits}: at 1 s first, then doubling, as Linux does since 6.5"
        if len(self.gaps_ns) == 2 and first < SECOND and _near(self.gaps_ns[1], first):
            return f"after {waits}: as with a tail loss probe before the time-out"
        if self.doubling:
            return f"after {waits}: doubling from {units.duration(first)}"
        if len(self.gaps_ns) > 2 and Schedule(self.gaps_ns[1:]).doubling:
            return f"after {waits}: doubling after the first"
        return f"after {waits}: no schedule of RFC 6298"

    @property
    def next_ns(self) -> int:
        """How long after the last repetition the next one is due."""
        return max(2 * self.gaps_ns[-1], SECOND // 5) if self.gaps_ns else SECOND


def schedule(view: View, events: list[int]) -> Schedule:
    """How these events of a connection were spaced."""
    return Schedule(tuple(view.gap(a, b) for a, b in pairwise(events)))


def next_wait(times: list[Array]) -> Array:
    """When the next repetition is due after the last of these times, ns: twice the last wait, 1 s at first.

    `times` holds one array per repetition, each with one entry per connection.
    """
    if len(times) < 2:
        return np.full(len(times[0]), SECOND)
    wait: Array = np.maximum(2 * (times[-1] - times[-2]), SECOND // 5)
    return wait


def _near(value: int, wanted: int) -> bool:
    return abs(value - wanted) <= SLACK * wanted
