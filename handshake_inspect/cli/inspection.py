"""Reading captures for a command: the engine, with a progress bar where someone waits."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from handshake_inspect.cli.progress import Progress, wanted
from handshake_inspect.config import Settings
from handshake_inspect.errors import CaptureError, UsageError

if TYPE_CHECKING:
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
            yield inspected(recording, settings, quiet)
        except CaptureError as error:
            yield error


def inspected(captures: Sequence[str], settings: Settings, quiet: bool) -> "Report":
    """The report on these captures as one recording. Raises InspectError."""
    from handshake_inspect.engine.pipeline import inspect

    if not wanted(quiet):
        return inspect(*captures, settings=settings)
    with Progress() as progress:
        return inspect(*captures, settings=settings, progress=progress)
