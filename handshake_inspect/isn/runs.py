"""Equal neighbours in sorted columns: where a run of them begins, and how far into it a row stands."""

import numpy as np

from handshake_inspect.columns import Array


def group_starts(*sorted_keys: Array) -> Array:
    """Whether a row differs from the one before it in any of these columns; the first row does."""
    starts = np.ones(len(sorted_keys[0]), bool)
    if len(starts):
        starts[1:] = np.logical_or.reduce([key[1:] != key[:-1] for key in sorted_keys])
    return starts


def place_in_run(starts: Array) -> Array:
    """How many rows lie between each row and the start of its run; `starts` as `group_starts` gives it."""
    rows = np.arange(len(starts), dtype=np.int32)
    place = np.where(starts, rows, np.int32(0))
    np.maximum.accumulate(place, out=place)
    np.subtract(rows, place, out=place)
    return place


def run_numbers(starts: Array) -> Array:
    """Which run, from 0, each row belongs to."""
    return np.cumsum(starts, dtype=np.int32) - 1


def gaps_ns(time_ns: Array) -> Array:
    """The time since the row before, i8; 0 for the first row.

    Where a row is later than the one before it, however much, the gap is right or the largest that can be
    written; elsewhere it means nothing.
    """
    gap = np.zeros(len(time_ns), np.uint64)
    # The difference of two i8 may need 64 bits, which unsigned numbers have.
    np.subtract(time_ns[1:].view(np.uint64), time_ns[:-1].view(np.uint64), out=gap[1:])
    return np.minimum(gap, np.iinfo(np.int64).max).astype(np.int64)
