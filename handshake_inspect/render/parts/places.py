"""Where a frame lies: in which capture, under which number there, and under which URI a capture is found.

It knows paths and URIs, and nothing of what stands in a capture.
"""

import os
from collections.abc import Sequence

from handshake_inspect.report.model import CaptureInfo

STANDARD_INPUT = "standard-input"
"What formats that must name a file call the capture that came through a pipe."


def place(frame: int, captures: Sequence[CaptureInfo]) -> tuple[str, int]:
    """The capture a frame of the recording lies in, and its number there: captures are counted through."""
    for capture in captures:
        if frame <= capture.frames:
            return capture.path, frame
        frame -= capture.frames
    raise ValueError(f"the captures end {frame} frames before it")


def relative(path: str) -> str:
    """A path from the working folder, with slashes and without `./`; absolute where it lies elsewhere."""
    if path == "-":
        return STANDARD_INPUT
    if os.path.isabs(path):
        below = os.path.relpath(path)
        path = path if below.startswith(os.pardir) else below
    return os.path.normpath(path).replace(os.sep, "/")


def uri(path: str) -> str:
    """The same as a URI reference (RFC 3986 §4.1), absolute with the scheme `file` where the path is."""
    # Late: most formats name no URI.
    from urllib.parse import quote

    posix = relative(path)
    text = quote(os.fsencode(posix), safe="/")
    return f"file://{'' if text.startswith('/') else '/'}{text}" if os.path.isabs(posix) else text
