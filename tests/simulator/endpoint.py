"""One legal end of a connection, written from RFC 9293 §3.10 and from nothing else.

It counts without wrapping; only the wire wraps. It notes what it did and met, in its own order, in the
letters of a word, each the first time only: that is the truth an observer is measured against.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulator.plans import Plan
from tests.simulator.wire import ACK, FIN, RST, SYN, WRAP, Segment, unwrapped

WINDOW = 60_000
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
class Endpoint:
    """One end. `send` takes its segments, `later` calls it back after some nanoseconds."""

    plan: Plan
    is_client: bool
    send: Callable[[Segment], None]
    later: Callable[[int, Callable[[], None]], None]
    state: str = "CLOSED"
    active: bool = False
    letters: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    "the state after each change"
    gave_up: bool = False
    "it ended by a time-out of its own, which no one can see"
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

    # --- user calls, RFC 9293 §3.10.1 to §3.10.5

    def listen(self) -> None:
        """Passive OPEN."""
        self._enter("LISTEN")

    def connect(self) -> None:
        """Active OPEN, or SEND in LISTEN."""
        if self.state not in ("CLOSED", "LISTEN") or self.letters:
            return
        self.active = True
        self._enter("SYN-SENT")
        self._note("S")
        self._queue(0, SYN)

    def write(self, payload: int) -> None:
        """SEND."""
        if not self.closing and self.state in SENDING:
            self.unsent.append(payload)
            self._push()

    def close(self) -> None:
        """CLOSE."""
        if self.closing or self.state == "CLOSED":
            return
        if self.state in ("LISTEN", "SYN-SENT"):
            self._enter("CLOSED")
            return
        self.closing = True
        self._push()

    def abort(self) -> None:
        """ABORT: with a RST from the states that have something to end, in silence from the others."""
        if self.state in ("SYN-RECEIVED", "ESTABLISHED", "FIN-WAIT-1", "FIN-WAIT-2", "CLOSE-WAIT"):
            self._reset(self.snd_nxt, self.rcv_nxt if self.plan.rst_with_ack else None)
        if self.state != "CLOSED":
            self._enter("CLOSED")

    # --- what it sends

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
                self.later(after, lambda payload=payload: self.write(payload))
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
                self.gave_up = True
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
                last = self.closing and not self.unsent and self.plan.fin_with_data
                self._fin(payload) if last else self._queue(payload, 0)
        if self.closing and self.fin_end is None and not self.unsent and self.state in MAY_FIN:
            self._fin(0)

    def _fin(self, payload: int) -> None:
        self._note("F")
        self._enter("LAST-ACK" if self.state == "CLOSE-WAIT" else "FIN-WAIT-1")
        self.fin_end = self.snd_nxt + payload + 1
        self._queue(payload, FIN)

    # --- SEGMENT ARRIVES, RFC 9293 §3.10.7

    def arrives(self, segment: Segment) -> None:
        """Take one segment from the wire."""
        if self.plan.mute:
            return
        seq = unwrapped(segment.seq, self.rcv_nxt) if self.rcv_nxt else segment.seq
        ack = unwrapped(segment.ack, self.snd_una) if segment.flags & ACK else None
        if self.state == "CLOSED":
            self._in_closed(segment, seq, ack)
        elif self.state == "LISTEN":
            self._in_listen(segment, seq, ack)
        elif self.state == "SYN-SENT":
            self._in_syn_sent(segment, seq, ack)
        else:
            self._otherwise(segment, seq, ack)

    def _in_closed(self, segment: Segment, seq: int, ack: int | None) -> None:
        """§3.10.7.1."""
        if not segment.flags & (SYN | RST):
            self._note_acked(ack)
        self._note_met(segment)
        if not segment.flags & RST:
            self._answer_nothing_here(segment, seq, ack)

    def _note_met(self, segment: Segment) -> None:
        if segment.flags & SYN:
            self._note("y" if segment.flags & ACK else "s")
        if segment.flags & FIN:
            self._note("f")
        if segment.flags & RST:
            self._note("r")

    def _note_acked(self, ack: int | None) -> None:
        if ack is not None and self.letters:
            if self.iss < ack <= self.snd_nxt and not self.syn_acked and "y" not in self.letters:
                self._note("a")
            if self.fin_end is not None and ack >= self.fin_end:
                self._note("z")

    def _answer_nothing_here(self, segment: Segment, seq: int, ack: int | None) -> None:
        """§3.5.2, group 1."""
        if ack is not None:
            self._reset(ack, None)
        else:
            length = segment.payload + bool(segment.flags & SYN) + bool(segment.flags & FIN)
            self._reset(0, seq + length)

    def _in_listen(self, segment: Segment, seq: int, ack: int | None) -> None:
        """§3.10.7.2."""
        if segment.flags & RST:
            self._note("r")
        elif ack is not None:
            self._note_met(segment)
            self._answer_nothing_here(segment, seq, ack)
        elif segment.flags & SYN and not (self.spent and self.letters):
            self._note("s")
            self.irs, self.rcv_nxt = seq, seq + 1
            self._enter("SYN-RECEIVED")
            self._note("Y")
            self._queue(0, SYN)

    def _in_syn_sent(self, segment: Segment, seq: int, ack: int | None) -> None:
        """§3.10.7.3."""
        if ack is not None and not self.iss < ack <= self.snd_nxt:
            if not segment.flags & RST:
                self._reset(ack, None)
            return
        if segment.flags & RST:
            if ack is not None:
                self._note("r")
                self._enter("CLOSED")
            return
        if not segment.flags & SYN:
            return
        self.irs, self.rcv_nxt = seq, seq + 1
        if ack is None:
            self._note("s")
            self._enter("SYN-RECEIVED")
            self._note("Y")
            self._transmit(self.flight[0])
            return
        self._note("y")
        self._acknowledged(ack)
        self._enter("ESTABLISHED")
        self._owe_ack(self.plan.third_ack_wait)

    def _otherwise(self, segment: Segment, seq: int, ack: int | None) -> None:
        """§3.10.7.4."""
        syn_ack = segment.flags & (SYN | ACK) == SYN | ACK
        if self.state == "SYN-RECEIVED" and syn_ack and seq == self.irs and not segment.flags & RST:
            # §3.5 figure 7: the peer's SYN again, now with its acknowledgement.
            if ack is not None and self.iss < ack <= self.snd_nxt:
                self._note("y")
                self._acknowledged(ack)
                self._enter("ESTABLISHED")
                self._acknowledge()
                self._push()
            return
        if not self._acceptable(segment, seq):
            if segment.flags & SYN:
                self._note_met(segment)
            if not segment.flags & RST:
                self._acknowledge()
            return
        if segment.flags & RST:
            self._meet_reset(seq)
        elif segment.flags & SYN:
            self._note_met(segment)
            self._acknowledge()
        elif ack is not None and self._meet_ack(ack):
            self._meet_text(segment, seq)

    def _acceptable(self, segment: Segment, seq: int) -> bool:
        length = segment.payload + bool(segment.flags & SYN) + bool(segment.flags & FIN)
        top = self.rcv_nxt + WINDOW
        return self.rcv_nxt <= seq < top or self.rcv_nxt < seq + length <= top

    def _meet_reset(self, seq: int) -> None:
        """§3.10.7.4, second."""
        if seq != self.rcv_nxt:
            self._acknowledge()
            return
        self._note("r")
        back = self.state == "SYN-RECEIVED" and not self.active
        self._enter("LISTEN" if back else "CLOSED")

    def _meet_ack(self, ack: int) -> bool:
        """§3.10.7.4, fifth; false where the segment goes no further."""
        if self.state == "SYN-RECEIVED":
            if not self.snd_una < ack <= self.snd_nxt:
                self._reset(ack, None)
                return False
            self._note("a")
            self._acknowledged(ack)
            self._enter("ESTABLISHED")
            self._push()
        if ack > self.snd_nxt:
            self._acknowledge()
            return False
        if not self.syn_acked and ack > self.iss:
            self._note("a")
        self._acknowledged(ack)
        if self.fin_end is not None and ack >= self.fin_end:
            self._note("z")
            onward = {"FIN-WAIT-1": "FIN-WAIT-2", "CLOSING": "TIME-WAIT", "LAST-ACK": "CLOSED"}
            if self.state in onward:
                self._enter(onward[self.state])
        return self.state != "CLOSED"

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

    def _meet_text(self, segment: Segment, seq: int) -> None:
        """§3.10.7.4, seventh and eighth."""
        fin = bool(segment.flags & FIN)
        if not segment.payload and not fin:
            return
        if self.plan.deaf and self.closing and segment.payload and seq + segment.payload > self.rcv_nxt:
            # §3.6.1: data for a reader that has closed.
            self._reset(self.snd_nxt, self.rcv_nxt if self.plan.rst_with_ack else None)
            self._enter("CLOSED")
            return
        before = self.rcv_nxt
        self.early[seq] = (segment.payload, fin)
        met_fin = self._take_early()
        if met_fin:
            self._note("f")
            onward = {"ESTABLISHED": "CLOSE-WAIT", "FIN-WAIT-1": "CLOSING", "FIN-WAIT-2": "TIME-WAIT"}
            if self.state in onward:
                self._enter(onward[self.state])
            if self.plan.close_on_fin is not None:
                self.later(self.plan.close_on_fin, self.close)
        in_order = self.rcv_nxt > before
        self._owe_ack((self.plan.fin_ack_wait if met_fin else self.plan.ack_wait) if in_order else 0)

    def _take_early(self) -> bool:
        """Move RCV.NXT over what is in order now; whether that took the FIN."""
        for seq in sorted(self.early):
            payload, fin = self.early[seq]
            if seq > self.rcv_nxt:
                break
            del self.early[seq]
            if seq + payload + fin > self.rcv_nxt:
                self.rcv_nxt = seq + payload + fin
                if fin:
                    return True
        return False
