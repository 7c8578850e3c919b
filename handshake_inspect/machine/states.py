"""The states of RFC 9293 §3.3.2."""

from enum import StrEnum


class State(StrEnum):
    """Where one endpoint stands (RFC 9293 §3.3.2)."""

    LISTEN = "LISTEN"
    "also CLOSED before anything happened: until it answers, no observer can tell the two apart"
    SYN_SENT = "SYN-SENT"
    SYN_RECEIVED = "SYN-RECEIVED"
    ESTABLISHED = "ESTABLISHED"
    FIN_WAIT_1 = "FIN-WAIT-1"
    FIN_WAIT_2 = "FIN-WAIT-2"
    CLOSE_WAIT = "CLOSE-WAIT"
    CLOSING = "CLOSING"
    LAST_ACK = "LAST-ACK"
    TIME_WAIT = "TIME-WAIT"
    CLOSED = "CLOSED"
