"""A connection in the terms of Zeek (conn_state, history) and Wireshark (tcp.completeness), to join reports.

It knows their rules, not their reasons. Both are computed over our connection: not cut by Zeek's timers, not
by a reused 4-tuple, and checksums are not consulted. The meanings are those of Zeek's documentation of
conn.log (`Conn::Info`) and of Wireshark's `tcp.completeness`; docs/zeek.md lists where we differ from Zeek.
"""

from collections.abc import Iterator
from enum import Enum, auto

from handshake_inspect import seq
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.shape import Acks, Syn
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View


class End(Enum):
    """What Zeek takes an end to be, by the flags that it and its peer have sent."""

    INACTIVE = auto()
    SYN_SENT = auto()
    SYN_ACK_SENT = auto()
    PARTIAL = auto()
    "it was met without a SYN"
    ESTABLISHED = auto()
    CLOSED = auto()
    "it sent a FIN; whether that was acknowledged is not asked"
    RESET = auto()


UNMET = (End.INACTIVE, End.PARTIAL)
OVER = (End.CLOSED, End.RESET)


class Ends:
    """Both ends, moved by one segment after the other; numbers are not looked at."""

    def __init__(self) -> None:
        self.of = [End.INACTIVE, End.INACTIVE]
        "client, server"
        self._closed_first = [False, False]
        "it had sent a FIN before it was RESET"

    def sent(self, h: Happening) -> None:
        """Take the next segment."""
        me, peer = int(h.server), int(not h.server)
        has_syn = h.opener or h.syn_ack
        state = self.of[me]
        if state is End.INACTIVE:
            self._met(h, me, peer, has_syn)
        elif state in (End.SYN_SENT, End.SYN_ACK_SENT):
            if h.fin or h.rst:
                self.of[me] = End.RESET if h.rst else End.CLOSED
        elif state in (End.ESTABLISHED, End.PARTIAL):
            if h.rst:
                self.of[me] = End.RESET
            elif h.fin:
                self.of[me] = End.CLOSED
                if self._closed_first[peer]:
                    self.of[peer] = End.CLOSED
            elif h.opener and state is End.PARTIAL and self.of[peer] is End.INACTIVE:
                self.of[me] = End.SYN_SENT
        elif state is End.CLOSED and h.rst and self.of[peer] is not End.CLOSED:
            self.of[me] = End.RESET
            self._closed_first[me] = True

    def _met(self, h: Happening, me: int, peer: int, has_syn: bool) -> None:
        """The first segment of an end, or one that did not tell anything before."""
        state = self.of[me]
        if has_syn and not h.server:
            state = End.SYN_ACK_SENT if h.ack else End.SYN_SENT
        elif has_syn:
            # The answer is enough: neither its acknowledgement nor a third segment is asked for.
            if self.of[peer] is End.SYN_SENT:
                self.of[peer] = End.ESTABLISHED
            state = End.ESTABLISHED
        if h.fin or h.rst:
            state = End.RESET if h.rst else End.CLOSED
        if state is End.INACTIVE:
            early_ack = h.server and not h.payload and self.of[peer] is End.SYN_SENT
            joined = h.ack and self.of[peer] is End.ESTABLISHED
            state = End.INACTIVE if early_ack else End.ESTABLISHED if joined else End.PARTIAL
        self.of[me] = state


def conn_state(story: Story) -> str:
    """Zeek's conn_state. Its tests are in Zeek's order, the first that holds wins."""
    ends = Ends()
    for h in story.events:
        if not h.quote:
            ends.sent(h)
    client, server = ends.of
    if server is End.RESET:
        empty = not any(h.payload for h in story.events)
        if client in (End.SYN_SENT, End.SYN_ACK_SENT) or (client is End.RESET and empty):
            return "REJ"
        return "RSTRH" if client in UNMET else "RSTR"
    if client is End.RESET:
        if server in UNMET:
            return "RSTOS0" if _gave_up(story) else "OTH"
        return "RSTO"
    if client is End.CLOSED and server is End.CLOSED:
        return "SF"
    if client is End.CLOSED:
        return "SH" if server in UNMET else "S2"
    if server is End.CLOSED:
        return "SHR" if client in UNMET else "S3"
    if client is End.SYN_SENT and server is End.INACTIVE:
        return "S0"
    return "S1" if client is End.ESTABLISHED and server is End.ESTABLISHED else "OTH"


def _gave_up(story: Story) -> bool:
    """A SYN of the client, then its RST, and nothing between that stands for more than a SYN."""
    mine = [h for h in story.events if not h.server and not h.quote]
    first = next((h.index for h in mine if h.rst), None)
    return (
        bool(mine) and mine[0].opener and first is not None and all(h.opener for h in mine if h.index < first)
    )


