"""Each end's word in the order that end lived it, which is not the order of the capture.

Capture order belongs to the tap. What an end sent is in order already. What it received is known to have
arrived only when it says so: a SYN or FIN is placed just before the first segment of its receiver that
acknowledges it. The acknowledgement of an end's own SYN or FIN keeps its place; it is proved by whatever
shows that a segment carrying it arrived. A letter nothing can prove keeps its place too, and if nothing of
its end follows it is presumed. Everything is received once.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.resets import Effect
from handshake_inspect.flow.shape import Acks
from handshake_inspect.machine.letters import BAR, Letter
from handshake_inspect.machine.replay import Replay, replay
from handshake_inspect.machine.states import State


class Lived(NamedTuple):
    """One letter, and the events it stands for."""

    letter: Letter
    at: float
    "where it was lived, on the scale of event positions"
    cause: int
    "the event it was read from"
    proof: int | None
    "the event that proves it, None while it is only presumed"


class Part(NamedTuple):
    """One end's part in a story."""

    letters: tuple[Lived, ...]
    "in lived order"
    replay: Replay
    start: State
    "where it stood before the first letter"

    @property
    def word(self) -> str:
        """The letters, with the bar where proof ends."""
        return self.replay.word


def live(
    story: Sequence[Happening], effects: dict[int, Effect], *, server: bool, start: State = State.LISTEN
) -> Part:
    """The part of one end in a story."""
    order = {letter: rank for rank, letter in enumerate("syaYSzfFrR")}
    letters = sorted(
        [*_sent(story, effects, server), *_received(story, effects, server)],
        key=lambda l: (l.at, order[l.letter]),
    )
    once = tuple(_once(letters))
    proved = max((i for i, l in enumerate(once) if l.proof is not None), default=-1) + 1
    word = "".join(l.letter for l in once[:proved])
    rest = "".join(l.letter for l in once[proved:])
    return Part(once, replay(word + BAR + rest if rest else word, start), start)


def _sent(story: Sequence[Happening], effects: dict[int, Effect], server: bool) -> Iterator[Lived]:
    for h in story:
        if h.server != server or h.quote or h.foreign:
            continue
        if h.opener:
            yield Lived(Letter.SENT_SYN, h.index, h.index, h.index)
        elif h.syn_ack:
            yield Lived(Letter.SENT_SYN_ACK, h.index, h.index, h.index)
        if h.fin:
            yield Lived(Letter.SENT_FIN, h.index, h.index, h.index)
        if h.rst and effects[h.index].meant:
            yield Lived(Letter.SENT_RST, h.index, h.index, h.index)


def _received(story: Sequence[Happening], effects: dict[int, Effect], server: bool) -> Iterator[Lived]:
    mine = [h for h in story if h.server == server and not h.quote]
    theirs = [h for h in story if h.server != server and not h.quote]
    for k, h in enumerate(theirs):
        if h.syn:
            # Until the peer begins another attempt, whatever acknowledges its SYN acknowledges this one.
            until = next((o.index for o in theirs[k + 1 :] if o.syn and o.standing > 1), len(story))
            proof = _proof_of_syn(mine, h, until)
            letter = Letter.MET_SYN if h.opener else Letter.MET_SYN_ACK
            if h.opener or h.valid or not any(m.opener for m in mine):
                yield _placed(letter, h, proof)
        if h.fin:
            proof = next((m.index for m in mine if m.acks is Acks.FIN), None)
            yield _placed(Letter.MET_FIN, h, proof)
        if h.rst and effects[h.index].taken:
            yield Lived(Letter.MET_RST, h.index, h.index, None)
    yield from _syn_acked(mine, theirs)
    yield from _fin_acked(mine, theirs)


def _placed(letter: Letter, h: Happening, proof: int | None) -> Lived:
    return Lived(letter, h.index if proof is None else proof - 0.5, h.index, proof)


