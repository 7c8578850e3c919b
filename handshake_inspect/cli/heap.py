"""One heap for all threads of the command.

With glibc each thread has a heap of its own. The thread that reads ahead would leave in its heap what the
other one then needs: some sixty megabytes.
"""

import ctypes
import sys
from contextlib import suppress

M_ARENA_MAX = -8
"As malloc.h has it."


def share() -> None:
    """Let threads that begin from now on use the one heap, where the C library is glibc."""
    if sys.platform == "linux":
        # Others have no such function.
        with suppress(AttributeError, OSError):
            ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
