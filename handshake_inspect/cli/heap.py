"""The heap of the command, where the C library is glibc.

It knows malloc's parameters, and nothing of what is kept. Its one idea: a batch needs the memory that the one
before it has let go, so that is kept and shared instead of given back.
"""

import ctypes
import sys
from contextlib import suppress

PARAMETERS = {
    # Each thread has a heap of its own. The one that reads ahead would leave in its heap what the other one
    # then needs: some sixty megabytes.
    "M_ARENA_MAX": (-8, 1),
    # What is free at the top of the heap goes back to the system, and what is large comes from there each
    # time: a fifth of all pages were asked for twice, and cleared twice.
    "M_TRIM_THRESHOLD": (-1, 256 << 20),
    "M_MMAP_THRESHOLD": (-3, 32 << 20),
}
"Their numbers, as malloc.h has them, and their values: a count, and bytes, of which glibc takes no more."


def share() -> None:
    """Let what is freed be used again, by all threads that begin from now on."""
    if sys.platform == "linux":
        # Others have no such function.
        with suppress(AttributeError, OSError):
            library = ctypes.CDLL(None)
            for number, value in PARAMETERS.values():
                library.mallopt(number, value)
