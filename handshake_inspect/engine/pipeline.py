"""From captures to a report: open, decode, reduce, tell, examine. No decision about TCP is made here."""

import os
from collections.abc import Callable

from handshake_inspect.capture import open_capture
from handshake_inspect.config import Settings
from handshake_inspect.decode import decode
from handshake_inspect.errors import CaptureError, UsageError
from handshake_inspect.flow.connections import connections
from handshake_inspect.flow.recording import Reducer
from handshake_inspect.isn.effort import EVERYTHING, in_passing
from handshake_inspect.isn.numbers import Numbers
from handshake_inspect.report.captured import Captured
from handshake_inspect.report.report import Report
from handshake_inspect.rules.examine import examine
from handshake_inspect.rules.registry import matching, rules

Progress = Callable[[str, int, int | None], None]
"Called with the capture's path, the bytes read of it, and its size in bytes where that is known."


def inspect(
    *captures: str | os.PathLike[str], settings: Settings | None = None, progress: Progress | None = None
) -> Report:
    """Inspect captures as one recording, in the order given.

    Raises CaptureError for a capture that cannot be opened, UsageError for an impossible selection. A
    capture that is damaged further on is read as far as it goes, and the report says so.
    """
    settings = settings or Settings()
    if not captures:
        raise UsageError("no capture was given")
    codes = selected(settings)
    reducer = Reducer()
    read: list[Captured] = []
    for path in captures:
        read.append(
            Captured(os.fspath(path), open_capture(path, batch_bytes=settings.batch_bytes), _frames(read))
        )
        _read(read[-1], reducer, progress)
    _some_decoded(read)
    ends = [captured.last_time_ns for captured in read if captured.last_time_ns is not None]
    all_ = connections(reducer.finish(), max(ends, default=None))
    thorough = settings.thorough or all(code.startswith("ISN") for code in codes)
    segments = sum(c.segments for c in read)
    numbers = Numbers(all_, EVERYTHING if thorough else in_passing(segments))
    found = examine(all_, [c.facts() for c in read], numbers, codes)
    return Report(all_, read, numbers, found, settings)


def selected(settings: Settings) -> frozenset[str]:
    """The codes of the rules that may speak. UsageError when none is left."""
    chosen = frozenset(rule.code for rule in rules())
    if settings.select:
        chosen = frozenset().union(*(matching(text) for text in settings.select))
    for text in settings.ignore:
        chosen -= matching(text)
    if not chosen:
        raise UsageError("the selection leaves no rule")
    return chosen


def _some_decoded(read: list[Captured]) -> None:
    """CaptureError when not a single frame could be read for want of its link type."""
    undecoded = sum(n for c in read for reason, n in c.skipped.items() if reason.startswith("link type"))
    if undecoded and undecoded == _frames(read):
        types = ", ".join(str(t) for t in sorted({t for c in read for t in c.link_types}))
        raise CaptureError(f"{read[0].path}: no frame can be decoded: link type {types} is not known")


def _frames(read: list[Captured]) -> int:
    return sum(captured.frames for captured in read)


def _read(captured: Captured, reducer: Reducer, progress: Progress | None) -> None:
    size = os.path.getsize(captured.path) if progress and captured.path != "-" else None
    for batch in captured.capture:
        # Frames are numbered on through all captures of a recording.
        batch.frames.number += captured.base
        fcs = {i: at.fcs_bytes for i, at in enumerate(captured.capture.interfaces) if at.fcs_bytes}
        decoded = decode(batch, fcs_bytes=fcs)
        captured.add(batch, decoded)
        reducer.add(decoded)
        if progress and len(batch.frames):
            progress(captured.path, int(batch.frames.record_byte[-1]), size)
