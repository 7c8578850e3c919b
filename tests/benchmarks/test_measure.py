"""What a run took is told of that run alone; a run that went wrong says why."""

import fcntl
import sys
import time
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from benchmarks.measure import Limits, Run, measure, warm

ANY = Limits(timeout_s=60, memory_bytes=None, cpu=None)


def python(code: str, limits: Limits = ANY) -> Run:
    return measure([sys.executable, "-I", "-S", "-c", code], limits)


def test_peak_is_the_childs() -> None:
    """Memory of the measuring process is not counted to the measured one, and memory of the latter is."""
    held = np.ones(200_000_000, np.uint8)
    assert python("pass").peak_bytes < 100_000_000 < held.nbytes
    assert python("b'x' * 200_000_000").peak_bytes > 200_000_000


def test_warmed_memory_is_nobodys() -> None:
    """What was touched before a run is neither kept nor counted to it."""
    before = python("pass").peak_bytes
    warm(300_000_000)
    assert python("pass").peak_bytes < before + 50_000_000


def test_cpu_time_includes_children() -> None:
    """Work done by a child of the tool is the tool's."""
    burn = "import time\nwhile time.process_time() < 0.3: pass"
    run = python(f"import os, sys\nif not os.fork():\n exec({burn!r})\n os._exit(0)\nos.wait()")
    assert run.failure is None
    assert run.cpu_s >= 0.3


def test_failure_says_why() -> None:
    """A non-zero exit status comes with the last line of standard error, without its control characters."""
    run = python("import sys; print('first', file=sys.stderr); sys.exit('no such\\x1b capture')")
    assert run.failure == "exit status 1: no such capture"
    assert not run.late


def test_signal_is_named() -> None:
    """A tool that a signal ended is a failure that names it."""
    assert python("import os; os.abort()").failure == "ended by SIGABRT"


def test_late_is_killed(tmp_path: Path) -> None:
    """A tool that does not end is killed, together with what it started: nobody holds its lock any more."""
    lock = tmp_path / "lock"
    hold = f"import fcntl, os, time\nfile = open({str(lock)!r}, 'w')\nfcntl.flock(file, fcntl.LOCK_EX)"
    run = python(f"{hold}\nos.fork()\ntime.sleep(600)", Limits(2, None, None))
    assert run.failure == "killed after 2 s"
    assert run.late
    with lock.open() as file:
        assert any(is_free(file) for _ in range(100))


def is_free(file: IO[str]) -> bool:
    # The killed leave their locks a moment after the signal, so a held one is given a tenth of a second.
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        time.sleep(0.1)
        return False
    return True


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits the address space")
def test_memory_is_limited() -> None:
    """A tool that wants more memory than it may have fails, and says so."""
    run = python("b'x' * 4_000_000_000", Limits(60, 1_000_000_000, None))
    assert run.failure == "exit status 1: MemoryError"


def test_cannot_start() -> None:
    """A program that does not exist, or a processor that is not there, is a failure and no exception."""
    missing = measure(["/nowhere/no-such-program"], ANY)
    assert missing.failure is not None
    assert "No such file" in missing.failure
    if sys.platform == "linux":
        nowhere = python("pass", Limits(60, None, 1_000_000))
        assert nowhere.failure is not None
        assert nowhere.failure.startswith("not started")


def test_compiled_like_an_installed_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """A runner that forbids Python to keep what it compiled does not make every start a compilation."""
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert (
        measure([sys.executable, "-S", "-c", "import sys; sys.exit(sys.dont_write_bytecode)"], ANY).failure
        is None
    )
