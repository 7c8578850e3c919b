"""Reading captures for a command: the engine, with a progress bar where someone waits."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from handshake_inspect.cli.notes import note
from handshake_inspect.cli.progress import Progress, wanted
from handshake_inspect.config import Settings
from handshake_inspect.errors import CaptureError, UsageError
from handshake_inspect.units import duration

if TYPE_CHECKING:
    from handshake_inspect.report.model import CaptureInfo
    from handshake_inspect.report.report import Report


def require_match(connections: int, settings: Settings) -> None:
    """UsageError when there is a filter and no connection passed it: nothing was checked then."""
    if settings.where is not None and not connections:
        raise UsageError(f"--where: no connection is meant by '{settings.where}'")


def inspected_each(
    recordings: Sequence[Sequence[str]], settings: Settings, jobs: int, quiet: bool
) -> "Iterator[Report | CaptureError]":
    """The report on each recording, in order, or why there is none. Raises InspectError for the rest."""
    if jobs > 1 and len(recordings) > 1:
        from handshake_inspect.engine.pool import inspect_each

        yield from inspect_each(recordings, settings, jobs)
        return
    for recording in recordings:
        try:
            report = inspected(recording, settings, quiet)
        except CaptureError as error:
            yield error
        else:
            if len(recording) > 1:
                _note_overlap(report.captures, quiet)
            yield report


def inspected(captures: Sequence[str], settings: Settings, quiet: bool) -> "Report":
    """The report on these captures as one recording. Raises InspectError."""
    from handshake_inspect.cli import heap
    from handshake_inspect.engine.pipeline import inspect

    heap.share()
    if not wanted(quiet):
        return inspect(*captures, settings=settings)
    with Progress() as progress:
        return inspect(*captures, settings=settings, progress=progress)


def _note_overlap(captures: "Sequence[CaptureInfo]", quiet: bool) -> None:
    """Say where captures that were read as one recording can hardly be one."""
    from handshake_inspect.capture.steps import JITTER_NS

    known = [
        (capture.path, capture.first_time_ns, capture.last_time_ns)
        for capture in captures
        if capture.first_time_ns is not None and capture.last_time_ns is not None
    ]
    early = [
        f"{path} begins {duration(end - first)} before {before} ends"
        for (before, _, end), (path, first, _) in pairwise(known)
        if end - first > JITTER_NS
    ]
    if early:
        what = early[0] if len(early) == 1 else f"{len(early)} captures begin before the one before them ends"
        how = "all are read as one recording, in the order given; --separate reports on each alone"
        note(f"{what}: {how}", quiet)
