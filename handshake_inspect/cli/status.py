"""How a command ends: the exit statuses, the same for every format."""

from enum import IntEnum


class Status(IntEnum):
    """What the exit status says."""

    CLEAN = 0
    "nothing at or above `--fail-on`"
    FINDINGS = 1
    "something at or above `--fail-on`"
    IMPOSSIBLE = 2
    "it could not be done: wrong usage, an unreadable capture, an empty selection"
    BUG = 3
    "a mistake of ours"
    INTERRUPTED = 130
    "stopped by Ctrl-C: 128 and SIGINT's number, as shells have it"
