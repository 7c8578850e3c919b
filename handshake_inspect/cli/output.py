"""Where a report goes: standard output, or a file.

The one idea: a reader who has seen enough closes the pipe, and that is no error. Everything else that keeps
a report from being written is one.
"""

import errno
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TextIO, cast

from handshake_inspect.errors import UsageError, reason


class Output:
    """The place a command writes to, once or several times."""

    def __init__(self, path: str | None, captures: Sequence[str] = ()) -> None:
        self._path = None if path == "-" else path
        self._mode = "w"
        self.closed = False
        "whether the reader has gone"
        for capture in captures:
            if self._path and _same(self._path, capture):
                raise UsageError(f"{self._path}: is a capture to be read, and would be overwritten")

    @contextmanager
    def stream(self) -> Iterator[TextIO]:
        """The open stream. A file is opened only now, when there is something to write."""
        try:
            if self._path is None:
                if sys.stdout is None:
                    raise UsageError("standard output is closed")
                yield sys.stdout
                sys.stdout.flush()
            else:
                with open(self._path, self._mode, encoding="utf-8", newline="\n") as file:
                    self._mode = "a"
                    yield cast(TextIO, file)
        except BrokenPipeError:
            self.closed = True
            if self._path is None:
                release(sys.stdout)
        except OSError as error:
            # Errors of files that are read carry their name; a failed write carries none.
            if error.filename is not None and error.filename != self._path:
                raise
            # Windows has no EPIPE: a closed pipe is an invalid argument there.
            if os.name == "nt" and error.errno == errno.EINVAL:
                self.closed = True
                return
            if self._path is None:
                release(sys.stdout)
            where = "standard output" if self._path is None else self._path or "''"
            raise UsageError(f"{where}: {reason(error)}") from error


def release(stream: TextIO) -> None:
    """Point a stream nobody reads at nothing, so that what it still holds raises no error at exit."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, stream.fileno())
    os.close(nothing)


def _same(one: str, other: str) -> bool:
    try:
        return os.path.samefile(one, other) and os.path.isfile(one)
    except OSError:
        return False
