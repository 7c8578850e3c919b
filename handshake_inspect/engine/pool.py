"""Recordings read side by side, each in a process of its own, and concluded here, in the order given.

It knows processes, and nothing of what is in a recording. Its one idea: reading is most of the work and needs
no settings, so only that is shared out. What comes back is numbers; everything that speaks is made here.
"""

import signal
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_all_start_methods, get_context

from handshake_inspect.config import Settings
from handshake_inspect.engine.pipeline import conclude, prepare
from handshake_inspect.engine.reading import Reading, read
from handshake_inspect.errors import CaptureError, InspectError
from handshake_inspect.report.report import Report

STANDARD_INPUT = "-"


def inspect_each(
    recordings: Sequence[Sequence[str]], settings: Settings, jobs: int
) -> Iterator[Report | CaptureError]:
    """The report on each recording, or why there is none, reading up to `jobs` of them at a time.

    Raises UsageError as `inspect` does, and InspectError when a process was killed.
    """
    wanted = prepare(settings)
    pool = _pool(min(jobs, len(recordings)))
    ahead: deque[Future[Reading] | Sequence[str]] = deque()
    waiting = iter(recordings)
    try:
        for _ in recordings:
            # No more than can be read at a time, for each is in memory until it is its turn.
            while len(ahead) < jobs and (recording := next(waiting, None)) is not None:
                # Only this process has a standard input.
                here = STANDARD_INPUT in recording
                ahead.append(recording if here else pool.submit(read, recording, settings.batch_bytes))
            turn = ahead.popleft()
            try:
                reading = turn.result() if isinstance(turn, Future) else read(turn, settings.batch_bytes)
            except CaptureError as error:
                yield error
            else:
                yield conclude(reading, wanted)
    except BrokenProcessPool as error:
        raise InspectError(
            "a process ended before it had read its capture, perhaps for want of memory: --jobs 1 needs less"
        ) from error
    finally:
        # Python waits for them at its exit in any case, and then may find the pipe to them closed.
        pool.shutdown(cancel_futures=True)


def _pool(jobs: int) -> ProcessPoolExecutor:
    # Never a copy of this process, which may have threads.
    clean = "forkserver" if "forkserver" in get_all_start_methods() else "spawn"
    context = get_context(clean)
    if clean == "forkserver":
        context.set_forkserver_preload([__name__])
    return ProcessPoolExecutor(jobs, mp_context=context, initializer=_begin)


def _begin() -> None:
    # Ctrl-C is for all processes of a terminal: this one just ends, and the first one says so.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
