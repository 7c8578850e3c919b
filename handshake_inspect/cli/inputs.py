"""Which captures are meant: paths as given, and for a directory the captures in it."""

import os
import re
import sys
from collections.abc import Iterable

from handshake_inspect.cli.notes import note
from handshake_inspect.errors import CaptureError, reason
from handshake_inspect.units import counted

NAMED = re.compile(r"\.pcap(ng)?(\.(gz|bz2|xz|zst|lz4))?$", re.IGNORECASE)
"A file that is called so is meant to be a capture, even where none can be read from it."


def expand(paths: Iterable[str], quiet: bool) -> list[str]:
    """The paths, each directory replaced by the captures in it, by name.

    Raises CaptureError for a directory that cannot be read or holds no capture, and for a standard input that
    is closed. Files in a directory that are no captures are left out, and a note says how many; but whoever
    reads the captures is to complain of one that has a capture's name, or that nobody may read.
    """
    captures: list[str] = []
    for path in paths:
        if path == "-" and sys.stdin is None:
            raise CaptureError("standard input: is closed")
        captures += _captures_in(path, quiet) if os.path.isdir(path) else [path]
    return captures


def _captures_in(directory: str, quiet: bool) -> list[str]:
    try:
        names = sorted(entry.name for entry in os.scandir(directory) if entry.is_file())
    except OSError as error:
        raise CaptureError(f"{directory}: {reason(error)}") from error
    paths = [os.path.join(directory, name) for name in names]
    captures = [path for path in paths if _is_capture(path)]
    if not captures:
        raise CaptureError(f"{directory}: has no capture in it")
    if left := len(paths) - len(captures):
        note(
            f"{directory}: {counted(left, 'file')} left out, which {'is' if left == 1 else 'are'} no capture",
            quiet,
        )
    return captures


def _is_capture(path: str) -> bool:
    from handshake_inspect.capture import open_capture

    if NAMED.search(path) or not os.access(path, os.R_OK):
        return True
    try:
        open_capture(path)
    except CaptureError:
        return False
    return True
