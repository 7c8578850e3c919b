"""One event of a story: an event with its numbers gone and their meaning left."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

from handshake_inspect.decode.segments import Flag
from handshake_inspect.flow.shape import (
    ACKS_SHIFT,
    FLAGS_SHIFT,
    OPTIONS_SHIFT,
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


class Happening(Struct, frozen=True):
    """What one kept segment, or ICMP error, was in its connection."""

    index: int
    "its position among the connection's events"
    server: bool
    "sent by the server; an ICMP error stands with the end it speaks for"
    flags: Flag
    payload: bool
    "it carries data"
    acks: Acks
    "what its acknowledgement covers"
    standing: int
    "a Syn for a SYN, a Reset for a RST, else a Place; for an ICMP error 0 when it quotes the SYN"
    quote: bool
    "an ICMP error that quotes a segment of the other side"
    ack: bool
    "ACK is set"
    fin: bool
    "FIN is set"
    rst: bool
    "RST is set"
    opener: bool
    "a SYN without ACK"
    syn_ack: bool
    "a SYN with ACK"
    syn: bool
    "any SYN that the connection took"
    foreign: bool
    "a SYN that the living connection did not take"
    plain: bool
    "neither SYN nor RST nor an ICMP error"
    bare_ack: bool
    "an acknowledgement and nothing else"
    valid: bool
    "it acknowledges the peer's SYN, with or without more"
    repeats: bool
    "a plain segment with nothing but what its sender had sent before"
    beyond: bool
    "a plain segment behind a gap: something its sender had sent was not captured, or not yet"
    options: int
    "in which ways its options are odd, bits of Options; TIMED is not among them"

    @property
    def place(self) -> Place:
        """Where a plain segment lies."""
        return Place(self.standing)

    @property
    def reset(self) -> Reset:
        """Where a RST lies."""
        return Reset(self.standing)


def happenings(tokens: Sequence[int]) -> tuple[Happening, ...]:
    """The events of a shape, read back from its row of numbers."""
    return tuple(Happening(index, *_read(token)) for index, token in enumerate(tokens))


@lru_cache(maxsize=4096)
def _read(token: int) -> tuple[Any, ...]:
    """All fields but the first. A few hundred different numbers make up all stories."""
    flags = Flag(token >> FLAGS_SHIFT & 0x1FF)
    payload, quote = bool(token & PAYLOAD), bool(token & QUOTED)
    acks = Acks(token >> ACKS_SHIFT & 0x7)
    standing = token >> PLACE_SHIFT & 0x7
    ack, fin, rst, has_syn = (bool(flags & flag) for flag in (Flag.ACK, Flag.FIN, Flag.RST, Flag.SYN))
    plain = not quote and not has_syn and not rst
    return (
        bool(token & SERVER),
        flags,
        payload,
        acks,
        standing,
        quote,
        ack,
        fin,
        rst,
        has_syn and not ack,
        has_syn and ack,
        has_syn and standing != Syn.FOREIGN,
        has_syn and standing == Syn.FOREIGN,
        plain,
        plain and ack and not payload and not fin,
        acks in VALID,
        plain and standing == Place.AGAIN,
        plain and standing == Place.HOLE,
        token >> OPTIONS_SHIFT,
    )
