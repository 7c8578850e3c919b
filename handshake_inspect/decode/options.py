"""TCP options as rows of `Offers`: of the segments that open a connection, and of unusual others.

Most SYNs of a capture carry the same options and differ in their values. So one is walked through, and those
laid out as it is are read by columns; what is left after a few layouts is walked through, all in step.
"""

from functools import lru_cache
from typing import Any

import numpy as np

from handshake_inspect.columns import Array, gather, selection
from handshake_inspect.decode.option_walk import END, MSS, NOP, TIMESTAMPS, WINDOW_SCALE, walked
from handshake_inspect.decode.segments import Offers

MOST_LAYOUTS = 4
"So many layouts are looked for."

BLOCK = 1 << 14
"Segments that are walked through in step: the working arrays then stay in the cache."

VALUES = {MSS: ("mss_bytes", ">u2"), WINDOW_SCALE: ("window_shift", ">u1"), TIMESTAMPS: ("tsval", ">u4")}
"Options with a value that differs from segment to segment: its column, and how it is written."

WORD = np.dtype("<u4")
"The options of a segment are a whole number of words (RFC 9293 §3.1)."


def offers(data: Array, frame: Array, begin: Array, stop: Array, end: Array) -> Offers:
    """Read the options that lie from `begin` to `stop`, of which only those before `end` were captured.

    Of an option that comes twice, the last counts, as Linux has it. What the capture cuts off is absent, not
    malformed. All arguments but `data` have one entry per segment.
    """
    found = Offers.blank(len(frame))
    found.frame[:] = frame
    left = np.arange(len(frame))
    for _ in range(MOST_LAYOUTS):
        if not len(left):
            return found
        first = left[0]
        options = data[begin[first] : stop[first]].tobytes()
        layout = _laid_out(options)
        if layout is None or stop[first] > end[first]:
            break
        mask, values, said = layout
        of = selection(left, len(frame))
        alike, whole = _alike(data, begin[of], stop[of], end[of], options, mask)
        rows: Array | slice = slice(None) if len(alike) == len(frame) else left[alike]
        for name, value in said.items():
            if value:
                getattr(found, name)[rows] = value
        for kind, at in values.items():
            name, written = VALUES[kind]
            own = np.ndarray(len(alike), written, buffer=whole, offset=at, strides=(len(options),))
            getattr(found, name)[rows] = own
        left = np.delete(left, alike) if len(alike) < len(left) else left[:0]
    for at in range(0, len(left), BLOCK):
        rows = left[at : at + BLOCK]
        others = walked(data, frame[rows], begin[rows], stop[rows], end[rows])
        for name in Offers.columns:
            getattr(found, name)[rows] = getattr(others, name)
    return found


def _laid_out(options: bytes) -> tuple[bytes, dict[int, int], dict[str, Any]] | None:
    """(mask, values, said) of these options, or None where one does not keep to its length.

    0xFF at the kind and the length of each option and 0 elsewhere; where the values of `VALUES` begin; what
    all options of this layout say beside those.
    """
    mask = bytearray(len(options))
    values: dict[int, int] = {}
    at = 0
    while at < len(options):
        kind, size = options[at], 1
        if kind not in (END, NOP):
            size = options[at + 1] if at + 1 < len(options) else 0
            if size < 2 or at + size > len(options):
                return None
            mask[at + 1] = 0xFF
        mask[at] = 0xFF
        if kind in VALUES:
            values[kind] = at + 2
        if kind == END:
            break
        at += size
    said = _said(bytes(byte & meant for byte, meant in zip(options, mask, strict=True)))
    return None if said["malformed"] or len(options) % WORD.itemsize else (bytes(mask), values, said)


@lru_cache(256)
def _said(options: bytes) -> dict[str, Any]:
    """What these options say."""
    start, stop = np.zeros(1, np.int64), np.array([len(options)])
    said = walked(np.frombuffer(options, np.uint8), start, start, stop, stop).row(0)
    del said["frame"]
    return said


def _alike(
    data: Array, begin: Array, stop: Array, end: Array, options: bytes, mask: bytes
) -> tuple[Array, Array]:
    """(rows, their options): those that were captured whole and have the same bytes under the mask."""
    rows = np.flatnonzero((stop - begin == len(options)) & (end >= stop))
    if not options:
        return rows, np.empty(0, np.uint8)
    whole = gather(data, begin[selection(rows, len(begin))], np.dtype((np.void, len(options))))
    words = whole.view(WORD).reshape(len(rows), -1)
    same = np.ones(len(rows), bool)
    for column, meant, wanted in zip(
        words.T, np.frombuffer(mask, WORD), np.frombuffer(options, WORD), strict=True
    ):
        if meant:
            same &= column & meant == wanted & meant
    if same.all():
        return rows, whole
    return rows[same], whole[same]
