"""A chain of records: each one's length says where the next begins.

It knows one number of a record, its length, and not what the record holds. The one idea: many cursors walk
many stretches of the chain in lock-step. Where a cursor starts is a guess that needs no trust: the first
cursor starts at a true record, and each other one is proved when the cursor before it lands exactly on its
start. A guess that is not landed on is dropped and its stretch is walked plainly, so the answer is that of
the plain walk whatever the bytes are.
"""

from collections.abc import Container
from struct import Struct

import msgspec
import numpy as np
from numpy.typing import NDArray

from handshake_inspect.columns import Array
from handshake_inspect.integers import distinct, order

Bytes = NDArray[np.uint8]

SAMPLE = 512
"Records walked plainly first; a shorter walk ends with them."

STRETCH = 128
"Records of the usual length in one cursor's stretch."

STEPS = STRETCH * 9 // 8
"So many steps are taken at once; most stretches end before."

FEWEST = 32
"With fewer cursors than this the plain walk is faster."

HOPS = 3
"A guess must lead to this many further plausible records."

SHARED = 0.9
"This part of the first records must have a byte in common for it to be asked of a guess."

MOST_HITS = 1 << 20
"More guesses than this tell nothing, and are not followed."


class Chain(msgspec.Struct, frozen=True):
    """How a kind of record says where the next one begins: `overhead` plus its length field."""

    order: str
    "'<' or '>'"
    header_bytes: int
    "a record is no shorter"
    length_at: int
    "where its length field lies, a 32-bit number"
    overhead: int
    "bytes that the length field does not count"
    least: int
    "a smaller length is damage"
    most: int
    "a larger length is damage"
    unit: int
    "a length is a multiple of it, and so is each record's position; a power of two"
    steady: tuple[int, ...] = ()
    "which bytes of a header seldom change from record to record"

    def length(self, data: Bytes, position: int) -> int:
        """The length field of the record at `position`, whose header is there."""
        at = position + self.length_at
        return int.from_bytes(data[at : at + 4].tobytes(), "little" if self.order == "<" else "big")

    def believes(self, length: int) -> bool:
        """Whether a record can have this length field."""
        return self.least <= length <= self.most and length % self.unit == 0


def walk(data: Bytes, chain: Chain, start: int = 0) -> tuple[Array, int]:
    """The positions of all whole records from `start` on, and where the first one that is not whole would be.

    `start` is the position of a record, counted from the beginning of `data` in the chain's unit.
    """
    head, position = _plain(data, chain, start, most=SAMPLE)
    if len(head) < SAMPLE:
        return np.array(head, np.int64), position
    guesses = _guess(data, chain, np.array(head), position)
    if len(guesses) < FEWEST:
        tail, end = _plain(data, chain, position)
        return np.array(head + tail, np.int64), end
    rest, end = _together(data, chain, np.concatenate(([position], guesses)))
    return np.concatenate((np.array(head, np.int64), rest)), end


def _plain(
    data: Bytes, chain: Chain, position: int, *, most: int = -1, end: int = -1, until: Container[int] = ()
) -> tuple[list[int], int]:
    """Walk one record at a time; also where that leads.

    It ends at a record that is not whole, after `most` records, at or behind `end`, or at a place in `until`.
    """
    unpack = Struct(f"{chain.order}I").unpack_from
    at, overhead, least, longest, unit = chain.length_at, chain.overhead, chain.least, chain.most, chain.unit
    size = len(data)
    last = size - chain.header_bytes
    if 0 <= end <= last:
        last = end - 1
    view = data.data
    found: list[int] = []
    while position <= last and len(found) != most:
        (length,) = unpack(view, position + at)
        following = position + overhead + length
        if length < least or length > longest or length % unit or following > size:
            break
        found.append(position)
        position = following
        if position in until:
            break
    return found, position


