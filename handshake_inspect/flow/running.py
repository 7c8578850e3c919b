"""Running numbers of a side: the highest it has sent, and the highest it has acknowledged, before each row.

Sequence numbers are unrolled by adding up signed differences from row to row, so a lane of any length stays
comparable, and a maximum that starts anew at each new ISN is one `maximum.accumulate`.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array
from handshake_inspect.flow.lanes import Lanes

_SPAN = 1 << 42
_LIMIT = 1 << 40
"Unrolled numbers are held within ±2**40, so that 2**20 stretches of them fit one int64 behind each other."
_NONE = -2 * _LIMIT
"Lower than any number, where there is none yet."
_NEVER = -_LIMIT - 1
_QUARTER = 1 << 30


class Carried(NamedTuple):
    """What earlier batches left of each lane."""

    highest: Array
    "the highest so far (u4)"
    lead: Array
    "how far the highest lies ahead of the last number (i8); unrolled, so it may exceed 2**31"
    known: Array
    "whether there is one"


class Running(NamedTuple):
    """The answer, in the order of the rows."""

    before: Array
    "the highest before the row (u4)"
    known: Array
    "whether there was any (bool)"
    after: Array
    "the highest after the row (u4)"
    after_known: Array
    "whether there is any (bool)"
    carried: Carried
    "for the next batch"


def running(
    numbers: Array, ahead: Array | int, counts: Array, anew: Array, lanes: Lanes, carried: Carried
) -> Running:
    """The highest `numbers + ahead` among the rows that count, before each row.

    `numbers` u4, `ahead` bytes, `counts` and `anew` bool, each one per row. At a row where `anew` is true
    the maximum starts over, that row included; the value before it is still the old one.
    """
    last_number = seq.add(carried.highest, -carried.lead)
    first_counting = lanes.earliest(counts)
    base = np.where(carried.known, last_number, numbers[np.minimum(first_counting, len(numbers) - 1)])
    base_of = base[lanes.of]
    position, at_last = _positions(numbers, base_of, counts, lanes)

    value = position + ahead
    if not counts.all():
        value = np.where(counts, value, _NONE)
    old = np.where(carried.known, carried.lead, _NONE)
    at_first = value[lanes.first]
    value[lanes.first] = np.where(anew[lanes.first], at_first, np.maximum(at_first, old))
    # Each lane, and each new ISN in it, lies a span above the one before.
    stretch = lanes.of * _SPAN
    restart = anew.copy()
    restart[lanes.first] = False
    if restart.any():
        stretch += np.cumsum(restart) * _SPAN
    value += stretch
    highest = np.maximum.accumulate(value, out=value)
    highest -= stretch

    before = np.empty(len(numbers), np.int64)
    before[1:] = highest[:-1]
    before[lanes.first] = old
    has, had = highest > _NEVER, before > _NEVER
    after = _numbers(base_of, highest, has)
    last = lanes.last
    left = Carried(after[last], highest[last] - at_last, has[last])
    return Running(_numbers(base_of, before, had), had, after, has, left)


def _positions(numbers: Array, base_of: Array, counts: Array, lanes: Lanes) -> tuple[Array, Array]:
    """How far each row that counts lies from its lane's base, and the last of each lane, 0 where none counts.

    Both i8 and unrolled: a lane may go further than 2**31.
    """
    all_count = bool(counts.all())
    ahead = seq.ahead(numbers, base_of)
    if not all_count:
        ahead = np.where(counts, ahead, np.int32(0))
    # Where no number is further than a quarter of the circle from the base, no step between two is half of
    # it, and the sum of all steps up to a row is its distance.
    if ahead.max() < _QUARTER and ahead.min() > -_QUARTER:
        position = ahead.astype(np.int64)
    else:
        position = _unrolled(numbers, base_of, counts, lanes)
    if all_count:
        return position, position[lanes.last]
    index = np.where(counts, np.arange(len(numbers), dtype=np.int32), np.int32(-1))
    at = lanes.over(np.maximum, index)
    return position, np.where(at >= lanes.first, position[at], 0)


def _unrolled(numbers: Array, base_of: Array, counts: Array, lanes: Lanes) -> Array:
    """The sums of signed steps from each number that counts to the next of its lane."""
    previous = np.empty(len(numbers), np.int64)
    previous[0] = -1
    np.maximum.accumulate(np.where(counts, np.arange(len(numbers)), -1)[:-1], out=previous[1:])
    inside = previous >= lanes.first[lanes.of]
    step = np.where(counts, seq.ahead(numbers, np.where(inside, numbers[previous], base_of)), 0)
    total = np.cumsum(step, dtype=np.int64)
    position: Array = np.clip(total - (total - step)[lanes.first][lanes.of], -_LIMIT, _LIMIT)
    return position


def _numbers(base_of: Array, position: Array, known: Array) -> Array:
    """Positions as sequence numbers; 0 where there is none."""
    number = base_of + position.astype(np.uint32)
    return number if known.all() else np.where(known, number, np.uint32(0))
