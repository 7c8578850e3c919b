"""Experts for generators that compute the ISN from what stands in the packet."""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.experts import Bet, Expert, point
from handshake_inspect.isn.grid import Grid, previous
from handshake_inspect.isn.model import Model


def peer_address(grid: Grid) -> tuple[Array, Array]:
    """The IPv4 address of the other end as a number (u4), and where there is one."""
    values = grid.column("peer")
    return values.astype(np.uint32), values >= 0


def near(grid: Grid, value: Array, known: Array) -> Bet:
    """The ISN is near this value, in either byte order.

    There could be a bet on the first one, too, but then this would look better than a constant is.
    """
    return point(grid.isn, np.array([value, value.byteswap()]), known & grid.from_place(1))


def moved_as(grid: Grid, value: Array, known: Array) -> Bet:
    """The ISN moved as far as this value did."""
    named = grid.last + (value - previous(value))
    return point(grid.isn, named, known & previous(known) & grid.from_place(1))


def from_peer_address(grid: Grid) -> Bet:
    """Mirai's scanner puts the address it probes into the ISN."""
    return near(grid, *peer_address(grid))


def from_peer_isn(grid: Grid) -> Bet:
    """The ISN that is answered."""
    return near(grid, grid.column("peer_isn"), grid.column("answers"))


def with_address(grid: Grid) -> Bet:
    """Moves with the address of the other end."""
    return moved_as(grid, *peer_address(grid))


def with_peer_isn(grid: Grid) -> Bet:
    """Moves with the ISN that is answered."""
    return moved_as(grid, grid.column("peer_isn"), grid.column("answers"))


def with_ports(grid: Grid) -> Bet:
    """Moves with a port in the low or the high half, or with both."""
    half = np.uint32(16)
    own, theirs = grid.column("port").astype(np.uint32), grid.column("peer_port").astype(np.uint32)
    values = (own, theirs, own << half, theirs << half, own << half | theirs, theirs << half | own)
    return moved_as(grid, np.array(values), grid.from_place(0))


EACH = 1 / 16 / 12
"Twelve fields and orders share a sixteenth."

EXPERTS = (
    Expert(Model.PEER_ADDRESS, 2 * EACH, from_peer_address),
    Expert(Model.PEER_ISN, 2 * EACH, from_peer_isn),
    Expert(Model.OFFSET_FROM_ADDRESS, EACH, with_address),
    Expert(Model.OFFSET_FROM_PEER_ISN, EACH, with_peer_isn),
    Expert(Model.OFFSET_FROM_PORTS, 6 * EACH, with_ports),
)
