"""Reading captures for a command: the engine, with a progress bar where someone waits."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from handshake_inspect.cli.progress import Progress, wanted
from handshake_inspect.config import Settings

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report


def inspected(captures: Sequence[str], settings: Settings, quiet: bool) -> "Report":
    """The report on these captures as one recording. Raises InspectError."""
    from handshake_inspect.engine.pipeline import inspect

    if not wanted(quiet):
        return inspect(*captures, settings=settings)
    with Progress() as progress:
        return inspect(*captures, settings=settings, progress=progress)
