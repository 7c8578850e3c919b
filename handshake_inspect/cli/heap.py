"""The heap of the command, where the C library is glibc.

It knows malloc's parameters, and nothing of what is kept. Its one idea: a batch needs the memory that the one
before it has let go, so that is kept and shared instead of given back; and it comes in large pages.
"""

import ctypes
import mmap
import sys
from contextlib import suppress
from functools import cache

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_MMAP_MAX, M_ARENA_MAX = -1, -3, -4, -8
"As malloc.h has them."

MOST_MAPPED = 65536
"What M_MMAP_MAX is where nobody sets it."

ROOM = 256 << 20
"Bytes; they take no memory before something is written there."


@cache
def share() -> None:
    """Let what is freed be used again, by all threads that begin from now on. Once is enough."""
    if sys.platform == "linux":
        # Others have no such functions.
        with suppress(AttributeError, OSError):
            library = ctypes.CDLL(None)
            # Each thread has a heap of its own. The one that reads ahead would leave in its heap what the
            # other one then needs: some sixty megabytes.
            library.mallopt(M_ARENA_MAX, 1)
            # What is free at the top of the heap goes back to the system, and what is large comes from there
            # each time: a fifth of all pages were asked for twice, and cleared twice.
            library.mallopt(M_TRIM_THRESHOLD, 2 * ROOM)
            library.mallopt(M_MMAP_THRESHOLD, 32 << 20)
            _use_large_pages(library)


def _use_large_pages(library: ctypes.CDLL) -> None:
    """Let the next part of the heap have them: what is touched first then brings 2 MiB, not 4 KiB."""
    # While nothing may be mapped a block is the end of the heap. Freed, it is there for others.
    library.mallopt(M_MMAP_MAX, 0)
    library.malloc.restype = ctypes.c_void_p
    block = library.malloc(ctypes.c_size_t(ROOM))
    library.mallopt(M_MMAP_MAX, MOST_MAPPED)
    if block:
        page = -(-block // mmap.PAGESIZE) * mmap.PAGESIZE
        inside = ctypes.c_size_t(ROOM - mmap.PAGESIZE)
        library.madvise(ctypes.c_void_p(page), inside, mmap.MADV_HUGEPAGE)
        library.free(ctypes.c_void_p(block))
