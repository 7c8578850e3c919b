"""TCP checksums of the segments that open and close connections.

It knows the sum (RFC 9293 §3.1) and what a host leaves in its place when its network card is to fill it in:
the sum of the pseudo-header alone, or nothing. It looks only where it can be sure and cheap: at segments with
SYN, FIN or RST and no data that were captured whole, behind an IP header without options or extensions, since
a source route or a routing header would change the address that was summed (RFC 8200 §8.1).
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array, selection
from handshake_inspect.decode import layouts
from handshake_inspect.decode.layers import Walk, Work
from handshake_inspect.decode.segments import CONTROL, Checksums, Segments

BLOCK = 1 << 14
"Rows summed at once: the gathered headers then stay in the cache."


class Plain(NamedTuple):
    """An IP header that carries nothing else."""

    version: int
    size: int
    "in bytes"
    addresses_bytes: int
    "both stand at its end, one behind the other"


PLAIN = (
    Plain(4, layouts.IPV4_HEADER.itemsize, 8),
    Plain(6, layouts.IPV6_HEADER.itemsize, 32),
)

WORD = np.dtype("<u4")

HALF = np.uint64(0xFFFF)


def wrong_checksums(walk: Walk, work: Work, found: Segments) -> Checksums:
    """The segments whose checksum is wrong, one row each; `walk.summed` counts all that were summed."""
    rows = np.flatnonzero(
        (found.flags & CONTROL != 0) & (found.payload_bytes == 0) & (work.end >= work.wire) & ~work.part
    )
    at = selection(rows, len(work))
    before, length = (work.at - work.network)[at], (work.wire - work.at)[at]
    parts = []
    for ip in PLAIN:
        plain = np.flatnonzero((found.version[at] == ip.version) & (before == ip.size))
        walk.summed += len(plain)
        for size in np.flatnonzero(np.bincount(length[plain])).tolist() if len(plain) else ():
            same = rows[plain[length[plain] == size]]
            blocks = (same[first : first + BLOCK] for first in range(0, len(same), BLOCK))
            parts += [_wrong(walk, work, found, block, size, ip) for block in blocks]
    return Checksums.concat(parts)


def _wrong(walk: Walk, work: Work, found: Segments, rows: Array, size: int, ip: Plain) -> Checksums:
    """Of segments of one length, a multiple of 4 since they are headers only, behind equal IP headers."""
    summed = np.dtype((np.void, ip.addresses_bytes + size))
    words = walk.read(work.at[rows] - ip.addresses_bytes, summed).view(WORD)
    words = words.reshape(len(rows), summed.itemsize // WORD.itemsize)
    addresses = ip.addresses_bytes // WORD.itemsize
    # A sum of little-endian words is the sum of big-endian ones with its bytes swapped (RFC 1071 §2).
    # `einsum` adds up short rows twice as fast as `sum` does.
    wide = words.astype(np.uint64)
    pseudo = np.einsum("ij->i", wide[:, :addresses]) + np.uint64(6 + size << 8)
    total = np.einsum("ij->i", wide[:, addresses:]) + pseudo
    wrong = np.flatnonzero(_folded(total) != HALF)
    written = words[wrong, addresses + 4] & 0xFFFF
    return Checksums(
        frame=found.frame[rows[wrong]],
        unfinished=(written == 0) | (written == _folded(pseudo[wrong])),
    )


def _folded(number: Array) -> Array:
    """A sum with its carries added in, below 2**16."""
    for _ in range(3):
        number = (number & HALF) + (number >> np.uint64(16))
    return number
