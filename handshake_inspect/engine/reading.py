"""Captures read as one recording: open, decode, reduce. No rule is asked here.

It knows the order of batches, and nothing of what they mean. Its one idea: what is read needs neither the
files nor the process it was read in, so it can be sent to another.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from handshake_inspect.capture import open_capture
from handshake_inspect.capture.frames import Batch
from handshake_inspect.decode import decode
from handshake_inspect.decode.segments import Decoded
from handshake_inspect.engine.ahead import ahead
from handshake_inspect.errors import CaptureError
from handshake_inspect.flow.recording import Recording, Reducer
from handshake_inspect.report.captured import Captured

Progress = Callable[[str, int, int | None], None]
"Called with the capture's path, the bytes read of it, and its size in bytes where that is known."


class Reading(NamedTuple):
    """All that is kept of captures."""

    recording: Recording
    captures: list[Captured]


def read(
    paths: Sequence[str | os.PathLike[str]], batch_bytes: int, progress: Progress | None = None
) -> Reading:
    """Read captures as one recording, in the order given, each as far as it goes.

    Raises CaptureError for one that cannot be opened, and where no frame can be decoded.
    """
    reducer = Reducer()
    captures: list[Captured] = []
    for path in paths:
        capture = open_capture(path, batch_bytes=batch_bytes)
        captures.append(Captured(os.fspath(path), capture, _frames(captures)))
        _read(captures[-1], reducer, progress)
    _some_decoded(captures)
    return Reading(reducer.finish(), captures)


def _read(captured: Captured, reducer: Reducer, progress: Progress | None) -> None:
    size = os.path.getsize(captured.path) if progress and captured.path != "-" else None
    for batch, decoded in ahead(_decoded(captured)):
        captured.add(batch, decoded)
        # Both are large, and let go as soon as they are done with: here, and by who passes them on.
        del batch
        reducer.add(decoded)
        del decoded
        if progress and captured.last_record:
            progress(captured.path, captured.last_record[0], size)
    # A generator cannot be sent to another process, not even one that is done.
    captured.capture.batches = iter(())


def _decoded(captured: Captured) -> Iterator[tuple[Batch, Decoded]]:
    """All batches of a capture, and what their frames were."""
    for batch in captured.capture:
        # Frames are numbered on through all captures of a recording.
        batch.frames.number += captured.base
        fcs = {i: at.fcs_bytes for i, at in enumerate(captured.capture.interfaces) if at.fcs_bytes}
        step = [(batch, decode(batch, fcs_bytes=fcs))]
        del batch
        yield step.pop()


def _some_decoded(captures: list[Captured]) -> None:
    """CaptureError when not a single frame could be read for want of its link type."""
    undecoded = sum(n for c in captures for reason, n in c.skipped.items() if reason.startswith("link type"))
    if undecoded and undecoded == _frames(captures):
        types = ", ".join(str(t) for t in sorted({t for c in captures for t in c.link_types}))
        raise CaptureError(f"{captures[0].path}: no frame can be decoded: link type {types} is not known")


def _frames(captures: list[Captured]) -> int:
    return sum(captured.frames for captured in captures)
