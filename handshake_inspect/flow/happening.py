"""One event of a story: an event with its numbers gone and their meaning left."""

from dataclasses import dataclass

from handshake_inspect.decode.segments import Flag
from handshake_inspect.flow.shape import (
    ACKS_SHIFT,
    FLAGS_SHIFT,
    PAYLOAD,
    PLACE_SHIFT,
    QUOTED,
    SERVER,
    Acks,
    Place,
    Reset,
    Syn,
)

VALID = (Acks.SYN, Acks.DATA, Acks.FIN)
"Acknowledgements that cover the peer's SYN."


@dataclass(frozen=True, slots=True)
class Happening:
    """What one kept segment, or ICMP error, was in its connection."""

    index: int
    "its position among the connection's events"
    server: bool
    "sent by the server; an ICMP error stands with the end it speaks for"
    flags: Flag
    payload: bool
    acks: Acks
    standing: int
    "a Syn for a SYN, a Reset for a RST, else a Place; for an ICMP error 0 when it quotes the SYN"
    quote: bool
    "an ICMP error that quotes a segment of the other side"

    @property
    def opener(self) -> bool:
        """A SYN without ACK."""
        return self.flags & (Flag.SYN | Flag.ACK) == Flag.SYN

    @property
    def syn_ack(self) -> bool:
        """A SYN with ACK."""
        return self.flags & (Flag.SYN | Flag.ACK) == Flag.SYN | Flag.ACK

    @property
    def syn(self) -> bool:
        """Any SYN that the connection took."""
        return bool(self.flags & Flag.SYN) and self.standing != Syn.FOREIGN

    @property
    def foreign(self) -> bool:
        """A SYN that the living connection did not take."""
        return bool(self.flags & Flag.SYN) and self.standing == Syn.FOREIGN

    @property
    def fin(self) -> bool:
        """A FIN."""
        return bool(self.flags & Flag.FIN)

    @property
    def rst(self) -> bool:
        """A RST."""
        return bool(self.flags & Flag.RST)

    @property
    def plain(self) -> bool:
        """Neither SYN nor RST nor an ICMP error."""
        return not self.quote and not self.flags & (Flag.SYN | Flag.RST)

    @property
    def bare_ack(self) -> bool:
        """An acknowledgement and nothing else."""
        return self.plain and not self.payload and not self.fin and bool(self.flags & Flag.ACK)

    @property
    def valid(self) -> bool:
        """It acknowledges the peer's SYN, with or without more."""
        return self.acks in VALID

    @property
    def place(self) -> Place:
        """Where a plain segment lies."""
        return Place(self.standing)

    @property
    def repeats(self) -> bool:
        """A plain segment with nothing but what its sender had sent before."""
        return self.plain and self.place is Place.AGAIN

    @property
    def beyond(self) -> bool:
        """A plain segment behind a gap: something its sender had sent was not captured, or not yet."""
        return self.plain and self.place is Place.HOLE

    @property
    def reset(self) -> Reset:
        """Where a RST lies."""
        return Reset(self.standing)


def happenings(tokens: list[int]) -> tuple[Happening, ...]:
    """The events of a shape, read back from its row of numbers."""
    return tuple(
        Happening(
            index,
            bool(token & SERVER),
            Flag(token >> FLAGS_SHIFT & 0x1FF),
            bool(token & PAYLOAD),
            Acks(token >> ACKS_SHIFT & 0x7),
            token >> PLACE_SHIFT,
            bool(token & QUOTED),
        )
        for index, token in enumerate(tokens)
    )
