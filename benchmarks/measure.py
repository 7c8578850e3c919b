"""One run of one command, measured: what it took, or why it does not count.

It knows how to ask the launcher and how to say in words what went wrong. It knows no tool. One idea: a run
that failed, was killed or ran out of memory is a result with a reason, never a fast time.
"""

import json
import mmap
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import Signals

_LAUNCHER = Path(__file__).with_name("launcher.py")


@dataclass(frozen=True)
class Limits:
    """What a run may take."""

    timeout_s: float
    memory_bytes: int | None
    "of address space (RLIMIT_AS); None is no limit"
    cpu: int | None
    "the only processor it may use; None is any"


@dataclass(frozen=True)
class Run:
    """What one run took."""

    wall_s: float
    user_s: float
    system_s: float
    peak_bytes: int
    "the largest resident set of the process, or of the largest of its children that ended"
    failure: str | None
    "why it does not count, or None"
    late: bool
    "whether it was killed for taking too long"

    @property
    def cpu_s(self) -> float:
        """User and system time of all its threads, and of its children that ended, in seconds."""
        return self.user_s + self.system_s


def measure(command: Sequence[str], limits: Limits) -> Run:
    """Run `command` within `limits`. Nothing is raised if it fails, or cannot be started: the run says so."""
    order = {
        "command": list(command),
        "timeout_s": limits.timeout_s,
        "memory_bytes": limits.memory_bytes,
        "cpu": limits.cpu,
    }
    launched = subprocess.run(
        [sys.executable, "-I", "-S", str(_LAUNCHER), json.dumps(order)],
        capture_output=True,
        text=True,
        check=False,
    )
    if launched.returncode != 0:
        return Run(0.0, 0.0, 0.0, 0, f"not started: {_last_line(launched.stderr)}", False)
    told = json.loads(launched.stdout)
    return Run(
        told["wall_s"],
        told["user_s"],
        told["system_s"],
        told["peak_bytes"],
        _failure(told["status"], told["late"], told["complaint"], limits),
        told["late"],
    )


def warm(size: int) -> None:
    """Touch so many bytes of memory, and let them go.

    The host of a virtual machine takes back what is free for a few seconds. Giving it again is counted as the
    work of whoever touches it next: up to 2.5 ms for each megabyte, as long as some tools need for the rest.
    """
    if not size:
        return
    # The tool has had so much, but may have shared it; and not every system has large pages.
    with suppress(OSError), mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE) as pages:
        with suppress(AttributeError, OSError):
            # The host takes and gives large pages.
            pages.madvise(mmap.MADV_HUGEPAGE)
        for at in range(0, size, mmap.PAGESIZE):
            pages[at] = 0


def _failure(status: int, late: bool, complaint: str, limits: Limits) -> str | None:
    if late:
        return f"killed after {limits.timeout_s:g} s"
    if status == 0:
        return None
    ending = f"exit status {status}" if status > 0 else f"ended by {Signals(-status).name}"
    return f"{ending}: {_last_line(complaint)}" if complaint else ending


def _last_line(text: str) -> str:
    # What a tool says may quote the capture, so control characters do not reach the terminal.
    lines = ("".join(filter(str.isprintable, line)).strip() for line in reversed(text.splitlines()))
    return next(filter(None, lines), "no word why")


def first_cpu() -> int | None:
    """The lowest-numbered processor this process may use, or None where processes cannot be pinned to one."""
    return min(os.sched_getaffinity(0)) if sys.platform == "linux" else None


def memory_bytes() -> int:
    """How much memory this machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
