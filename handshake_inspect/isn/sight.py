"""From which side a host is looked at: the segments a view holds."""

from enum import IntEnum


class Sight(IntEnum):
    """What a view holds; the first two are those of `samples.Kind`."""

    SYN = 0
    SYN_ACK = 1
    BOTH = 2
