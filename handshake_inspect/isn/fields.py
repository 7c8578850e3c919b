"""Experts for generators that compute the ISN from what stands in the packet."""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.experts import Bet, Expert, point
from handshake_inspect.isn.grid import Grid, previous
from handshake_inspect.isn.models import Model


def address(grid: Grid, name: str) -> tuple[Array, Array]:
    """An IPv4 address as a number (u4), and where there is one."""
    values = grid.column(name)
    return values.astype(np.uint32), values >= 0


def near(grid: Grid, value: Array, known: Array) -> Bet:
    """The ISN is near this value, in either byte order."""
    return point(grid.isn, np.array([value, value.byteswap()]), known)


def moved_as(grid: Grid, value: Array, known: Array) -> Bet:
    """The ISN moved as far as this value did."""
    named = grid.last + (value - previous(value))
    return point(grid.isn, named, known & previous(known) & grid.from_place(1))


def from_peer_address(grid: Grid) -> Bet:
    """Mirai's scanner puts the address it probes into the ISN."""
    return near(grid, *address(grid, "peer"))


def from_own_address(grid: Grid) -> Bet:
    """The address of the host."""
    return near(grid, *address(grid, "address"))


def from_peer_isn(grid: Grid) -> Bet:
    """The ISN that is answered."""
    return near(grid, grid.column("peer_isn"), grid.column("answers"))


def with_addresses(grid: Grid) -> Bet:
    """Moves with an address."""
    peer, own = address(grid, "peer"), address(grid, "address")
    return moved_as(grid, np.array([peer[0], own[0]]), np.array([peer[1], own[1]]))


def with_peer_isn(grid: Grid) -> Bet:
    """Moves with the ISN that is answered."""
    return moved_as(grid, grid.column("peer_isn"), grid.column("answers"))


def with_ports(grid: Grid) -> Bet:
    """Moves with a port in the low or the high half, or with both."""
    half = np.uint32(16)
    own, theirs = grid.column("port").astype(np.uint32), grid.column("peer_port").astype(np.uint32)
    values = (own, theirs, own << half, theirs << half, own << half | theirs, theirs << half | own)
    return moved_as(grid, np.array(values), grid.from_place(0))


EACH = 1 / 16 / 15
"Fifteen fields and orders share a sixteenth."

EXPERTS = (
    Expert(Model.PEER_ADDRESS, 2 * EACH, from_peer_address, blind=False),
    Expert(Model.OWN_ADDRESS, 2 * EACH, from_own_address, blind=False),
    Expert(Model.PEER_ISN, 2 * EACH, from_peer_isn, blind=False),
    Expert(Model.OFFSET_FROM_ADDRESS, 2 * EACH, with_addresses),
    Expert(Model.OFFSET_FROM_PEER_ISN, EACH, with_peer_isn),
    Expert(Model.OFFSET_FROM_PORTS, 6 * EACH, with_ports),
)
