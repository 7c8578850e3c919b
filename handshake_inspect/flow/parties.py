"""Between whom connections were, as numbers that can be sorted and compared.

It knows addresses and ports by column. Its one idea: IPv4 addresses are numbers already; where there are
IPv6 addresses, their ranks among all addresses of the recording are as good, and exact.
"""

from functools import cached_property

import numpy as np
from msgspec import Struct

from handshake_inspect.columns import Array
from handshake_inspect.flow.connections import Connections
from handshake_inspect.integers import distinct

PORT_BITS = 16


class Parties(Struct, frozen=True, dict=True):
    """All connections of a recording, by who they were between."""

    all: Connections

    @cached_property
    def clients(self) -> Array:
        """A number for each connection's client address, equal exactly where that is."""
        return addresses(self.all, self.all.lives.client)

    @cached_property
    def hosts(self) -> Array:
        """A number for each connection's server address, equal exactly where that is."""
        return addresses(self.all, self.all.lives.client ^ 1)

    @cached_property
    def services(self) -> Array:
        """A number for each connection's server address and port, equal exactly where both are."""
        services = self.hosts << PORT_BITS
        services |= port(self.all, self.all.lives.client ^ 1)
        return services


def addresses(all_: Connections, side: Array) -> Array:
    """A number (i8) for the address of this side of each connection, equal exactly where they are.

    The numbers of any two calls may be compared.
    """
    ends = all_.ends
    # Where no 4-tuple was used again, lives stand as flows do.
    flow = all_.lives.flow if all_.reused else slice(None)
    if not (ends.version != 4).any():
        return _at(side, ends.source_low[flow], ends.target_low[flow]).view(np.int64)
    high = np.concatenate([ends.source_high, ends.target_high])
    low = np.concatenate([ends.source_low, ends.target_low])
    upper = _rank(_rank(high) * 2 + np.tile(ends.version == 4, 2))
    lower = _rank(low)
    both = _rank(upper * (int(lower.max(initial=0)) + 1) + lower)
    number: Array = both[all_.lives.flow + len(ends) * side.astype(np.int64)]
    return number


def port(all_: Connections, side: Array) -> Array:
    """The port (u2) of this side of each connection."""
    ends = all_.ends
    flow = all_.lives.flow if all_.reused else slice(None)
    return _at(side, ends.source_port[flow], ends.target_port[flow])


def _at(side: Array, source: Array, target: Array) -> Array:
    """What is at this side of each flow. Nearly always the client spoke first, and all sides are one."""
    if (side == side[:1]).all():
        return target if side[:1].any() else source
    return np.where(side == 0, source, target)


def _rank(values: Array) -> Array:
    return np.searchsorted(distinct(values), values)
