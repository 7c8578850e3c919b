"""Which flow has which hash, however many there are.

A table of slots, each of which holds the number of a flow or -1. A flow stands in the slot that its hash
names, or in the next free one behind it. It is never more than half full, so few are looked at twice. Which
slot a hash names is drawn anew for each table: nobody can make a capture whose flows all want the same one.
"""

import os

import numpy as np

from handshake_inspect.columns import FEW, Array


class Index:
    """Finds flows by hash. Several flows may share a hash; it knows one of them."""

    def __init__(self) -> None:
        self._hashes = np.zeros(FEW, np.uint64)
        "by number"
        self._count = 0
        self._factor = np.uint64(int.from_bytes(os.urandom(8), "little") | 1)
        self._bits = FEW.bit_length()
        self._slots = np.full(1 << self._bits, -1, np.int32)

    def find(self, hashes: Array) -> Array:
        """The flow of each hash, or -1."""
        slot = self._slot(hashes)
        flows = self._slots[slot]
        other = self._other(flows, hashes)
        while len(other):
            slot[other] = self._behind(slot[other])
            flows[other] = self._slots[slot[other]]
            other = other[self._other(flows[other], hashes[other])]
        return flows.astype(np.int64)

    def add(self, hashes: Array, flows: Array) -> None:
        """Take in flows, numbered on from those before, by new hashes that differ."""
        if not len(flows):
            return
        self._hashes = _room(self._hashes, int(flows[-1]) + 1)
        self._hashes[flows] = hashes
        self._count += len(flows)
        if self._count > len(self._slots) >> 1:
            flows = np.concatenate([self._slots[self._slots >= 0], flows])
            self._bits = self._count.bit_length() + 2
            self._slots = np.full(1 << self._bits, -1, np.int32)
        slot = self._slot(self._hashes[flows])
        while len(flows):
            free = np.flatnonzero(self._slots[slot] < 0)
            # Where several want one slot, the last has it.
            self._slots[slot[free]] = flows[free]
            left = np.flatnonzero(self._slots[slot] != flows)
            slot, flows = self._behind(slot[left]), flows[left]

    def _slot(self, hashes: Array) -> Array:
        slot: Array = ((hashes * self._factor) >> np.uint64(64 - self._bits)).view(np.int64)
        return slot

    def _behind(self, slot: Array) -> Array:
        behind: Array = (slot + 1) & (len(self._slots) - 1)
        return behind

    def _other(self, flows: Array, hashes: Array) -> Array:
        """Where there is a flow, but of another hash."""
        return np.flatnonzero((self._hashes[flows] != hashes) & (flows >= 0))


def _room(hashes: Array, count: int) -> Array:
    if count <= len(hashes):
        return hashes
    larger = np.zeros(max(count, 2 * len(hashes)), np.uint64)
    larger[: len(hashes)] = hashes
    return larger
