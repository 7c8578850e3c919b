"""What is asked of integers again and again: their order, which are equal, which are among others.

Comparing is the dear way: where NumPy has no vector sort for the processor, a wide integer costs 50 ns to
sort. Equal ones are found by where they hash to, for 10 ns, and near ones are put in order digit by digit.
Nothing depends on chance: what shares a slot without being equal is told apart.
"""

import numpy as np

from handshake_inspect.columns import Array

GOLDEN = 0x9E3779B97F4A7C15
"The fractional part of the golden ratio scatters what is evenly spaced."

FEW = 512
"Fewer integers than this are compared: anything else costs more to begin."

PIECE = 1 << 16
"So many integers are hashed at once."

DIGIT_BITS = 16
"NumPy sorts such digits by counting."

MOST_DIGITS = 3
"With more of them, comparing is faster."

SPARSE = 16
"Where so many times as many integers could lie between them, a mark for each of those is too much."


def order(*columns: Array) -> Array:
    """The positions by the first of these columns, where that is equal by the next, at last as they stand.

    As numpy.lexsort, in the order one would say it in.
    """
    by: Array | None = None
    for column in reversed(columns):
        numbers = column if by is None else column[by]
        # Often they come in order.
        if (numbers[1:] < numbers[:-1]).any():
            by = _order(numbers) if by is None else by[_order(numbers)]
    return np.arange(len(columns[0])) if by is None else by


