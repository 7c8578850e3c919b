"""Bytes to where each frame lies: a capture file or a pipe is opened by its magic, never by its name.

It knows file formats and compressions. It refuses to know what a frame holds: link types are carried, not
understood. The one idea: bad input is the normal case. A capture is read as far as it goes, and says where
and why it stopped.
"""

import os
from typing import BinaryIO

from handshake_inspect.capture.frames import Batch, Capture, Frames, Interface, Stopped
from handshake_inspect.capture.pcap import MAGICS, open_pcap
from handshake_inspect.capture.pcapng import open_pcapng
from handshake_inspect.capture.sections import SECTION_TYPE
from handshake_inspect.capture.source import open_source
from handshake_inspect.errors import CaptureError

__all__ = ["Batch", "Capture", "Frames", "Interface", "Stopped", "open_capture"]

BATCH_BYTES = 1 << 24
"Large enough to be read at full speed, small enough to have many at once."


def open_capture(
    path: str | os.PathLike[str], *, batch_bytes: int = BATCH_BYTES, stdin: BinaryIO | None = None
) -> Capture:
    """Open the capture at `path`, or on standard input for "-".

    `batch_bytes` bounds the bytes in memory at once, but for a record that is longer; it never changes the
    frames. `stdin` is what "-" means, the process's own when absent.

    Raises CaptureError when there is no file, no permission, or no capture in it. Damage behind the file
    header raises nothing: it ends the batches, and `Capture.stopped` says where and why.
    """
    name = os.fspath(path)
    if batch_bytes < 1:
        raise ValueError(f"batch_bytes is {batch_bytes}, and must be at least 1")
    if not name:
        # What a shell makes of "$CAPTURE" where nothing set it.
        raise CaptureError("the name of a capture is empty")
    source = open_source(name, stdin)
    magic = source.peek(4)
    if magic == SECTION_TYPE or magic in MAGICS:
        capture = (open_pcapng if magic == SECTION_TYPE else open_pcap)(name, source, batch_bytes)
        capture.compression = source.compression
        return capture
    inside = f"inside its {source.compression} compression " if source.compression else ""
    if source.damage:
        raise CaptureError(f"{source.name}: no capture can be read from it: {source.damage}")
    if not magic:
        raise CaptureError(f"{source.name}: is empty {inside}".rstrip())
    raise CaptureError(
        f"{source.name}: is not a pcap or pcapng capture {inside}(it begins with {magic.hex(' ')})"
    )
