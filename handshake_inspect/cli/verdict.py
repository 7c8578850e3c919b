"""What the exit status of `check` says, over one report or several, and what was agreed in vain.

It knows severities and agreements, not how findings look. Its one idea: whatever makes the status worse is in
the report, or is said here.
"""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from handshake_inspect.cli.notes import note
from handshake_inspect.cli.output import Output
from handshake_inspect.cli.status import Status
from handshake_inspect.config import Settings
from handshake_inspect.config.choices import NEVER
from handshake_inspect.errors import UsageError
from handshake_inspect.finding import Severity
from handshake_inspect.units import counted

if TYPE_CHECKING:
    from handshake_inspect.agreements import Ignore
    from handshake_inspect.report.baseline import Entry
    from handshake_inspect.report.findings import About
    from handshake_inspect.report.report import Report

MOST = 3
"So many stale entries are named."


class Verdict:
    """Takes report after report; `status` is what they come to so far."""

    def __init__(
        self, settings: Settings, fail_on: str, *, strict: bool, write: str | None, quiet: bool
    ) -> None:
        self.status = Status.CLEAN
        self._settings = settings
        self._least = None if fail_on == NEVER or write is not None else Severity.of(fail_on)
        self._strict = strict and self._least is not None
        self._write = write
        self._quiet = quiet
        self._captured: set[str] = set()
        self._idle: dict[int, bool] = {}
        self._tested: set[Entry] = set()
        self._found_again: set[Entry] = set()
        self._about: list[About] = []

    def take(self, report: "Report") -> None:
        """Judge one report."""
        worst = report.worst()
        if self._least is not None and worst is not None and worst >= self._least:
            self._raise(Status.FINDINGS)
        if self._write is not None:
            self._about += report.about()
        if not (self._strict or self._settings.ignores or self._settings.baseline is not None):
            return
        standing = report.standing()
        self._captured |= standing.capture_problems
        self._tested |= standing.tested
        self._found_again |= standing.found_again
        for position, idle in standing.idle.items():
            self._idle[position] = idle and self._idle.get(position, True)
        if self._strict and self._captured:
            self._raise(Status.FINDINGS)

    def impossible(self) -> None:
        """A capture could not be inspected."""
        self._raise(Status.IMPOSSIBLE)

    def settle(self) -> None:
        """There is no further report: what was agreed in vain is known now."""
        if self._strict and (self._in_vain() or self._stale()):
            self._raise(Status.FINDINGS)

    def finish(self) -> None:
        """Say what was agreed in vain, and write the baseline. UsageError where that cannot be done."""
        for ignore in self._in_vain():
            self._note(f"the ignore of {', '.join(ignore.rules)} matched nothing: {ignore.reason}")
        if stale := self._stale():
            entries = counted(len(stale), "entry", "entries")
            self._note(f"{self._settings.baseline}: {entries} found no more: {_named(stale)}")
        if self._strict and self._captured:
            self._note(f"--strict: something is wrong with the capture: {', '.join(sorted(self._captured))}")
        if self._write is not None:
            self._write_baseline(self._write)

    def _in_vain(self) -> "list[Ignore]":
        return [self._settings.ignores[position] for position, idle in self._idle.items() if idle]

    def _stale(self) -> "set[Entry]":
        return self._tested - self._found_again

    def _write_baseline(self, path: str) -> None:
        from handshake_inspect.report.baseline import written

        if self.status is Status.IMPOSSIBLE:
            self._note(f"{path}: not written, for not every capture could be inspected")
            return
        with Output(path).stream() as out:
            out.write(written(self._about))
        self._note(f"{path}: {counted(len(self._about), 'finding')} written")

    def _raise(self, status: Status) -> None:
        self.status = max(self.status, status)

    def _note(self, message: str) -> None:
        note(message, self._quiet)


def check_place(write: str | None, captures: Iterable[str], outputs: Collection[str]) -> None:
    """UsageError where a baseline would be written over something else."""
    if write is None:
        return
    if write == "-":
        raise UsageError("--write-baseline: names a file; standard output has the report")
    if write in outputs:
        raise UsageError(f"{write}: is to hold the report and the baseline")
    Output(write, list(captures))


def _named(stale: "set[Entry]") -> str:
    names = sorted(f"{entry.code} {entry.ends}".strip() for entry in stale)
    more = f" and {len(names) - MOST} more" if len(names) > MOST else ""
    return ", ".join(names[:MOST]) + more