def _order(numbers: Array) -> Array:
    least = int(numbers.min())
    digits = -(-(int(numbers.max()) - least).bit_length() // DIGIT_BITS)
    if len(numbers) < FEW or digits > MOST_DIGITS:
        return np.argsort(numbers, kind="stable")
    # However wide they are, only so many bits of them differ.
    wide = np.dtype(np.uint64 if digits > 2 else np.uint32 if digits > 1 else np.uint16)
    rest = numbers.astype(wide)
    rest -= wide.type(least % (1 << 8 * wide.itemsize))
    by = np.argsort(rest.astype(np.uint16), kind="stable")
    for _ in range(1, digits):
        rest >>= wide.type(DIGIT_BITS)
        by = by[np.argsort(rest.astype(np.uint16)[by], kind="stable")]
    return by


def leaders(numbers: Array) -> Array:
    """For each integer the first position where an equal one stands: its own, where it is the first."""
    new = np.ones(len(numbers), bool)
    np.not_equal(numbers[1:], numbers[:-1], out=new[1:])
    if np.count_nonzero(new) > len(numbers) >> 1:
        return _leaders(numbers)
    # Equal ones that stand side by side are looked for as one.
    first = np.flatnonzero(new)
    return first[_leaders(numbers[first])][np.cumsum(new, dtype=np.int32) - 1]


def _leaders(numbers: Array) -> Array:
    bits = len(numbers).bit_length() + 1
    slots = np.empty(1 << bits, np.int32)
    lead = np.empty(len(numbers), np.int32)
    left, factor = np.arange(len(numbers), dtype=np.int32), GOLDEN
    while len(left):
        mine = numbers[left] if len(left) < len(numbers) else numbers
        pieces = _pieces(len(left))
        # Written backwards, the first of a slot stays. Equal numbers share every slot, so they stay together.
        for piece in reversed(pieces):
            slots[_slots(mine[piece], bits, factor)[::-1]] = left[piece][::-1]
        others = []
        for piece in pieces:
            found = slots[_slots(mine[piece], bits, factor)]
            lead[left[piece]] = found
            others.append(left[piece][np.flatnonzero(numbers[found] != mine[piece])])
        left, factor = np.concatenate(others), factor * factor % (1 << 64)
    return lead


def how_many(numbers: Array) -> int:
    """How many different integers these are."""
    return len(_any(numbers))


def distinct(numbers: Array) -> Array:
    """The different integers, rising."""
    some = _any(numbers)
    return some if (some[1:] > some[:-1]).all() else np.sort(some)


def _any(numbers: Array) -> Array:
    """The different integers, in any order."""
    if not len(numbers):
        return numbers
    least = int(numbers.min())
    span = int(numbers.max()) - least + 1
    if span > len(numbers) * SPARSE:
        return numbers[np.flatnonzero(leaders(numbers) == np.arange(len(numbers), dtype=np.int32))]
    present = np.zeros(span, bool)
    present[numbers - numbers.dtype.type(least)] = True
    some: Array = np.flatnonzero(present).astype(numbers.dtype) + numbers.dtype.type(least)
    return some


def repeated(numbers: Array) -> Array:
    """The positions of integers that stand at others, too, rising."""
    leader = leaders(numbers)
    following = np.flatnonzero(leader != np.arange(len(leader), dtype=np.int32))
    marks = np.zeros(len(numbers), bool)
    marks[following] = True
    marks[leader[following]] = True
    return np.flatnonzero(marks)


def frequent(numbers: Array, least: int) -> Array:
    """The integers that stand among these at least so many times, rising."""
    factor, before = GOLDEN, 2 * len(numbers)
    while FEW < len(numbers) <= before // 2:
        before = len(numbers)
        numbers, factor = _in_full_slots(numbers, least, factor), factor * factor % (1 << 64)
    return np.sort(numbers[np.flatnonzero(np.bincount(leaders(numbers), minlength=1) >= least)])


def _in_full_slots(numbers: Array, least: int, factor: int) -> Array:
    """Those in slots that are asked for at least so often: of all others none stands there so often."""
    bits = len(numbers).bit_length()
    asked = np.zeros(1 << bits, np.int32)
    pieces = [numbers[piece] for piece in _pieces(len(numbers))]
    for some in pieces:
        np.add.at(asked, _slots(some, bits, factor), np.int32(1))
    often = [some[np.flatnonzero(asked[_slots(some, bits, factor)] >= least)] for some in pieces]
    return np.concatenate(often)


def among(numbers: Array, wanted: Array) -> Array:
    """For each integer whether it is one of `wanted`."""
    rising = wanted if (wanted[1:] >= wanted[:-1]).all() else np.sort(wanted)
    found: Array = places(numbers, rising) >= 0
    return found


def places(numbers: Array, rising: Array) -> Array:
    """For each integer its position in `rising`, or -1 where it is not there."""
    if not len(rising):
        return np.full(len(numbers), -1)
    few = len(rising) <= FEW and len(numbers) >= len(rising) << 6
    at = _slotted(numbers, rising) if few else np.searchsorted(rising, numbers)
    at = np.minimum(at, len(rising) - 1)
    return np.where(rising[at] == numbers, at, -1)


def _slotted(numbers: Array, rising: Array) -> Array:
    """The only position in `rising` that each integer can have, where many stand for few.

    A search guesses wrong at every step when they come in no order; a table of hashes is one step. Where two
    of `rising` share a slot it is of no use, so it has many more slots than they are.
    """
    positions = np.arange(len(rising), dtype=np.int32)
    bits = 2 * len(rising).bit_length() + 2
    slots = np.full(1 << bits, -1, np.int32)
    own = _slots(rising, bits)
    slots[own] = positions
    if (slots[own] != positions).any():
        return np.searchsorted(rising, numbers)
    return slots[_slots(numbers, bits)]


def _pieces(count: int) -> list[slice]:
    """So many integers in pieces: what is made of one stays in the cache, and takes no memory of its own."""
    return [slice(start, start + PIECE) for start in range(0, count, PIECE)]


def _slots(numbers: Array, bits: int, factor: int = GOLDEN) -> Array:
    """Where integers hash to, below 2**bits: the upper bits of a product."""
    slots = numbers.astype(np.uint64)
    slots *= np.uint64(factor)
    slots >>= np.uint64(64 - bits)
    return slots.view(np.int64)