def _proof_of_syn(mine: Sequence[Happening], syn: Happening, until: int) -> int | None:
    for m in mine:
        if m.index < syn.index and m.index < until and m.valid and syn.standing == 0:
            return m.index
        if m.index < syn.index or m.index >= until:
            if m.acks is Acks.OLDER_SYN and m.index >= until:
                return m.index
            continue
        if syn.syn_ack and m.syn:
            # A SYN-ACK answers a SYN; it may have left before the peer's SYN-ACK came.
            continue
        if m.valid or (m.rst and syn.syn_ack and not m.acks):
            return m.index
    return None


def _syn_acked(mine: Sequence[Happening], theirs: Sequence[Happening]) -> Iterator[Lived]:
    """My SYN was acknowledged; a SYN-ACK that does so is a letter of its own."""
    if not any(m.syn for m in mine):
        return
    starts = [m.index for m in mine if m.syn and m.standing > 1]
    for begin, end in zip([-1, *starts], [*starts, 1 << 30], strict=True):
        tellers = [h for h in theirs if begin < h.index < end and h.plain and h.valid]
        if any(begin < h.index < end and h.syn_ack and h.valid for h in theirs):
            continue
        if not tellers:
            continue
        proof = _proof_of_carrier(mine, theirs, tellers[0].index, end)
        cause = tellers[0]
        repeats = [m.index for m in mine if m.syn_ack and cause.index < m.index < (proof if proof else end)]
        if repeats:
            # It said that it had not heard yet: a later copy is the one that arrived.
            cause = next((h for h in tellers if h.index > repeats[-1]), cause)
        yield Lived(Letter.SYN_ACKED, cause.index, cause.index, proof)


def _proof_of_carrier(
    mine: Sequence[Happening], theirs: Sequence[Happening], cause: int, end: int
) -> int | None:
    """The first segment showing that something the peer sent since `cause` arrived."""
    carrier = next((h.index for h in theirs if h.index >= cause and h.plain and (h.payload or h.fin)), None)
    fast_open = any(h.opener and h.payload for h in theirs)
    for m in mine:
        if m.index < cause or m.index >= end or m.syn:
            continue
        if carrier is not None and m.index > carrier and m.acks in (Acks.DATA, Acks.FIN) and not m.rst:
            return m.index
        if m.plain and m.payload and not fast_open:
            # An end does not send data before its SYN is acknowledged, Fast Open apart (RFC 9293 §3.10.2).
            return m.index
    return None


def _fin_acked(mine: Sequence[Happening], theirs: Sequence[Happening]) -> Iterator[Lived]:
    if not any(m.fin for m in mine):
        return
    teller = next((h for h in theirs if h.acks is Acks.FIN), None)
    if teller is None:
        return
    # Their FIN carries the acknowledgement too, so acknowledging that FIN proves both.
    carries = any(h.fin and h.acks is Acks.FIN for h in theirs)
    proof = (
        next((m.index for m in mine if m.acks is Acks.FIN and m.index > teller.index), None)
        if carries
        else None
    )
    first_fin = next(m.index for m in mine if m.fin)
    at = max(teller.index, first_fin + 0.1)
    met = next((m.index for m in mine if m.acks is Acks.FIN), 0)
    before = [h.index for h in theirs if h.fin and h.index < met]
    if before and before[-1] < teller.index:
        # Their FIN left before this acknowledgement and was not sent again, so it arrived before it too:
        # the FINs crossed, and this end went through CLOSING (RFC 9293 §3.6, figure 13).
        at = max(at, met - 0.4)
    yield Lived(Letter.FIN_ACKED, at, teller.index, proof)


def _once(letters: Sequence[Lived]) -> Iterator[Lived]:
    """Copies left out. A reset ends an attempt, after which the letters of opening count again."""
    seen: set[str] = set()
    for l in letters:
        if l.letter in seen:
            continue
        seen.add(l.letter)
        if l.letter in "rR":
            seen -= set("SsYya")
        elif l.letter in "SsYy":
            seen -= set("rR")
        yield l
