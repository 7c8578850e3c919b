"""The vocabulary of shapes: what an event can mean once its numbers are gone.

A million connections have a few hundred shapes, because a shape says "again" and "the peer's FIN" where a
segment says 2 147 483 647. Who decides the meaning is `acceptance`.
"""

from enum import IntEnum


class Acks(IntEnum):
    """What a segment's acknowledgement number covers."""

    NOTHING = 0
    "ACK is not set"
    SYN = 1
    "the peer's SYN, and nothing after it"
    DATA = 2
    "something the peer sent after its SYN"
    FIN = 3
    "the peer's FIN"
    UNSENT = 4
    "bytes the capture has not seen the peer send"
    OLDER_SYN = 5
    "an earlier SYN of the peer, which used another ISN"
    STALE = 6
    "a number at or before the peer's ISN"
    TOO_OLD = 7
    "far less than its sender had acknowledged before"


class Place(IntEnum):
    """Where a segment's sequence numbers lie among those its sender had used."""

    NEXT = 0
    "where they should"
    AGAIN = 1
    "all sent before"
    OVERLAP = 2
    "partly sent before"
    HOLE = 3
    "behind a gap"
    PROBE = 4
    "one before the next: a keep-alive or a window probe"
    OLD = 5
    "before the next, and empty"
    AFTER_FIN = 6
    "beyond the sender's own FIN"


class Syn(IntEnum):
    """Where a SYN's ISN stands among those its sender had used."""

    FIRST = 0
    AGAIN = 1
    "the same as the SYN before"
    BACK = 2
    "the same as the one before that"
    OTHER = 3
    "a new one"
    FOREIGN = 4
    "a new one, in a connection that lives on without taking it"


class Reset(IntEnum):
    """Where a RST lies in its receiver's window (RFC 9293 §3.10.7.4, first; RFC 5961 §3.2)."""

    EXACT = 0
    "at RCV.NXT, as far as its receiver has said"
    PLAUSIBLE = 1
    "at the end of what its sender had sent"
    IN_WINDOW = 2
    STALE = 3
    "before RCV.NXT"
    FUTURE = 4
    "beyond the window"
    UNKNOWN = 5
    "its receiver has said nothing yet"


SERVER, PAYLOAD, QUOTED = 1 << 0, 1 << 1, 1 << 2
FLAGS_SHIFT, ACKS_SHIFT, PLACE_SHIFT, OPTIONS_SHIFT = 3, 12, 15, 18
"How an event's meaning is packed into one number."
