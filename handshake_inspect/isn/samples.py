"""The initial sequence numbers of a capture, one row for each SYN or SYN-ACK that began an attempt.

Knows who chose a number, for whom, when, and by what the chooser can be told from others behind its address.
Refuses to know whether rows are copies of each other: that is what the preparation finds out. Its one idea
is that hosts, 4-tuples and stacks are numbers here, equal exactly where the things are, so that nothing
after it depends on what an address or an option list looks like.
"""

from enum import IntEnum

from handshake_inspect.columns import Array, Table, column


class Kind(IntEnum):
    """Which segment carries the number."""

    SYN = 0
    SYN_ACK = 1


class Chosen(Table):
    """What tells a number that was chosen for an attempt from one that is seen again."""

    host: Array = column("i4", "from 0, dense", "the address that chose the number; equal where it is")
    kind: Array = column("u1", "Kind", "the segment that carries it")
    time_ns: Array = column("i8", "ns since 1970-01-01 UTC", "when it was captured")
    isn: Array = column("u4", "sequence number", "the number chosen")
    peer_isn: Array = column("u4", "sequence number", "SEG.ACK - 1 of a SYN-ACK; 0 where it answers nothing")
    answers: Array = column("?", "", "whether there is such an acknowledgement")
    tuple: Array = column("i4", "", "the directed 4-tuple; equal where it is")
    port: Array = column("u2", "", "the host's port")


class Samples(Chosen):
    """One row per SYN or SYN-ACK that began an attempt, in any order; retransmissions and copies included."""

    peer: Array = column("i8", "IPv4 as a number", "the other end's address; -1 for IPv6")
    peer_port: Array = column("u2", "", "the other end's port")
    life: Array = column("i4", "", "the connection it belongs to, as a position among the lives")
    completes: Array = column("?", "", "whether the handshake was completed")
    ttl: Array = column("u1", "hops", "TTL or hop limit as captured")
    stack: Array = column("i8", "", "the layout of its options, window and MSS; equal where they are")
