"""What RSTs say of themselves: the beginning of their data, where it is text (RFC 1122 §4.2.2.12).

It knows bytes and nothing of resets. Only printable ASCII is kept, so what is shown later can do no harm. Of
link types that only the objects know nothing is kept.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode.layers import Walk, Work
from handshake_inspect.decode.segments import TEXT_BYTES, Flag, Segments, Texts

BLOCK = 1 << 12
"Rows at a time: each takes some hundred bytes."
PRINTABLE = np.array([byte in b"\t\r\n" or 32 <= byte < 127 for byte in range(256)])


def texts(walk: Walk, work: Work, found: Segments, body: Array) -> Texts:
    """The texts of these segments, one row for each that has one; `body` is where their data begins."""
    rows = np.flatnonzero((found.flags & Flag.RST != 0) & (found.payload_bytes > 0) & (work.end > body))
    blocks = (rows[first : first + BLOCK] for first in range(0, len(rows), BLOCK))
    return Texts.concat([_texts(walk.batch.data, found, body, work.end, block) for block in blocks])


def _texts(data: Array, found: Segments, body: Array, end: Array, rows: Array) -> Texts:
    at = body[rows, np.newaxis] + np.arange(TEXT_BYTES)
    inside = at < end[rows, np.newaxis]
    held = data[np.where(inside, at, 0)]
    said = (PRINTABLE[held] | ~inside).all(axis=1)
    text = np.where(inside[said], held[said], 0).astype(np.uint8)
    return Texts(frame=found.frame[rows[said]], text=text.view(f"S{TEXT_BYTES}").reshape(-1))
