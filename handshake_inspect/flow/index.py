"""Which flow has which hash, however many there are.

A table of slots, each of which holds a flow, numbered from 1, or 0. A flow stands in the slot that its hash
names, or in the next free one behind it. It is never more than half full, so few are looked at twice. Which
slot a hash names is drawn anew for each table: nobody can make a capture whose flows all want the same one.
"""

import os

import numpy as np

from handshake_inspect.columns import FEW, Array, roomy


class Index:
    """Finds flows by hash. Several flows may share a hash; it knows one of them."""

    def __init__(self) -> None:
        self._hashes = np.zeros(FEW, np.uint64)
        "by flow"
        self._count = 0
        self._factor = np.uint64(int.from_bytes(os.urandom(8), "little") | 1)
        self._bits = FEW.bit_length()
        self._slots = np.zeros(1 << self._bits, np.int32)

    def find(self, hashes: Array) -> tuple[Array, Array]:
        """(flows, slots): the flow of each hash, or -1, and the slot where it stands, or would."""
        slots = self._named(hashes)
        flows = self._slots[slots] - 1
        other = self._taken(np.flatnonzero(flows >= 0), flows, hashes)
        while len(other):
            slots[other] = self._behind(slots[other])
            flows[other] = self._slots[slots[other]] - 1
            other = self._taken(other, flows, hashes)
        return flows.astype(np.int64), slots

    def add(self, hashes: Array, slots: Array, flows: Array) -> None:
        """Take in flows, numbered on from those before, by hashes that differ and were not found."""
        if not len(flows):
            return
        self._hashes = roomy(self._hashes, int(flows[-1]) + 1)
        self._hashes[flows] = hashes
        self._count += len(flows)
        if self._count > len(self._slots) >> 1:
            flows = np.concatenate([self._slots[np.flatnonzero(self._slots)] - 1, flows])
            self._bits = self._count.bit_length() + 2
            self._slots = np.zeros(1 << self._bits, np.int32)
            slots = self._named(self._hashes[flows])
        free: Array | slice = slice(None)
        while len(flows):
            # Where several want one slot, the last has it.
            self._slots[slots[free]] = flows[free] + 1
            left = np.flatnonzero(self._slots[slots] != flows + 1)
            slots, flows = self._behind(slots[left]), flows[left]
            free = np.flatnonzero(self._slots[slots] == 0)

    def _named(self, hashes: Array) -> Array:
        slots: Array = ((hashes * self._factor) >> np.uint64(64 - self._bits)).view(np.int64)
        return slots

    def _behind(self, slots: Array) -> Array:
        behind: Array = (slots + 1) & (len(self._slots) - 1)
        return behind

    def _taken(self, rows: Array, flows: Array, hashes: Array) -> Array:
        """Those of these rows where there is a flow, but of another hash."""
        there = flows[rows]
        other: Array = rows[(self._hashes[there] != hashes[rows]) & (there >= 0)]
        return other
