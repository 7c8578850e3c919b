"""What the SYNs of a recording offer, all of them at once.

Nearly all SYNs offer the same and are as they should be. This knows it of a whole recording, so that no rule
has to look into a million of them to find nothing.
"""

from functools import cached_property

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Offers

MOST_SHIFT = 14
"RFC 7323 §2.3: a window is scaled by no more."

LEAST_MSS = 536
"Bytes that every host takes: a packet of 576 (RFC 791 §3.1), less 40 of headers; over IPv6 more."

MOST_MSS = {4: 65535 - 20 - 20, 6: 65535 - 20}
"""By IP version, bytes: what a packet of 65 535 bytes (RFC 791 §3.1), or with as much payload (RFC 8200 §3),
holds behind its headers."""

DENSE = 16
"With one SYN or more in so many frames, a number for each frame is worth its memory."


class Offered:
    """The offers of a recording; every SYN has its row among them."""

    def __init__(self, offers: Offers) -> None:
        self._offers = offers
        self._has: dict[str, Array | bool] = {}

    def rows(self, frames: Array) -> Array:
        """Where the SYNs in these frames have their offers."""
        if self._index is not None:
            at: Array = self._index[frames]
            return at
        return np.searchsorted(self._offers.frame, frames)

    def shifts(self, frames: Array) -> Array:
        """By how much the SYNs in these frames offer to scale windows, bits, i2; -1 for not at all."""
        shifts: Array = self._offers.window_shift[self.rows(frames)]
        return shifts

    def has(self, option: str) -> Array | bool:
        """For each offer whether it has this option, or one answer for all."""
        if option not in self._has:
            value = getattr(self._offers, option)
            there: Array = value if value.dtype == bool else value >= 0
            self._has[option] = bool(there[0]) if len(there) and (there == there[0]).all() else there
        return self._has[option]

    @cached_property
    def wrong(self) -> Array:
        """The frames whose offers an honest stack may not make on some IP version, rising; mostly none."""
        offers = self._offers
        mss = offers.mss_bytes
        size = (mss >= 0) & ((mss < LEAST_MSS) | (mss > min(MOST_MSS.values())))
        length = offers.malformed | (offers.repeated_kind > 0)
        return offers.frame[size | length | (offers.window_shift > MOST_SHIFT)]

    @cached_property
    def _index(self) -> Array | None:
        frames = self._offers.frame
        if not len(frames) or int(frames[-1]) > DENSE * len(frames):
            return None
        index = np.zeros(int(frames[-1]) + 1, np.int32)
        index[frames] = np.arange(len(frames), dtype=np.int32)
        return index
