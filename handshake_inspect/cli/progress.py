"""How far reading has come, for a person who waits: only on a terminal, only after half a second."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from handshake_inspect.render.parts.text import clean

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

PATIENCE_S = 0.5


class Progress:
    """A bar on standard error while captures are read."""

    def __init__(self) -> None:
        self._start_s = time.monotonic()
        self._bars: Bars | None = None
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars:
            self._bars.stop()

    def __call__(self, path: str, done_bytes: int, total_bytes: int | None) -> None:
        """Note that so much of a capture was read."""
        if time.monotonic() - self._start_s < PATIENCE_S:
            return
        bars = self._bars = self._bars or _bars()
        if path not in self._tasks:
            self._tasks[path] = bars.add_task(clean(path), total=total_bytes)
        bars.update(self._tasks[path], completed=done_bytes, total=total_bytes)


def wanted(quiet: bool) -> bool:
    """Whether there is someone to show it to."""
    return not quiet and sys.stderr is not None and sys.stderr.isatty()


def _bars() -> "Bars":
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    # The name is from outside: it is no markup.
    name = TextColumn("{task.description}", markup=False)
    columns = (name, BarColumn(), DownloadColumn(), TimeRemainingColumn())
    bars = Progress(*columns, console=Console(stderr=True), transient=True)
    bars.start()
    return bars
