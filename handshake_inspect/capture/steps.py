"""Where the clock of an interface went back while it captured.

It knows the times of frames in the order of the file, interface by interface, since interfaces of one file
need not be in step. It refuses to say why: a clock that was set, or a file put together from others.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect.capture.frames import Frames
from handshake_inspect.columns import Array, selection
from handshake_inspect.integers import distinct

JITTER_NS = 10_000_000
"Frames of one interface that several queues took in may stand a few milliseconds out of order."

EXAMPLES = 8
"So many are kept with their place."


class Step(NamedTuple):
    """One frame that is earlier than the frame before it."""

    frame: int
    record_byte: int
    record_bytes: int
    time_ns: int
    back_ns: int
    "by how much"


class Steps:
    """Grows while a capture is read."""

    def __init__(self) -> None:
        self.examples: list[Step] = []
        "the first few"
        self.most_ns = 0
        "the longest way back"
        self._frames: list[Array] = []
        self._last: dict[int, int] = {}

    @property
    def frames(self) -> Array:
        """The frames before which a clock went back, rising."""
        return np.concatenate([np.empty(0, np.int64), *self._frames])

    def add(self, frames: Frames) -> None:
        """Take the next frames."""
        back = np.zeros(len(frames), np.int64)
        for interface in distinct(frames.interface).tolist():
            at = selection(np.flatnonzero(frames.interface == interface), len(frames))
            times = frames.time_ns[at]
            before = np.append(self._last.get(interface, int(times[0])), times[:-1])
            self._last[interface] = int(times[-1])
            if (before > times).any():
                way = np.maximum(before, times) - times
                # A damaged record can claim any time, and the difference of two need not fit.
                back[at] = np.where(way < 0, np.iinfo(np.int64).max, way)
        stepped = np.flatnonzero(back > JITTER_NS)
        if not len(stepped):
            return
        self._frames.append(frames.number[stepped])
        self.most_ns = max(self.most_ns, int(back[stepped].max()))
        for row in stepped[: EXAMPLES - len(self.examples)].tolist():
            self.examples.append(
                Step(
                    int(frames.number[row]),
                    int(frames.record_byte[row]),
                    int(frames.record_bytes[row]),
                    int(frames.time_ns[row]),
                    int(back[row]),
                )
            )
