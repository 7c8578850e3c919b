"""RFC 9293 §3.3.2, figure 5, as data: its arrows in the letters of a word, and those that no one can see."""

from typing import NamedTuple

from handshake_inspect.machine.states import State

S = State


class Arrow(NamedTuple):
    """One arrow: what its event and action look like to an observer of that end."""

    start: State
    label: str
    letters: str
    end: State


ARROWS = [
    # A passive OPEN leaves CLOSED for LISTEN unseen, so the table starts in LISTEN for both.
    Arrow(S.LISTEN, "active OPEN, snd SYN", "S", S.SYN_SENT),
    Arrow(S.LISTEN, "SEND, snd SYN", "S", S.SYN_SENT),
    Arrow(S.LISTEN, "rcv SYN, snd SYN,ACK", "sY", S.SYN_RECEIVED),
    Arrow(S.SYN_SENT, "rcv SYN, snd SYN,ACK", "sY", S.SYN_RECEIVED),
    Arrow(S.SYN_SENT, "rcv SYN,ACK, snd ACK", "y", S.ESTABLISHED),
    Arrow(S.SYN_RECEIVED, "rcv RST (note 1)", "r", S.LISTEN),
    Arrow(S.SYN_RECEIVED, "rcv ACK of SYN", "a", S.ESTABLISHED),
    Arrow(S.SYN_RECEIVED, "CLOSE, snd FIN", "F", S.FIN_WAIT_1),
    Arrow(S.ESTABLISHED, "CLOSE, snd FIN", "F", S.FIN_WAIT_1),
    Arrow(S.ESTABLISHED, "rcv FIN, snd ACK", "f", S.CLOSE_WAIT),
    Arrow(S.FIN_WAIT_1, "rcv ACK of FIN", "z", S.FIN_WAIT_2),
    Arrow(S.FIN_WAIT_1, "rcv FIN, snd ACK", "f", S.CLOSING),
    Arrow(S.FIN_WAIT_1, "rcv FIN and ACK of FIN (note 2)", "zf", S.TIME_WAIT),
    Arrow(S.FIN_WAIT_2, "rcv FIN, snd ACK", "f", S.TIME_WAIT),
    Arrow(S.CLOSE_WAIT, "CLOSE, snd FIN", "F", S.LAST_ACK),
    Arrow(S.CLOSING, "rcv ACK of FIN", "z", S.TIME_WAIT),
    Arrow(S.LAST_ACK, "rcv ACK of FIN", "z", S.CLOSED),
]

UNSEEN = [
    (S.CLOSED, "passive OPEN", S.LISTEN, "a user call that sends nothing"),
    (S.LISTEN, "CLOSE", S.CLOSED, "a user call that sends nothing"),
    (S.SYN_SENT, "CLOSE", S.CLOSED, "a user call that sends nothing; the SYN-ACK that comes meets a RST"),
    (S.TIME_WAIT, "timeout = 2 MSL", S.CLOSED, "a clock that only this end hears"),
]
"(from, event, to, why no observer can see it)"
