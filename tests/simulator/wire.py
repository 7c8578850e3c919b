"""What two simulated ends exchange: one segment, its numbers already wrapped to 32 bits.

Nothing of the package under test is used here or in `endpoint.py`, so that both cannot be wrong together.
"""

from typing import NamedTuple

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
"The control bits (RFC 9293 §3.1)."

WRAP = 1 << 32


class Segment(NamedTuple):
    """One segment on its way."""

    by_client: bool
    seq: int
    ack: int
    "0 where ACK is not set"
    flags: int
    payload: int
    "bytes"
    identification: int
    "counts the packets of its sender, from 1"


def unwrapped(number: int, near: int) -> int:
    """The integer closest to `near` that is `number` on the wire (RFC 9293 §3.4)."""
    return near + (number - near + WRAP // 2) % WRAP - WRAP // 2
