"""Where each frame of a capture lies, and what its record says of it: no byte of a frame is looked at here.

A capture comes in batches, so that a file of any size, or a pipe, passes through bounded memory. How it is
cut into batches must never show in any result.
"""

from collections.abc import Iterator

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from handshake_inspect.columns import Array, Table, column


class Frames(Table):
    """One row per frame, in the order of the file."""

    number: Array = column("i8", "from 1, as Wireshark counts", "the frame's number in its capture")
    time_ns: Array = column(
        "i8", "ns since 1970-01-01 UTC", "when it was captured, by its own interface's clock"
    )
    start: Array = column("i8", "bytes into Batch.data", "its first captured byte")
    captured_bytes: Array = column("i8", "bytes", "how much of it was kept")
    original_bytes: Array = column("i8", "bytes", "how long it was on the wire")
    link_type: Array = column("u2", "LINKTYPE number", "what its first header is")
    interface: Array = column("u4", "index into Capture.interfaces", "where it was captured")
    record_byte: Array = column("i8", "bytes into the uncompressed file", "where its record begins")
    record_bytes: Array = column("i8", "bytes", "how long its record is, headers and padding included")


class Batch(Struct, frozen=True):
    """Some frames, and the bytes they lie in."""

    data: NDArray[np.uint8]
    frames: Frames


class Interface(Struct):
    """A place where frames were captured."""

    link_type: int
    name: str | None = None
    snap_bytes: int = 0
    "the longest kept length of a frame; 0 is no limit"
    fcs_bytes: int = 0
    "length of the frame check sequence behind each frame, where the capture says so"
    dropped: int | None = None
    "frames the capture says it lost here, where it says so"


class Stopped(Struct, frozen=True):
    """Why reading ended before the end of the file."""

    byte: int
    "where the first byte that could not be read lies, in the uncompressed file"
    reason: str


class Capture(Struct):
    """One recording: iterate it once for its batches, then ask what it was."""

    path: str
    "as the user named it; '-' is standard input"
    format: str
    "'pcap' or 'pcapng'"
    batches: Iterator[Batch]
    interfaces: list[Interface] = field(default_factory=list)
    "grows while the batches are read"
    stopped: Stopped | None = None
    "set when the batches end, if they ended early"
    compression: str | None = None
    "the name of the compression that was undone, if one was"

    def __iter__(self) -> Iterator[Batch]:
        return self.batches
