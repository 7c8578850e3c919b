"""Progress: for a person who waits, on standard error, and for nobody else."""

import os
import pty
import subprocess

import pytest

from handshake_inspect.cli import progress
from tests.cli.commands import COMMAND, SAMPLES, environment
from tests.render.pages import Terminal


class Clock:
    """A clock that is set by hand, in seconds."""

    now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock by which patience is measured."""
    made = Clock()
    monkeypatch.setattr(progress, "time", made)
    return made


def test_nothing_before_patience_ends(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done within half a second shows no bar; what takes longer does, with the cleaned name."""
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    with progress.Progress() as shown:
        clock.now_s = progress.PATIENCE_S - 0.01
        shown("a[bold]\x1b[31m.pcap", 1, 100)
        assert screen.getvalue() == ""
        clock.now_s = progress.PATIENCE_S
        shown("a[bold]\x1b[31m.pcap", 2, 100)
        shown("b.pcap", 2, None)
    assert r"a[bold]\x1b[31m.pcap" in screen.getvalue()


@pytest.mark.parametrize(
    ("terminal", "quiet", "wanted"), [(True, False, True), (True, True, False), (False, False, False)]
)
def test_only_for_people(terminal: bool, quiet: bool, wanted: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe and --quiet get none."""
    stream = Terminal()
    monkeypatch.setattr(stream, "isatty", lambda: terminal)
    monkeypatch.setattr("sys.stderr", stream)
    assert progress.wanted(quiet) is wanted


def test_report_in_a_pipe_stays_plain_beside_a_terminal() -> None:
    """With a terminal on standard error, the report in the pipe is the same as without."""
    ours, theirs = pty.openpty()
    command = [*COMMAND, "clean.pcap"]
    beside = subprocess.run(
        command, cwd=SAMPLES, stdout=subprocess.PIPE, stderr=theirs, env=environment(), check=True
    ).stdout
    os.close(theirs)
    os.close(ours)
    alone = subprocess.run(command, cwd=SAMPLES, capture_output=True, env=environment(), check=True).stdout
    assert beside == alone