def written(view: View) -> str:
    """Zeek's history, letter by letter: what each end sent, upper case from the client.

    S, H, F and R stand again where the sequence number is another than last time; D, A, I and Q once for each
    end; T (payload sent again), W (window closed) and G (acknowledged, but never captured) at the first,
    tenth, hundredth … time.
    """
    story = view.story
    real = [h for h in story.events if not h.quote]
    flipped = bool(real) and real[0].server and not real[0].opener
    writing = _Writing(view)
    for h in real:
        writing.write(h)
    return ("^" if flipped else "") + "".join(writing.text)


class _Writing:
    """A history as it is written."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._ends = Ends()
        self._once: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._counts: dict[str, int] = {}
        self._before: list[int | None] = [None, None]
        "the last event of each end"
        self.text: list[str] = []

    def write(self, h: Happening) -> None:
        """The letters of one segment, and of those of its sender before it that were only counted."""
        self._between(h)
        flags = h.opener + h.syn_ack + h.fin + h.rst
        if flags > 1:
            self._letter("I" if h.fin and h.rst else "Q", h)
        elif h.opener or h.syn_ack:
            self._numbered("S" if h.opener else "H", "SYN", self._view.event("seq", h.index), h)
        elif h.fin:
            end = seq.add(self._view.event("seq", h.index), self._view.event("payload_bytes", h.index))
            self._numbered("F", "FIN", end, h)
        elif h.rst:
            self._numbered("R", "RST", self._view.event("seq", h.index), h)
        elif h.payload:
            self._letter("D", h)
        elif h.ack:
            self._letter("A", h)
        if not h.rst and self._window_matters(h) and self._view.event("window", h.index) == 0:
            self._counted("W", h.server, 1)
        if self._again(h) and h.payload:
            self._counted("T", h.server, 1)
        self._ends.sent(h)
        if h.plain and h.acks is Acks.UNSENT and not any(end in OVER for end in self._ends.of):
            self._counted("G", not h.server, 1)
        self._before[h.server] = h.index

    def _between(self, h: Happening) -> None:
        """Segments of its sender since its last event were only counted: payload, and payload again."""
        before = self._before[h.server]
        if before is None:
            return
        column, view = self._view.event, self._view
        if column("bytes", h.index) - column("payload_bytes", h.index) > column("bytes", before):
            self._letter("D", h)
        again = column("again", h.index) - column("again", before) - self._again(h)
        self._counted("T", h.server, again)
        if self._window_matters(h):
            closed = column("window", h.index) == 0 and not h.rst
            self._counted("W", h.server, view.event("shut", h.index) - view.event("shut", before) - closed)

    def _window_matters(self, h: Happening) -> bool:
        """Nobody waits for the window of an end that has reset, or whose peer has nothing more to send."""
        return self._ends.of[h.server] is not End.RESET and self._ends.of[not h.server] is not End.CLOSED

    @staticmethod
    def _again(h: Happening) -> bool:
        """Whether it is among those counted as carrying nothing new."""
        return h.repeats or ((h.opener or h.syn_ack) and h.standing == Syn.AGAIN)

    def _sign(self, letter: str, server: bool) -> str:
        return letter.lower() if server else letter

    def _letter(self, letter: str, h: Happening) -> None:
        sign = self._sign(letter, h.server)
        if sign not in self._once:
            self._once.add(sign)
            self.text.append(sign)

    def _numbered(self, letter: str, kind: str, number: int, h: Happening) -> None:
        key = self._sign(kind, h.server)
        if self._numbers.get(key) != number:
            self.text.append(self._sign(letter, h.server))
        self._numbers[key] = number

    def _counted(self, letter: str, server: bool, more: int) -> None:
        sign = self._sign(letter, server)
        count = self._counts.get(sign, 0)
        self.text += [sign for step in _steps(count + max(more, 0)) if step > count]
        self._counts[sign] = count + max(more, 0)


def _steps(count: int) -> Iterator[int]:
    """1, 10, 100 … up to `count`."""
    step = 1
    while step <= count:
        yield step
        step *= 10


def completeness(story: Story) -> int:
    """Wireshark's tcp.completeness, as its second pass has it at the last segment.

    SYN 1, SYN-ACK 2, ACK 4, data 8, FIN 16, RST 32. As Wireshark does it, an ACK is any empty segment with
    ACK and without SYN, a RST too; a FIN counts with ACK only; of a stream of one segment only a SYN does.
    """
    events = [h for h in story.events if not h.quote]
    if len(events) == 1 and not events[0].opener:
        return 0
    return (
        any(h.opener for h in events)
        + 2 * any(h.syn_ack for h in events)
        + 4 * any(h.ack and not (h.opener or h.syn_ack) and not h.payload for h in events)
        + 8 * any(h.payload for h in events)
        + 16 * any(h.fin and h.ack for h in events)
        + 32 * any(h.rst for h in events)
    )
