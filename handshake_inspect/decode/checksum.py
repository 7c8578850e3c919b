"""TCP checksums of the segments that open and close connections.

It knows the sum (RFC 9293 §3.1) and what a host leaves in its place when its network card is to fill it in:
the sum of the pseudo-header alone, or nothing. It looks only where it can be sure and cheap: at segments with
SYN, FIN or RST and no data that were captured whole, behind an IP header without options or extensions, since
a source route or a routing header would change the address that was summed (RFC 8200 §8.1).
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode import layouts
from handshake_inspect.decode.layers import Walk, Work
from handshake_inspect.decode.segments import Checksums, Flag, Segments

BLOCK = 1 << 14
"Rows summed at once: the gathered headers then stay in the cache."

PLAIN = {4: layouts.IPV4_HEADER.itemsize, 6: layouts.IPV6_HEADER.itemsize}
"How long an IP header is that carries nothing else."

HALF = np.uint64(0xFFFF)


def wrong_checksums(walk: Walk, work: Work, found: Segments) -> Checksums:
    """The segments whose checksum is wrong, one row each; `walk.summed` counts all that were summed."""
    length = work.wire - work.at
    rows = np.flatnonzero(
        (found.flags & (Flag.SYN | Flag.FIN | Flag.RST) != 0)
        & (found.payload_bytes == 0)
        & (work.end >= work.wire)
        & ~work.part
        & (work.at - work.network == np.where(found.version == 4, PLAIN[4], PLAIN[6]))
    )
    walk.summed += len(rows)
    parts = []
    for size in np.flatnonzero(np.bincount(length[rows])).tolist() if len(rows) else ():
        same = rows[length[rows] == size]
        blocks = (same[first : first + BLOCK] for first in range(0, len(same), BLOCK))
        parts += [_wrong(walk, work.at[block], size, found, block) for block in blocks]
    return Checksums.concat(parts)


def _wrong(walk: Walk, at: Array, size: int, found: Segments, rows: Array) -> Checksums:
    """Of segments of one length, a multiple of 4 since they are headers only."""
    words = walk.read(at, np.dtype((np.void, size))).view("<u4").reshape(len(at), size // 4)
    # A sum of little-endian words is the sum of big-endian ones with its bytes swapped (RFC 1071 §2).
    total = np.zeros(len(at), np.uint64)
    for column in range(words.shape[1]):
        total += words[:, column]
    segment = _folded(total).astype(np.uint16).byteswap().astype(np.uint64)
    pseudo = np.full(len(rows), 6 + size, np.uint64)
    for name in ("source_low", "target_low", "source_high", "target_high"):
        number = getattr(found, name)[rows]
        pseudo += (number & np.uint64(0xFFFFFFFF)) + (number >> np.uint64(32))
    wrong = np.flatnonzero(_folded(segment + pseudo) != HALF)
    written = words[wrong, 4].astype(np.uint16).byteswap()
    return Checksums(
        frame=found.frame[rows[wrong]],
        unfinished=(written == 0) | (written == _folded(pseudo[wrong])),
    )


def _folded(number: Array) -> Array:
    """A sum with its carries added in, below 2**16."""
    for _ in range(3):
        number = (number & HALF) + (number >> np.uint64(16))
    return number
