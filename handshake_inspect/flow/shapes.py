"""Which connections have the same shape, and so tell the same story."""

from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.flow.acceptance import meanings
from handshake_inspect.flow.events import Events
from handshake_inspect.flow.lives import Lives
from handshake_inspect.integers import leaders


class Shapes(NamedTuple):
    """Which connections have which shape."""

    tokens: Array
    "the meaning of every event"
    of: Array
    "the shape of every life, counted from 0"
    example: Array
    "for each shape the first life that has it"


def shapes(events: Events, lives: Lives) -> Shapes:
    """The meaning of every event, and the distinct rows of meanings."""
    if not len(lives):
        return Shapes(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int64))
    tokens, sums = [], []
    for some, part in lives.parts(events):
        tokens.append(meanings(some, part))
        sums.append(_hashes(tokens[-1], part))
    return _distinct(np.concatenate(tokens), np.concatenate(sums), lives)


def _hashes(tokens: Array, lives: Lives) -> Array:
    """A hash of the meanings of each life."""
    mixed = (tokens.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    rows = lives.rows
    place = np.arange(1, len(tokens) + 1) - rows.first[rows.of]
    mixed ^= place.astype(np.uint64) * np.uint64(0xBB67AE8584CAA73B)
    mixed ^= mixed >> np.uint64(31)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(29)
    sums: Array = rows.over(np.add, mixed)
    sums += lives.known_by.astype(np.uint64) * np.uint64(0xD6E8FEB86659FD93)
    return sums


def _distinct(tokens: Array, sums: Array, lives: Lives) -> Shapes:
    rows, count = lives.rows, len(lives)
    leader = leaders(sums)
    leads = leader == np.arange(count)
    example = np.flatnonzero(leads)
    of = (np.cumsum(leads) - 1)[leader]
    # A hash proves nothing: every life is compared with the example of its shape.
    length = rows.last - rows.first + 1
    same = (length == length[example][of]) & (lives.known_by == lives.known_by[example][of])
    twin = np.arange(len(tokens)) + (rows.first[example][of] - rows.first)[rows.of]
    np.minimum(twin, len(tokens) - 1, out=twin)
    same &= rows.over(np.logical_and, tokens[twin] == tokens)
    odd = np.flatnonzero(~same)
    if len(odd):
        exact: dict[bytes, int] = {}
        more: list[int] = []
        for life in odd.tolist():
            key = tokens[rows.first[life] : rows.last[life] + 1].tobytes() + bytes(
                [int(lives.known_by[life])]
            )
            if key not in exact:
                exact[key] = len(example) + len(more)
                more.append(life)
            of[life] = exact[key]
        example = np.append(example, more)
    return Shapes(tokens, of, example)
