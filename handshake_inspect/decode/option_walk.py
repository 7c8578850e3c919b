"""A walk from option to option, all segments in step, which ends where the options of a segment do.

It knows how long an option may be, and which ones a handshake agrees on. An option that does not keep to its
length says nothing but that it is malformed.
"""

import numpy as np

from handshake_inspect.columns import Array, gather
from handshake_inspect.decode.segments import Offers
from handshake_inspect.integers import distinct

END, NOP, MSS, WINDOW_SCALE, SACK_PERMITTED, TIMESTAMPS = 0, 1, 2, 3, 4, 8
MD5, AO, MPTCP, FAST_OPEN = 19, 29, 30, 34

MOST_OPTIONS = 40
"A data offset of 15 leaves 40 bytes, and the shortest option has one (RFC 9293 §3.1)."

LENGTHS = {
    MSS: [4],
    WINDOW_SCALE: [3],
    SACK_PERMITTED: [2],
    TIMESTAMPS: [10],
    MD5: [18],
    AO: range(4, 41),
    MPTCP: range(3, 41),
    FAST_OPEN: [2, *range(6, 19, 2)],
}
"""The whole lengths in bytes an option may have: RFC 9293 §3.2, RFC 7323 §2.2 and §3.2, RFC 2018 §2,
RFC 2385 §3.0, RFC 5925 §2.2, RFC 8684 §3, RFC 7413 §4.1.1."""

ONCE = (MSS, WINDOW_SCALE, SACK_PERMITTED, TIMESTAMPS, MD5, AO, FAST_OPEN)
"Options of which a segment has use for one. Several of Multipath TCP are legal (RFC 8684 §3)."


def walked(data: Array, frame: Array, begin: Array, stop: Array, end: Array) -> Offers:
    """What `options.offers` says, whatever the options are."""
    found = Offers.blank(len(frame))
    found.frame[:] = frame
    found.cut[:] = stop > end
    for name in ("mss_bytes", "window_shift", "fast_open"):
        getattr(found, name)[:] = -1
    met: dict[int, list[Array]] = {}
    row, at, limit = np.arange(len(frame)), begin, np.minimum(stop, end)
    for _ in range(MOST_OPTIONS):
        row, at, limit, stop = only(at < limit, row, at, limit, stop)
        kind = data[at]
        kind, row, at, limit, stop = only(kind != END, kind, row, at, limit, stop)
        if not len(row):
            break
        long = kind != NOP
        size = np.where(long, data.take(at + 1, mode="clip"), 1).astype(np.int64)
        behind = at + size
        # The length byte may lie past the options or past the capture; only the first is the sender's doing.
        unknown = long & (at + 1 >= limit)
        wrong = long & np.where(unknown, at + 1 >= stop, (size < 2) | (behind > stop))
        if wrong.any():
            blame(found, row[wrong], kind[wrong], np.where(unknown, -1, size)[wrong])
        ended = unknown | wrong
        readable = ~ended & (behind <= limit)
        take_in(data, found, met, *only(readable, row, at, size, kind))
        row, at, limit, stop = only(~ended, row, behind, limit, stop)
    return found


def only(mask: Array, *arrays: Array) -> tuple[Array, ...]:
    """The arrays where `mask` is true, as they are where it always is: most SYNs carry the same options."""
    return arrays if mask.all() else tuple(array[mask] for array in arrays)


def blame(found: Offers, row: Array, kind: Array | int, size: Array | int) -> None:
    """Note the malformed option of these rows, which stand here once; the first of a row counts."""
    first = ~found.malformed[row]
    found.malformed[row] = True
    found.wrong_kind[row[first]] = kind if isinstance(kind, int) else kind[first]
    found.wrong_bytes[row[first]] = size if isinstance(size, int) else size[first]


def repeat(found: Offers, met: list[Array], row: Array, kind: int) -> None:
    """Note which of these rows have met this option before. Nearly always one is met in one step only."""
    if met:
        before = np.zeros(len(found), bool)
        before[np.concatenate(met)] = True
        again = row[before[row]]
        lowest = found.repeated_kind[again]
        found.repeated_kind[again] = np.where(lowest > 0, np.minimum(lowest, np.uint8(kind)), np.uint8(kind))
    met.append(row)


def take_in(
    data: Array, found: Offers, met: dict[int, list[Array]], row: Array, at: Array, size: Array, kind: Array
) -> None:
    """Write one whole option of each row into `found`. `met` has the rows that had each kind before."""
    pair = kind.astype(np.int64) << 8 | size
    # Nearly always one option stands at the same step of all rows.
    single = len(pair) and (pair == pair[0]).all()
    for option in (pair[:1] if single else distinct(pair)).tolist():
        number, length = option >> 8, option & 0xFF
        if number not in LENGTHS:
            continue
        rows, start = only(pair == option, row, at)
        if length not in LENGTHS[number]:
            blame(found, rows, number, length)
            continue
        value = start + 2
        if number in ONCE:
            repeat(found, met.setdefault(number, []), rows, number)
        if number == MSS:
            found.mss_bytes[rows] = gather(data, value, np.dtype(">u2"))
        elif number == WINDOW_SCALE:
            found.window_shift[rows] = data[value]
        elif number == SACK_PERMITTED:
            found.sack[rows] = True
        elif number == TIMESTAMPS:
            found.timestamps[rows] = True
            found.tsval[rows] = gather(data, value, np.dtype(">u4"))
        elif number == FAST_OPEN:
            found.fast_open[rows] = length - 2
        elif number == MPTCP:
            found.mptcp[rows] = True
        else:
            found.authenticated[rows] = True
