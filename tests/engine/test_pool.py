"""The same answer, however many processes read."""

import io
import os
from pathlib import Path

import pytest

from handshake_inspect import Report, Settings, inspect
from handshake_inspect.engine import pool
from handshake_inspect.engine.pool import inspect_each
from handshake_inspect.engine.reading import Reading
from handshake_inspect.errors import CaptureError, InspectError, UsageError
from handshake_inspect.render import Layout, formats, render
from tests.cli.commands import SAMPLES, run

CAPTURES = [str(path) for path in sorted(SAMPLES.glob("*.pcap*"))]


def written(report: Report | CaptureError) -> dict[str, str]:
    """A report in every format."""
    assert not isinstance(report, CaptureError)
    texts = {}
    for name in formats():
        out = io.StringIO()
        render(name, report, out, Layout())
        texts[name] = out.getvalue()
    return texts


@pytest.mark.parametrize("jobs", [1, 3])
def test_same_answer(jobs: int) -> None:
    """Reports come in the order asked, and each is what this process alone would say, to the byte."""
    recordings = [[path] for path in CAPTURES] + [CAPTURES[:2]]
    reports = inspect_each(recordings, Settings(), jobs)
    for recording, report in zip(recordings, reports, strict=True):
        assert written(report) == written(inspect(*recording))


def test_unreadable_captures_keep_their_place(tmp_path: Path) -> None:
    """A capture that cannot be read is told where its report would be, in the words it always has."""
    missing = str(tmp_path / "missing.pcap")
    with pytest.raises(CaptureError) as alone:
        inspect(missing)
    first, second, third = inspect_each([[CAPTURES[0]], [missing], [CAPTURES[1]]], Settings(), 2)
    assert isinstance(first, Report)
    assert isinstance(third, Report)
    assert str(second) == str(alone.value)


def test_impossible_wishes_are_told_first() -> None:
    """Nothing is read for a selection of nothing."""
    with pytest.raises(UsageError, match="SYN9: no such rule"):
        next(inspect_each([["missing.pcap"]] * 2, Settings(select=("SYN9",)), 2))


def _killed(paths: object, batch_bytes: int) -> Reading:
    os._exit(1)


def test_a_process_that_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is one line that says what to do, and no hang."""
    monkeypatch.setattr(pool, "read", _killed)
    with pytest.raises(InspectError, match=r"a process ended before .* --jobs 1 needs less"):
        list(inspect_each([[path] for path in CAPTURES[:3]], Settings(), 2))


@pytest.mark.parametrize("name", ["jsonl", "terminal"])
def test_command(name: str) -> None:
    """The command writes and says the same and ends the same, standard input among its captures."""
    args = ("--separate", "missing.pcap", "-", "refused.pcap", "cut_mid_record.pcap", "--format", name)
    stdin = (SAMPLES / "clean.pcap").read_bytes()
    alone, shared = run(*args, stdin=stdin), run(*args, "--jobs", "2", stdin=stdin)
    assert (alone.returncode, alone.stdout, alone.stderr) == (2, shared.stdout, shared.stderr)
    assert shared.returncode == 2
    assert "refused.pcap" in shared.stdout


def test_one_recording_is_not_shared_out() -> None:
    """More jobs for one recording change nothing, and a note says why."""
    ended = run("clean.pcap", "ipv6.pcap", "--jobs", "2")
    assert ended.stdout == run("clean.pcap", "ipv6.pcap").stdout
    said = "--jobs: one recording is read in order; --separate has one for each capture"
    assert ended.stderr.splitlines()[0] == f"handshake-inspect: note: {said}"
    assert run("clean.pcap", "--separate", "--jobs", "2").stderr == ""
