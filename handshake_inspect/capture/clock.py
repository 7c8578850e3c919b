"""What an interface's clock counts, and how its counts become nanoseconds.

It knows if_tsresol and if_tsoffset (draft-ietf-opsawg-pcapng §4.2), and no file. The one idea: times are
whole numbers from end to end, rounded down where a clock is finer than a nanosecond.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array

NS = 1_000_000_000

LATEST_NS = (1 << 63) - 1
"No later time can be told, in the year 2262; a later one is told as this, an earlier one than 1677 likewise."


class Clock(NamedTuple):
    """Counts of a fraction of a second, since a moment some seconds after 1970-01-01 UTC."""

    ticks_per_second: int = 1_000_000
    "a power of 10 or of 2; microseconds where the file does not say"
    offset_seconds: int = 0

    @classmethod
    def of(cls, resolution: int, offset_seconds: int) -> "Clock":
        """From the byte of if_tsresol, whose top bit says that the rest is a power of 2, and if_tsoffset."""
        base = 2 if resolution & 0x80 else 10
        return cls(base ** (resolution & 0x7F), offset_seconds)

    def time_ns(self, ticks: int) -> int:
        """One count as nanoseconds since 1970-01-01 UTC."""
        time = ticks * NS // self.ticks_per_second + self.offset_seconds * NS
        return max(-LATEST_NS - 1, min(time, LATEST_NS))

    def times_ns(self, ticks: Array) -> Array:
        """Many counts, given as u8, as nanoseconds since 1970-01-01 UTC."""
        scale, remainder = divmod(NS, self.ticks_per_second)
        latest = int(ticks.max(initial=0))
        extent = latest * max(scale, 1) + abs(self.offset_seconds) * NS
        if remainder or extent > LATEST_NS:
            return np.array([self.time_ns(tick) for tick in ticks.tolist()], np.int64)
        return ticks.astype(np.int64) * scale + self.offset_seconds * NS
