"""Which network a packet of a 4-tuple belongs to, where VLANs use the same addresses for other ends.

It knows tags and the last number of each end. It does not know what a tag means, for the two directions of a
connection may have different ones, a routed packet is seen under two, and a connection may move. So a tag
alone separates nothing. Its one idea: an end that speaks under another tag with numbers far from its own is
another end, and what has its tag, in either direction, is its network.
"""

from typing import Any, NamedTuple

from msgspec import Struct

from handshake_inspect import seq

NEAR = 1 << 22
"""Bytes between two numbers of one end, at most: what Linux lets be under way (tcp_wmem). Of unrelated
numbers one pair in 512 is as near."""


def fits(number: Any, own: Any, silent: Any, acked: Any, peer: Any, free: Any) -> Any:
    """Whether packets may be of the connection that their side and its peer are known from.

    `number` and `own` are SEG.SEQ and the last one of its side. Where that has been `silent`, `acked` and
    `peer` count, SEG.ACK and the last number of the other side; but the packet is `free` of them where it has
    no ACK, where the other side is silent too, and where that opened with a SYN: what answers a SYN may
    acknowledge anything, which is for rules to judge. Integers or arrays; the flags are bools.
    """
    return (silent ^ True) & near(number, own) | silent & (free | near(acked, peer))


def near(a: Any, b: Any) -> Any:
    """Whether two numbers of one end may be of one connection."""
    apart = seq.ahead(a, b)
    return (apart >= -NEAR) & (apart <= NEAR)


class Packet(NamedTuple):
    """What decides of one packet."""

    side: int
    tag: int
    seq: int
    ack: int | None
    syn: bool
    rst: bool


class Network(Struct):
    """The flow of a 4-tuple in one network."""

    flow: int
    last: list[int | None]
    "the last number of each side, RSTs not counted"
    opened: list[bool]
    "whether each side sent a SYN"

    def fits(self, packet: Packet) -> bool:
        """Whether the packet may be of this flow."""
        own, peer = self.last[packet.side], self.last[1 - packet.side]
        free = packet.ack is None or peer is None or self.opened[1 - packet.side]
        return bool(fits(packet.seq, own or 0, own is None, packet.ack or 0, peer or 0, free))

    def answered(self, packet: Packet) -> bool:
        """Whether the packet acknowledges about what the other side last sent."""
        peer = self.last[1 - packet.side]
        return packet.ack is not None and peer is not None and bool(near(packet.ack, peer))

    def meet(self, packet: Packet) -> None:
        """Remember the packet as the last one of its side."""
        self.last[packet.side] = packet.seq
        self.opened[packet.side] |= packet.syn


class Shared(Struct):
    """A 4-tuple that several networks use."""

    networks: list[Network]
    of: dict[tuple[int, int], Network]
    "by side and tag: where what was last said so belongs"
    frames: dict[int, int]
    "the flows of the last frames"

    def find(self, packet: Packet) -> Network | None:
        """The network of a packet, or None if it is of a new one.

        Under a tag that its side has used, only a SYN may belong elsewhere. A RST may come from any box, and
        begins nothing.
        """
        known = self.of.get((packet.side, packet.tag))
        if known and (not packet.syn or known.fits(packet)):
            return known
        other = self.of.get((1 - packet.side, packet.tag))
        if packet.rst:
            return other or self.networks[0]
        fitting = [each for each in self.networks if each.fits(packet)]
        if not fitting:
            return known
        return max(fitting, key=lambda each: (each.answered(packet), each is other))

    def add(self, flow: int) -> Network:
        """A new network."""
        self.networks.append(Network(flow, [None, None], [False, False]))
        return self.networks[-1]

    def meet(self, packet: Packet, network: Network) -> None:
        """Remember where a packet belongs."""
        if not packet.rst:
            network.meet(packet)
            self.of[packet.side, packet.tag] = network
