"""A flow is a pair of ends; each gets a dense number, and each of its packets a side.

Side 0 is whoever sent the flow's first captured packet. Which end is the client is not known here: that takes
a story. A flow may hold several lives of the same 4-tuple; a 4-tuple has several flows where `networks` finds
that it means other ends in another VLAN.

Ends are found by a symmetric 64-bit hash. A hash proves nothing: every packet is compared with its flow's
ends, and the few that collide go through a dictionary of exact keys.
"""

import numpy as np

from handshake_inspect.columns import Array, Growing, selection
from handshake_inspect.decode.segments import Ends
from handshake_inspect.flow.index import Index
from handshake_inspect.integers import leaders

_SWAPPED = {
    "version": "version",
    "source_high": "target_high",
    "source_low": "target_low",
    "target_high": "source_high",
    "target_low": "source_low",
    "source_port": "target_port",
    "target_port": "source_port",
}


class Flows:
    """All pairs of ends seen so far."""

    def __init__(self) -> None:
        self._ends = Growing(Ends)
        self._index = Index()
        self._exact: dict[tuple[int, ...], int] = {}

    @property
    def count(self) -> int:
        """How many there are."""
        return self._ends.count

    @property
    def ends(self) -> Ends:
        """The ends of every flow, its side 0 as the source."""
        return self._ends.whole()

    def number(self, packets: Ends, *, add: bool = True) -> tuple[Array, Array]:
        """The flow and the side of every packet: two arrays as long as `packets`.

        Unknown flows are added, or get -1 when `add` is false.
        """
        if len(packets) == 0:
            return np.empty(0, np.int64), np.empty(0, np.uint8)
        hashes = _hash(packets)
        leader = leaders(hashes)
        leads = leader == np.arange(len(leader))
        first = np.flatnonzero(leads)
        known = self.count
        numbers = self._look_up(hashes[selection(first, len(packets))], first, packets, add)
        if len(first) == len(packets) and (numbers >= known).all():
            # As in a flood: each began a flow of its own, and there is nothing to compare it with.
            return numbers, np.zeros(len(packets), np.uint8)
        group = (np.cumsum(leads, dtype=np.int32) - 1)[leader]
        return self._check(packets, group, numbers, add)

    def again(self, flow: int) -> int:
        """Another flow between the same ends. No packet is given its number here."""
        return int(self._append(self.ends, np.array([flow]))[0])

    def _look_up(self, hashes: Array, first: Array, packets: Ends, add: bool) -> Array:
        numbers, slots = self._index.find(hashes)
        fresh = np.flatnonzero(numbers < 0)
        if add and len(fresh):
            # Numbered as they appear, so that what is sorted by flow still lies nearly as it came.
            of = selection(fresh, len(hashes))
            numbers[of] = self._append(packets, first[of])
            self._index.add(hashes[of], slots[of], numbers[of])
        return numbers

    def _append(self, packets: Ends, rows: Array) -> Array:
        start, of = self.count, selection(rows, len(packets))
        self._ends.add(**{name: getattr(packets, name)[of] for name in Ends.columns})
        return np.arange(start, self.count)

    def _check(self, packets: Ends, group: Array, numbers: Array, add: bool) -> tuple[Array, Array]:
        """The flow and side of each packet, of which `group` has the hash and `numbers` the likely flow.

        A collision that went unseen would merge two connections.
        """
        likely = self._ends.table.take(np.maximum(numbers, 0))
        plain = bool((packets.version == 4).all() and (likely.version == 4).all())
        same, swapped = np.ones(len(group), bool), np.ones(len(group), bool)
        for (source, target), (one, other) in zip(
            _exact(packets, plain=plain), _exact(likely, plain=plain), strict=True
        ):
            one, other = one[group], other[group]
            same &= (source == one) & (target == other)
            swapped &= (source == other) & (target == one)
        flows, sides = numbers[group], (~same).astype(np.uint8)
        wrong = np.flatnonzero(~same & ~swapped & (flows >= 0))
        for row in wrong:
            flows[row], sides[row] = self._exactly(packets, int(row), add)
        return flows, sides

    def _exactly(self, packets: Ends, row: int, add: bool) -> tuple[int, int]:
        key = tuple(int(getattr(packets, name)[row]) for name in Ends.columns)
        mirrored = tuple(int(getattr(packets, other)[row]) for other in _SWAPPED.values())
        if key in self._exact:
            return self._exact[key], 0
        if mirrored in self._exact:
            return self._exact[mirrored], 1
        if not add:
            return -1, 0
        self._exact[key] = int(self._append(packets, np.array([row]))[0])
        return self._exact[key], 0


def _exact(ends: Ends, *, plain: bool) -> list[tuple[Array, Array]]:
    """(source, target), as numbers that together leave nothing out; of IPv4 alone, `plain`, one is enough."""
    parts = [
        (low | port.astype(np.uint64) << np.uint64(32)) if plain else low
        for low, port in ((ends.source_low, ends.source_port), (ends.target_low, ends.target_port))
    ]
    exact = [(parts[0], parts[1])]
    if not plain:
        exact += [
            (ends.source_high, ends.target_high),
            (ends.source_port, ends.target_port),
            (ends.version, ends.version),
        ]
    return exact


def _hash(packets: Ends) -> Array:
    """A 64-bit hash that is the same for both directions."""
    return _mix(packets.source_high, packets.source_low, packets.source_port) + _mix(
        packets.target_high, packets.target_low, packets.target_port
    )


def _mix(high: Array, low: Array, port: Array) -> Array:
    # Odd constants from the fractional parts of the golden ratio and of sqrt(2) and sqrt(3).
    mixed = low * np.uint64(0x9E3779B97F4A7C15)
    if high.any():
        mixed += high * np.uint64(0x6A09E667F3BCC909)
    mixed += port.astype(np.uint64) * np.uint64(0xBB67AE8584CAA73B)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(32)
    return mixed
