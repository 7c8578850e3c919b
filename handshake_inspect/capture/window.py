"""The part of a capture that is in memory: it slides over the source, always beginning at a record.

It does not know what a record is; it is told where the next one begins and how much of it is needed. The one
idea: each window has memory of its own, so that what was read from it stays true when the window moves on.
"""

import numpy as np
from numpy.typing import NDArray

from handshake_inspect.capture.frames import Stopped
from handshake_inspect.capture.source import Source


class Window:
    """A piece of the uncompressed file, and where it lies."""

    def __init__(self, source: Source, first_byte: int, batch_bytes: int) -> None:
        self._source = source
        self._batch_bytes = batch_bytes
        self.first_byte = first_byte
        "where `data` begins in the uncompressed file"
        self.data: NDArray[np.uint8] = np.empty(0, np.uint8)
        "the bytes of the window"
        self.at_end = False
        "nothing follows `data`"

    def slide(self, start: int, need: int) -> None:
        """Begin at `data[start]` and hold at least `need` bytes from there, or all there are.

        The window grows beyond a batch only for a record that is longer than one.
        """
        kept = self.data[start:]
        size = max(self._batch_bytes, need, len(kept) + 1)
        data = np.empty(size, np.uint8)
        data[: len(kept)] = kept
        filled = self._source.fill(data.data[len(kept) :])
        self.at_end = len(kept) + filled < size
        self.first_byte += start
        self.data = data[: len(kept) + filled]

    def stopped(self, position: int, reason: str) -> Stopped:
        """Reading ends at `data[position]` for this reason, whatever follows."""
        left = self._source.bytes_left()
        byte = self.first_byte + position
        if left is None:
            return Stopped(byte, f"{reason}; what follows was not read")
        return Stopped(
            byte, f"{reason}; {len(self.data) - position + left} bytes from there on were not read"
        )

    def stopped_at_end(self, position: int, need: int, what: str) -> Stopped | None:
        """How the file ends: nothing to say when a record ends there and the source is not damaged.

        `what` begins at `data[position]` and should be `need` bytes long.
        """
        byte = self.first_byte + position
        there = len(self.data) - position
        because = f", because {self._source.damage}" if self._source.damage else ""
        if there:
            reason = f"{what} at byte {byte} is longer than the file: {there} of {need} bytes are there"
            return Stopped(byte, reason + because)
        return Stopped(byte, f"{self._source.damage}") if self._source.damage else None
