"""One legal end of a connection: SEGMENT ARRIVES, written from RFC 9293 §3.10.7 and from nothing else."""

from tests.simulator.sender import Sender
from tests.simulator.wire import ACK, FIN, RST, SYN, Segment, unwrapped

WINDOW = 60_000


class Endpoint(Sender):
    """A sender that also receives."""

    def arrives(self, segment: Segment) -> None:
        """SEGMENT ARRIVES, RFC 9293 §3.10.7."""
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
