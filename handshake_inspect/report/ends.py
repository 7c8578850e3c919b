"""The ends of many connections at once: addresses as text, ports, VLANs, and Community IDs."""

import hashlib
from binascii import b2a_base64
from typing import NamedTuple

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.vlans import numbers

TCP = 6
"Its protocol number."


class Side(NamedTuple):
    """One end of each of some connections, as columns."""

    version: Array
    high: Array
    low: Array
    port: Array

    @classmethod
    def of(cls, all_: Connections, lives: Array, *, server: bool) -> "Side":
        """The clients of these lives, or their servers."""
        flow, ends = all_.lives.flow[lives], all_.ends
        source = (all_.lives.client[lives] == 0) != server
        return cls(
            ends.version[flow],
            np.where(source, ends.source_high[flow], ends.target_high[flow]),
            np.where(source, ends.source_low[flow], ends.target_low[flow]),
            np.where(source, ends.source_port[flow], ends.target_port[flow]),
        )

    def addresses(self) -> list[str]:
        """The addresses as text."""
        columns = (self.version.tolist(), self.high.tolist(), self.low.tolist())
        return [units.address(*row) for row in zip(*columns, strict=True)]


def vlans(all_: Connections, lives: Array) -> list[list[int] | None]:
    """The VLANs of these lives, the outer before the inner; None where there was no tag."""
    known = all_.recording.vlans
    if known is None:
        return [None] * len(lives)
    return [numbers(tag) or None for tag in known.first[all_.lives.flow[lives]].tolist()]


def community_ids(one: Side, other: Side) -> list[str]:
    """The Community IDs, version 1, seed 0, of TCP connections (github.com/corelight/community-id-spec)."""
    swapped = (one.high > other.high) | (
        (one.high == other.high)
        & ((one.low > other.low) | ((one.low == other.low) & (one.port > other.port)))
    )
    low = Side(*(np.where(swapped, b, a) for a, b in zip(one, other, strict=True)))
    high = Side(*(np.where(swapped, a, b) for a, b in zip(one, other, strict=True)))
    made = [""] * len(swapped)
    for version, fields in ((4, [(low.low, 4), (high.low, 4)]), (6, _halves(low, high))):
        rows = np.flatnonzero(one.version == version)
        if not len(rows):
            continue
        protocol = np.full(len(swapped), TCP << 8)
        seed = np.zeros(len(swapped), np.int64)
        ports = [(low.port, 2), (high.port, 2)]
        texts = np.concatenate(
            [_bytes(values[rows], size) for values, size in [(seed, 2), *fields, (protocol, 2), *ports]],
            axis=1,
        )
        width = texts.shape[1]
        text = texts.tobytes()
        for position, row in enumerate(rows.tolist()):
            said = hashlib.sha1(text[position * width : (position + 1) * width], usedforsecurity=False)
            made[row] = "1:" + b2a_base64(said.digest(), newline=False).decode()
    return made


def _halves(low: Side, high: Side) -> list[tuple[Array, int]]:
    return [(low.high, 8), (low.low, 8), (high.high, 8), (high.low, 8)]


def _bytes(values: Array, size: int) -> Array:
    """The values in network order, `size` bytes each, a row for each."""
    return values.astype(f">u{size}").view(np.uint8).reshape(-1, size)
