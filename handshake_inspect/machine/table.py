"""The state machine is this table: state → letter → the state it leads to, and where RFC 9293 says so.

Two rules about this file. Everything that affects the machine is in it, and it does not know which end it
reads for, so it cannot judge the two by different measures. A missing cell means something: a live stack
would never send that, or could not have met it. A live endpoint would raise an error there; a recording
cannot be refused, so replay notes a *surprise* and stays where it was.

Letters are decided before they come here: a RST that its receiver must not accept (§3.10.7.4, first) is no
letter, nor is a RST that merely answers an impossible segment and ends nothing of its sender's. Who sends a
RST is in CLOSED then (§3.10.5); §3.5.2 would have it wait in TIME-WAIT, which no segment shows.
"""

from typing import NamedTuple

from handshake_inspect.machine.letters import Letter
from handshake_inspect.machine.states import State

L, S = Letter, State


class Move(NamedTuple):
    """Where a letter leads, and who says so."""

    state: State
    source: str


MOVES: dict[State, dict[Letter, Move]] = {
    S.LISTEN: {
        L.SENT_SYN: Move(S.SYN_SENT, "§3.10.1 OPEN, §3.10.2 SEND in LISTEN"),
        # Heard, not yet taken: a closed port, a full backlog or a filter may leave it at that.
        # The SYN-ACK that follows is what shows SYN-RECEIVED.
        L.MET_SYN: Move(S.LISTEN, "§3.10.7.2, third"),
        L.SENT_SYN_ACK: Move(S.SYN_RECEIVED, "§3.10.7.2, third"),
        L.MET_SYN_ACK: Move(S.LISTEN, "§3.10.7.2, second: answered by a RST"),
        L.MET_FIN: Move(S.LISTEN, "§3.10.7.2, second: answered by a RST; fourth: without ACK dropped"),
        L.SENT_RST: Move(S.LISTEN, "§3.5.2, group 1: no connection exists, none ends"),
        L.MET_RST: Move(S.LISTEN, "§3.10.7.2, first: ignored"),
    },
    S.SYN_SENT: {
        L.MET_SYN_ACK: Move(S.ESTABLISHED, "§3.10.7.3, fourth"),
        L.MET_SYN: Move(S.SYN_RECEIVED, "§3.10.7.3, fourth; §3.5 figure 7"),
        L.SYN_ACKED: Move(S.SYN_SENT, "§3.10.7.3, fifth: no SYN with it, dropped"),
        L.MET_FIN: Move(S.SYN_SENT, "§3.10.7.4, eighth: its number cannot be checked, dropped"),
        L.MET_RST: Move(S.CLOSED, "§3.10.7.3, second"),
        L.SENT_RST: Move(S.CLOSED, "§3.10.5 ABORT is silent here; §3.10.7.1: the answer to what still comes"),
    },
    S.SYN_RECEIVED: {
        L.SENT_SYN: Move(S.SYN_RECEIVED, "§3.5 figure 7: its own SYN, still unacknowledged"),
        L.SENT_SYN_ACK: Move(S.SYN_RECEIVED, "§3.5 figure 7, line 5"),
        # A SYN in the window would lead back to LISTEN after a passive open, and be acknowledged after an
        # active one (fourth). One with an ISN of its own hardly ever lies there.
        L.MET_SYN: Move(S.SYN_RECEIVED, "§3.10.7.4, first: outside the window, acknowledged, dropped"),
        L.MET_SYN_ACK: Move(S.ESTABLISHED, "§3.5 figure 7, line 6, although §3.10.7.4, first, would drop it"),
        L.SYN_ACKED: Move(S.ESTABLISHED, "§3.10.7.4, fifth"),
        L.SENT_FIN: Move(S.FIN_WAIT_1, "§3.10.4 CLOSE in SYN-RECEIVED"),
        L.MET_FIN: Move(S.CLOSE_WAIT, "§3.10.7.4, eighth"),
        L.MET_RST: Move(
            S.LISTEN, "§3.10.7.4, second: LISTEN; after an active open CLOSED, which looks the same"
        ),
        L.SENT_RST: Move(S.CLOSED, "§3.10.5 ABORT"),
    },
    S.ESTABLISHED: {
        L.SENT_FIN: Move(S.FIN_WAIT_1, "§3.10.4 CLOSE"),
        L.MET_FIN: Move(S.CLOSE_WAIT, "§3.10.7.4, eighth"),
        L.MET_SYN: Move(S.ESTABLISHED, "§3.10.7.4, fourth: challenge ACK"),
        L.MET_SYN_ACK: Move(S.ESTABLISHED, "§3.10.7.4, first and fourth: acknowledged, dropped"),
        L.MET_RST: Move(S.CLOSED, "§3.10.7.4, second"),
        L.SENT_RST: Move(S.CLOSED, "§3.10.5 ABORT"),
    },
    S.FIN_WAIT_1: {
        L.FIN_ACKED: Move(S.FIN_WAIT_2, "§3.10.7.4, fifth"),
        L.MET_FIN: Move(S.CLOSING, "§3.10.7.4, eighth"),
        L.SYN_ACKED: Move(
            S.FIN_WAIT_1, "§3.10.4: closed from SYN-RECEIVED, its SYN is acknowledged only now"
        ),
        L.MET_SYN: Move(S.FIN_WAIT_1, "§3.10.7.4, fourth: challenge ACK"),
        L.MET_SYN_ACK: Move(S.FIN_WAIT_1, "§3.10.7.4, first and fourth: acknowledged, dropped"),
        L.MET_RST: Move(S.CLOSED, "§3.10.7.4, second"),
        L.SENT_RST: Move(S.CLOSED, "§3.10.5 ABORT"),
    },
    S.FIN_WAIT_2: {
        L.MET_FIN: Move(S.TIME_WAIT, "§3.10.7.4, eighth"),
        L.MET_SYN: Move(S.FIN_WAIT_2, "§3.10.7.4, fourth: challenge ACK"),
        L.MET_SYN_ACK: Move(S.FIN_WAIT_2, "§3.10.7.4, first and fourth: acknowledged, dropped"),
        L.MET_RST: Move(S.CLOSED, "§3.10.7.4, second"),
        L.SENT_RST: Move(S.CLOSED, "§3.10.5 ABORT; §3.6.1: data came for a closed reader"),
    },
    S.CLOSE_WAIT: {
        L.SENT_FIN: Move(S.LAST_ACK, "§3.10.4 CLOSE"),
        L.SYN_ACKED: Move(S.CLOSE_WAIT, "§3.10.7.4, fifth: the FIN overtook the acknowledgement"),
        L.MET_SYN: Move(S.CLOSE_WAIT, "§3.10.7.4, fourth: challenge ACK"),
        L.MET_SYN_ACK: Move(S.CLOSE_WAIT, "§3.10.7.4, first and fourth: acknowledged, dropped"),
        L.MET_RST: Move(S.CLOSED, "§3.10.7.4, second"),
        L.SENT_RST: Move(S.CLOSED, "§3.10.5 ABORT"),
    },
    S.CLOSING: {
        L.FIN_ACKED: Move(S.TIME_WAIT, "§3.10.7.4, fifth"),
        L.MET_SYN: Move(S.CLOSING, "§3.10.7.4, fourth: challenge ACK"),
        L.MET_SYN_ACK: Move(S.CLOSING, "§3.10.7.4, first and fourth: acknowledged, dropped"),
        L.MET_RST: Move(S.CLOSED, "§3.10.7.4, second"),
        L.SENT_RST: Move(S.CLOSED, "§3.10.5 ABORT is silent here; §3.10.7.1: the answer to what still comes"),
    },
    S.LAST_ACK: {
        L.FIN_ACKED: Move(S.CLOSED, "§3.10.7.4, fifth"),
        L.MET_SYN: Move(S.LAST_ACK, "§3.10.7.4, fourth: challenge ACK"),
        L.MET_SYN_ACK: Move(S.LAST_ACK, "§3.10.7.4, first and fourth: acknowledged, dropped"),
        L.MET_RST: Move(S.CLOSED, "§3.10.7.4, second"),
        L.SENT_RST: Move(S.CLOSED, "§3.10.5 ABORT is silent here; §3.10.7.1: the answer to what still comes"),
    },
    S.TIME_WAIT: {
        L.MET_SYN: Move(S.TIME_WAIT, "§3.10.7.4, fourth; a SYN taken as a new connection begins a new word"),
        L.MET_SYN_ACK: Move(S.TIME_WAIT, "§3.10.7.4, first and fourth: acknowledged, dropped"),
        L.MET_RST: Move(S.CLOSED, "§3.10.7.4, second"),
        L.SENT_RST: Move(S.CLOSED, "§3.10.5 ABORT is silent here; §3.10.7.1: the answer to what still comes"),
    },
    S.CLOSED: {
        L.SENT_SYN: Move(S.SYN_SENT, "§3.10.1 OPEN, again after a refusal"),
        L.MET_SYN: Move(S.CLOSED, "§3.10.7.1: answered by a RST"),
        L.MET_SYN_ACK: Move(S.CLOSED, "§3.10.7.1: answered by a RST"),
        L.MET_FIN: Move(S.CLOSED, "§3.10.7.1: answered by a RST"),
        L.SYN_ACKED: Move(S.CLOSED, "§3.10.7.1: answered by a RST"),
        L.FIN_ACKED: Move(S.CLOSED, "§3.10.7.1: answered by a RST"),
        L.MET_RST: Move(S.CLOSED, "§3.10.7.1: discarded"),
        L.SENT_RST: Move(S.CLOSED, "§3.10.7.1: the answer to whatever still comes"),
    },
}
