"""Runs one command and prints what it used, as JSON: a program of its own, started by `measure.py`.

    python -I -S launcher.py '{"command": […], "timeout_s": 120, "memory_bytes": null, "cpu": 0}'

It is kept apart because it must be small. Linux counts into a program's peak memory the memory of the process
that became it (exec keeps the larger of the two), so a tool started by a process full of arrays would seem as
large as that process. Started from here, the floor is this interpreter, some ten megabytes.
"""

import contextlib
import json
import os
import resource
import signal
import sys
import tempfile
import time
from typing import Any

KEEPS_NOTHING = "PYTHONDONTWRITEBYTECODE"
_COMPLAINT_BYTES = 300
_RSS_UNIT_BYTES = 1 if sys.platform == "darwin" else 1024  # getrusage(2) of macOS and of Linux


def run(command: list[str], timeout_s: float) -> dict[str, Any]:
    """Run `command`, its output thrown away; kill it and all it started after `timeout_s` seconds.

    Returns `wall_s`, `user_s`, `system_s`, `peak_bytes`, `status` (negative: the signal that ended it),
    `late` (whether it was killed for being late) and `complaint` (the last it wrote to standard error).
    Raises OSError where it cannot be started.
    """
    late = False
    with tempfile.TemporaryFile() as complaints:
        outputs = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
            (os.POSIX_SPAWN_DUP2, complaints.fileno(), 2),
        ]
        # An installed program is compiled; one that may not keep what it compiled does it at every start.
        environment = {name: value for name, value in os.environ.items() if name != KEEPS_NOTHING}
        begin_ns = time.perf_counter_ns()
        child = os.posix_spawnp(command[0], command, environment, file_actions=outputs, setsid=True)

        def kill(*_: object) -> None:
            nonlocal late
            late = True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)

        signal.signal(signal.SIGALRM, kill)
        signal.setitimer(signal.ITIMER_REAL, timeout_s)
        try:
            _, status, used = os.wait4(child, 0)
        except BaseException:
            kill()
            raise
        end_ns = time.perf_counter_ns()
        signal.setitimer(signal.ITIMER_REAL, 0)
        complaints.seek(0, os.SEEK_END)
        complaints.seek(max(0, complaints.tell() - _COMPLAINT_BYTES))
        complaint = complaints.read().decode(errors="replace").strip()
    return {
        "wall_s": (end_ns - begin_ns) / 1e9,
        "user_s": used.ru_utime,
        "system_s": used.ru_stime,
        "peak_bytes": used.ru_maxrss * _RSS_UNIT_BYTES,
        "status": os.waitstatus_to_exitcode(status),
        "late": late,
        "complaint": complaint,
    }


def main() -> None:
    order = json.loads(sys.argv[1])
    if order["cpu"] is not None and sys.platform == "linux":
        os.sched_setaffinity(0, [order["cpu"]])
    if order["memory_bytes"] is not None:
        resource.setrlimit(resource.RLIMIT_AS, (order["memory_bytes"], order["memory_bytes"]))
    print(json.dumps(run(order["command"], order["timeout_s"])))


if __name__ == "__main__":
    main()
