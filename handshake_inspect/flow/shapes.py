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

    of: Array
    "the shape of every life, counted from 0"
    example: Array
    "for each shape the first life that has it"
    tokens: list[list[int]]
    "for each shape the meaning of its events"


def shapes(events: Events, lives: Lives) -> Shapes:
    """The meaning of every event, and the distinct rows of meanings."""
    if not len(lives):
        return Shapes(np.empty(0, np.int32), np.empty(0, np.int64), [])
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
    leader = leaders(sums)
    leads = leader == np.arange(len(lives), dtype=np.int32)
    example = np.flatnonzero(leads)
    of = (np.cumsum(leads, dtype=np.int32) - 1)[leader]
    # A hash proves nothing: every life is compared with the example of its shape.
    odd = np.flatnonzero(~_alike(tokens, lives, example, of))
    if len(odd):
        exact: dict[bytes, int] = {}
        more: list[int] = []
        for life in odd.tolist():
            key = tokens[lives.first[life] : lives.last[life] + 1].tobytes() + bytes(
                [int(lives.known_by[life])]
            )
            if key not in exact:
                exact[key] = len(example) + len(more)
                more.append(life)
            of[life] = exact[key]
        example = np.append(example, more)
    bounds = zip(lives.first[example].tolist(), lives.last[example].tolist(), strict=True)
    return Shapes(of, example, [tokens[first : last + 1].tolist() for first, last in bounds])


def _alike(tokens: Array, lives: Lives, example: Array, of: Array) -> Array:
    """For each life whether it is what the example of its shape is."""
    alike = np.empty(len(lives), bool)
    for theirs, at, rows in lives.pieces():
        twin, known_by = example[of[theirs]], lives.known_by
        same = (lives.last[twin] - lives.first[twin] == rows.last - rows.first) & (
            known_by[twin] == known_by[theirs]
        )
        there = np.arange(at.stop - at.start) + (lives.first[twin] - rows.first)[rows.of]
        np.minimum(there, len(tokens) - 1, out=there)
        same &= rows.over(np.logical_and, tokens[there] == tokens[at])
        alike[theirs] = same
    return alike
