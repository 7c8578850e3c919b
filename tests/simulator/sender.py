"""Half of a legal end: what its user asks (RFC 9293 §3.10.1 to §3.10.5), and what it sends and sends again.

It counts without wrapping; only the wire wraps. It notes what it did and met, in its own order, in the
letters of a word, each the first time only: that is the truth an observer is measured against.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from tests.simulator.plans import Plan
from tests.simulator.wire import ACK, FIN, RST, SYN, WRAP, Segment

TRIES = 7
SYNCHRONIZED = ("ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT", "CLOSING", "LAST-ACK", "TIME-WAIT")
SENDING = ("ESTABLISHED", "CLOSE-WAIT")
MAY_FIN = ("SYN-RECEIVED", "ESTABLISHED", "CLOSE-WAIT")


@dataclass
class Piece:
    """Sequence numbers that were sent and may have to be sent again."""

    seq: int
    payload: int
    flags: int

    @property
    def end(self) -> int:
        """The sequence number behind it."""
        return self.seq + self.payload + bool(self.flags & SYN) + bool(self.flags & FIN)


@dataclass
class Sender:
    """What one end sends. `send` takes its segments, `later` calls it back after some nanoseconds."""

    plan: Plan
    is_client: bool
    send: Callable[[Segment], None]
    later: Callable[[int, Callable[[], None]], None]
    state: str = "CLOSED"
    active: bool = False
    letters: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    "the state after each change"
    spent: bool = False
    "a listener that has had its connection, and drops further SYNs as a full backlog does"

    def __post_init__(self) -> None:
        self.iss = self.plan.iss
        self.snd_una = self.snd_nxt = self.iss
        self.irs = self.rcv_nxt = 0
        self.flight: list[Piece] = []
        self.early: dict[int, tuple[int, bool]] = {}
        "what came behind a gap: start → (bytes, FIN)"
        self.fin_end: int | None = None
        self.unsent: list[int] = []
        self.closing = False
        self.syn_acked = False
        self.ack_owed = 0
        self.timer = 0
        self.tries = 0
        self.sent = 0

    def listen(self) -> None:
        """Passive OPEN, RFC 9293 §3.10.1."""
        self._enter("LISTEN")

    def connect(self) -> None:
        """Active OPEN, RFC 9293 §3.10.1; not once the port has answered something."""
        if self.state != "CLOSED" or self.letters:
            return
        self.active = True
        self._enter("SYN-SENT")
        self._note("S")
        self._queue(0, SYN)

    def write(self, payload: int) -> None:
        """SEND, RFC 9293 §3.10.2."""
        if not self.closing and self.state in SENDING:
            self.unsent.append(payload)
            self._push()

    def close(self) -> None:
        """CLOSE, RFC 9293 §3.10.4."""
        if self.closing or self.state == "CLOSED":
            return
        if self.state in ("LISTEN", "SYN-SENT"):
            self._enter("CLOSED")
            return
        self.closing = True
        self._push()

    def give_up(self) -> None:
        """CLOSE, if the SYN has not been answered yet."""
        if self.state == "SYN-SENT":
            self.close()

    def abort(self) -> None:
        """ABORT, RFC 9293 §3.10.5: with a RST where there is something to end, else in silence."""
        if self.state in ("SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT"):
            self._reset(self.snd_nxt, self.rcv_nxt if self.plan.rst_with_ack else None)
        if self.state != "CLOSED":
            self._enter("CLOSED")

    def _note(self, letter: str) -> None:
        if letter not in self.letters:
            self.letters.append(letter)

    def _enter(self, state: str) -> None:
        self.state = state
        self.states.append(state)
        if state in ("CLOSED", "LISTEN", "TIME-WAIT", "FIN-WAIT-2"):
            self.flight = []
            self.timer += 1
        if state in ("CLOSED", "LISTEN"):
            self.spent = True
        if state == "ESTABLISHED":
            for after, payload in self.plan.writes:
                self.later(after, partial(self.write, payload))
            if self.plan.close_after is not None:
                self.later(self.plan.close_after, self.close)
        if state == "SYN-RECEIVED" and self.plan.close_opening is not None:
            self.later(self.plan.close_opening, self.close)

    def _emit(self, seq: int, ack: int | None, flags: int, payload: int = 0) -> None:
        self.sent += 1
        bits = flags | (0 if ack is None else ACK)
        number = 0 if ack is None else ack % WRAP
        self.send(Segment(self.is_client, seq % WRAP, number, bits, payload, self.sent))
        if ack is not None and not flags & RST:
            self.ack_owed += 1

    def _reset(self, seq: int, ack: int | None) -> None:
        self._note("R")
        self._emit(seq, ack, RST)

    def _acknowledge(self) -> None:
        self._emit(self.snd_nxt, self.rcv_nxt, 0)

    def _owe_ack(self, wait: int) -> None:
        owed = self.ack_owed

        def pay() -> None:
            if self.ack_owed == owed and self.state in SYNCHRONIZED:
                self._acknowledge()

        if wait:
            self.later(wait, pay)
        else:
            self._acknowledge()

    def _queue(self, payload: int, flags: int) -> None:
        piece = Piece(self.snd_nxt, payload, flags)
        self.snd_nxt = max(self.snd_nxt, piece.end)
        self.flight.append(piece)
        self._transmit(piece)
        if len(self.flight) == 1:
            self.tries = 0
            self._arm()

    def _transmit(self, piece: Piece) -> None:
        bare = bool(piece.flags & SYN) and self.state == "SYN-SENT"
        self._emit(piece.seq, None if bare else self.rcv_nxt, piece.flags, piece.payload)

    def _arm(self) -> None:
        self.timer += 1
        mine = self.timer

        def expire() -> None:
            if mine != self.timer or not self.flight:
                return
            self.tries += 1
            if self.tries > TRIES:
                # The user time-out, which no one can see (RFC 9293 §3.10.8).
                self._enter("CLOSED")
                return
            self._transmit(self.flight[0])
            self._arm()

        self.later(self.plan.rto << min(self.tries, 6), expire)

    def _push(self) -> None:
        """Send what waits, and the FIN behind it."""
        if self.state in SENDING:
            while self.unsent:
                payload = self.unsent.pop(0)
                if self.closing and not self.unsent and self.plan.fin_with_data:
                    self._fin(payload)
                else:
                    self._queue(payload, 0)
        if self.closing and self.fin_end is None and not self.unsent and self.state in MAY_FIN:
            self._fin(0)

    def _fin(self, payload: int) -> None:
        self._note("F")
        self._enter("LAST-ACK" if self.state == "CLOSE-WAIT" else "FIN-WAIT-1")
        self.fin_end = self.snd_nxt + payload + 1
        self._queue(payload, FIN)

    def _acknowledged(self, ack: int) -> None:
        if ack <= self.snd_una:
            return
        self.snd_una = ack
        self.syn_acked = True
        self.flight = [piece for piece in self.flight if piece.end > ack]
        self.tries = 0
        if self.flight:
            self._arm()
        else:
            self.timer += 1