class _Steps:
    """The step from a record to the next, for many at once."""

    def __init__(self, data: Bytes, chain: Chain) -> None:
        self._chain = chain
        self._size = len(data)
        self._last = len(data) - chain.header_bytes
        # Aligned words where the unit allows them: gathering is three times as fast.
        self._shift = 2 if chain.unit % 4 == 0 and data.ctypes.data % 4 == 0 else 0
        stride = 1 << self._shift
        self._words: Array = np.ndarray(
            ((len(data) - 4) // stride + 1,), f"{chain.order}u4", buffer=data, strides=(stride,)
        )

    def __call__(self, positions: Array) -> Array:
        """Where each record's successor begins; a record that is not whole is its own."""
        length = self._lengths(positions)
        following = positions + length
        following += self._chain.overhead
        return np.where(self._whole(positions, length, following), following, positions)

    def several(self, positions: Array, ends: Array) -> tuple[Array, Array]:
        """(places, visited): many steps from each of these records, a column each, and which of them count.

        The last that counts is the first that leads to the column's end or behind it, or the one before a
        record that is not whole. There is one place more than there are steps.
        """
        places = np.empty((STEPS + 1, len(positions)), np.int64)
        lengths = np.empty((STEPS, len(positions)), self._words.dtype.newbyteorder("="))
        places[0] = positions
        for step in range(STEPS):
            lengths[step] = self._lengths(places[step])
            np.add(places[step], lengths[step], out=places[step + 1])
            places[step + 1] += self._chain.overhead
        visited = self._whole(places[:-1], lengths, places[1:])
        # A step counts where all before it did, and did not lead to the end.
        on = visited[:-1] & (places[1:-1] < ends)
        visited[1:] &= np.logical_and.accumulate(on, out=on)
        return places, visited

    def _lengths(self, positions: Array) -> Array:
        # Behind the last place for a header any word will do.
        at = np.minimum(positions, self._last)
        at += self._chain.length_at
        if self._shift:
            at >>= self._shift
        length: Array = self._words[at]
        return length

    def _whole(self, positions: Array, length: Array, following: Array) -> Array:
        chain = self._chain
        whole: Array = length <= chain.most
        whole &= following <= self._size
        whole &= positions <= self._last
        if chain.least:
            whole &= length >= chain.least
        if chain.unit > 1:
            whole &= length & (chain.unit - 1) == 0
        return whole


def _guess(data: Bytes, chain: Chain, head: Array, position: int) -> Array:
    """Where records may begin, at even spaces behind `position`.

    A guess has the steady header bytes that most first records share, and leads to others that have them.
    """
    lengths = np.diff(head)
    spacing = int(lengths.mean()) * STRETCH // 4 * 4
    reach = min(2 * int(np.sort(lengths)[len(lengths) * 9 // 10]), spacing) // 4 * 4
    # A cursor's whole search, and the headers it is compared with, must lie in the data.
    count = (len(data) - reach - chain.header_bytes - position) // spacing
    if count < FEWEST:
        return np.empty(0, np.int64)
    steady = np.array(chain.steady, np.int64)
    headers = data[head[:, None] + steady]
    usual = np.sort(headers, axis=0)[len(headers) // 2]
    shared = (headers == usual).mean(axis=0) > SHARED
    alike, values = steady[shared], usual[shared]
    targets = position + spacing * np.arange(1, count + 1)
    hit = np.ones((count, reach // chain.unit), np.bool_)
    for at, value in zip(alike, values, strict=True):
        first = int(targets[0] + at)
        hit &= value == np.ndarray(
            hit.shape, np.uint8, buffer=data, offset=first, strides=(spacing, chain.unit)
        )
    # The search in one dimension is several times as fast as that in two.
    hits = np.flatnonzero(hit)
    if len(hits) > MOST_HITS:
        return np.empty(0, np.int64)
    rows, offsets = np.divmod(hits, hit.shape[1])
    guesses = targets[rows] + offsets * chain.unit
    steps = _Steps(data, chain)
    reached = guesses
    for _ in range(HOPS):
        following = steps(reached)
        good = (following > reached) & (following <= len(data) - chain.header_bytes)
        guesses, reached, rows = guesses[good], following[good], rows[good]
        good = (data[reached[:, None] + alike] == values).all(axis=1)
        guesses, reached, rows = guesses[good], reached[good], rows[good]
    return distinct(guesses[np.flatnonzero(np.diff(rows, prepend=-1))])


def _together(data: Bytes, chain: Chain, starts: Array) -> tuple[Array, int]:
    """Walk from all of `starts`, the first of which is true, and keep what is proved."""
    steps = _Steps(data, chain)
    ends = np.append(starts[1:], len(data) + 1)
    landed = ends.copy()
    cursors, positions = np.arange(len(starts)), starts
    visited: list[Array] = []
    owners: list[Array] = []
    while len(cursors) >= FEWEST // 2:
        places, seen = steps.several(positions, ends[cursors])
        count = np.count_nonzero(seen, axis=0)
        visited.append(places[:-1].T[seen.T])
        owners.append(np.repeat(cursors, count))
        landed[cursors] = positions = places[count, np.arange(len(cursors))]
        going = np.flatnonzero((count == STEPS) & (positions < ends[cursors]))
        cursors, positions = cursors[going], positions[going]
    for cursor, position in zip(cursors.tolist(), positions.tolist(), strict=True):
        found, landed[cursor] = _plain(data, chain, position, end=int(ends[cursor]))
        visited.append(np.array(found, np.int64))
        owners.append(np.full(len(found), cursor))
    proved, walked, end = _prove(data, chain, starts, landed)
    # What a cursor visited it visited in order, and the stretches of cursors follow one another.
    owner = np.concatenate(owners)
    by_owner = order(owner)
    if not proved.all():
        by_owner = by_owner[np.flatnonzero(proved[owner[by_owner]])]
    records = np.concatenate(visited)[by_owner]
    return np.sort(np.concatenate([records, walked])) if len(walked) else records, end


def _prove(data: Bytes, chain: Chain, starts: Array, landed: Array) -> tuple[Array, Array, int]:
    """Which cursors started at true records, the true records that none walked, and the chain's end."""
    proved = np.zeros(len(starts), np.bool_)
    place = {start: cursor for cursor, start in enumerate(starts.tolist())}
    missed = [*np.flatnonzero(landed[:-1] != starts[1:]).tolist(), len(starts) - 1]
    walked: list[int] = []
    cursor = 0
    for last in missed:
        if last < cursor:
            continue
        proved[cursor : last + 1] = True
        end = int(landed[last])
        if place.get(end, 0) <= last:
            found, end = _plain(data, chain, end, until=place)
            walked += found
            if not found or end not in place:
                break
        cursor = place[end]
    return proved, np.array(walked, np.int64), end
