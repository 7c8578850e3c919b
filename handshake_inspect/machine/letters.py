"""The ten letters: everything that can move a TCP state. Capitals are sent, small letters are received.

An acknowledgement moves a state only when it covers a SYN or a FIN, so those two are its letters. A copy of
a segment moves nothing and is not written again. What sits right of the bar is presumed: the segment was
seen on its way, and nothing shows that it arrived.
"""

from enum import StrEnum


class Letter(StrEnum):
    """One thing an endpoint did or met."""

    SENT_SYN = "S"
    MET_SYN = "s"
    SENT_SYN_ACK = "Y"
    MET_SYN_ACK = "y"
    SENT_FIN = "F"
    MET_FIN = "f"
    SENT_RST = "R"
    MET_RST = "r"
    SYN_ACKED = "a"
    FIN_ACKED = "z"


BAR = "|"
"Left of it a word is proved, right of it presumed."
