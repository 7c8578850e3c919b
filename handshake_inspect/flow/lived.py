"""Each end's word in the order that end lived it, which is not the order of the capture.

Capture order belongs to the tap. What an end sent is in order already. What it received is known to have
arrived only when it says so: a SYN or FIN is placed just before the first segment of its receiver that
acknowledges it. The acknowledgement of an end's own SYN or FIN keeps its place; it is proved by whatever
shows that a segment carrying it arrived. What nothing proves stands behind what its end is known to have
done, as far as that could have been done without it, and is presumed. Everything is received once.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.resets import Effect
from handshake_inspect.flow.shape import Acks, Syn
from handshake_inspect.machine.letters import BAR, Letter
from handshake_inspect.machine.replay import Replay, replay
from handshake_inspect.machine.states import State

END = 1 << 30
"Behind all positions of events."


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
    attempts = _attempts(story, effects, server)
    sent = list(_sent(story, effects, server))
    received = _presumed_last(_received(story, effects, server, attempts), sent, attempts)
    letters = sorted([*sent, *received], key=lambda l: (l.at, order[l.letter]))
    once = tuple(_once(letters, attempts))
    proved = max((i for i, l in enumerate(once) if l.proof is not None), default=-1) + 1
    word = "".join(l.letter for l in once[:proved])
    rest = "".join(l.letter for l in once[proved:])
    return Part(once, replay(word + BAR + rest if rest else word, start), start)


def _attempts(story: Sequence[Happening], effects: dict[int, Effect], server: bool) -> tuple[int, ...]:
    """The SYNs that begin another attempt after a reset has ended this end's, being no mere copies."""
    starts = []
    over = False
    for h in story:
        if h.rst:
            did = effects[h.index]
            over |= did.meant if h.server == server else did.taken
        elif over and h.syn:
            answers = (o for o in story[h.index + 1 :] if o.server != h.server and not o.quote)
            if h.standing > Syn.AGAIN or (h.opener and any(not o.rst and not o.foreign for o in answers)):
                starts.append(h.index)
                over = False
    return tuple(starts)


def _until(index: int, attempts: Sequence[int]) -> int:
    return next((start for start in attempts if start > index), END)


def _sent(story: Sequence[Happening], effects: dict[int, Effect], server: bool) -> Iterator[Lived]:
    first_fin = next((h.index for h in story if h.server == server and h.fin), END)
    for h in story:
        if h.server != server or h.quote or h.foreign:
            continue
        if h.syn:
            # A SYN comes before the FIN, even where only a copy of it was captured (RFC 9293 §3.4).
            first = h.index if h.standing > Syn.AGAIN else min(h.index, first_fin - 0.1)
            yield Lived(Letter.SENT_SYN if h.opener else Letter.SENT_SYN_ACK, first, h.index, h.index)
        if h.fin:
            at: float = h.index
            if h.repeats and h.index == first_fin:
                # A copy of a FIN that was not captured: a bare ACK behind a gap had told of it. Where that
                # acknowledges the peer's FIN too, it is taken for the answer to it: this FIN came first.
                told = [m.index for m in story[: h.index] if m.server == server and m.bare_ack and m.beyond]
                at = told[-1] - 0.55 if told else at
            yield Lived(Letter.SENT_FIN, at, h.index, h.index)
        if h.rst and effects[h.index].meant:
            yield Lived(Letter.SENT_RST, h.index, h.index, h.index)


def _received(
    story: Sequence[Happening], effects: dict[int, Effect], server: bool, attempts: Sequence[int]
) -> Iterator[Lived]:
    mine = [h for h in story if h.server == server and not h.quote]
    theirs = [h for h in story if h.server != server and not h.quote]
    for k, h in enumerate(theirs):
        if h.syn:
            # Until the peer begins another attempt, whatever acknowledges its SYN acknowledges this one.
            until = next((o.index for o in theirs[k + 1 :] if o.syn and o.standing > 1), len(story))
            proof = _proof_of_syn(mine, h, until, crossed=any(o.opener for o in theirs[:k]))
            letter = Letter.MET_SYN if h.opener else Letter.MET_SYN_ACK
            if h.opener or h.valid or not any(m.opener for m in mine):
                yield _placed(letter, h, proof)
        if h.fin:
            proof = next((m.index for m in mine if m.acks is Acks.FIN), None)
            if proof is None:
                # Whatever its receiver acknowledged, it had not taken this FIN by then.
                at = max([h.index, *(m.index + 0.1 for m in mine if m.index < _until(h.index, attempts))])
                yield Lived(Letter.MET_FIN, at, h.index, None)
            else:
                yield _placed(Letter.MET_FIN, h, proof)
        if h.rst and effects[h.index].taken:
            # An end that has met a RST sends nothing more, so what it sent came before (§3.10.7.4, second).
            at = max([h.index, *(m.index + 0.35 for m in mine if m.index < _until(h.index, attempts))])
            yield Lived(Letter.MET_RST, at, h.index, None)
    fin_acked = list(_fin_acked(mine, theirs))
    # What covers a FIN covers the SYN before it.
    latest = fin_acked[0].at if fin_acked else END
    yield from (l._replace(at=min(l.at, latest)) for l in _syn_acked(mine, theirs))
    yield from fin_acked


def _placed(letter: Letter, h: Happening, proof: int | None) -> Lived:
    # What opened comes before what closed, where one segment proves both.
    lead = 0.5 if letter is Letter.MET_FIN else 0.6
    return Lived(letter, h.index if proof is None else proof - lead, h.index, proof)


def _proof_of_syn(mine: Sequence[Happening], syn: Happening, until: int, *, crossed: bool) -> int | None:
    for m in mine:
        if m.index < syn.index and m.index < until and m.valid and syn.standing == 0:
            return m.index
        if m.index < syn.index or m.index >= until:
            if m.acks is Acks.OLDER_SYN and m.index >= until:
                return m.index
            continue
        if syn.opener and not m.valid and m.acks and (m.syn_ack or m.bare_ack):
            # Wrong as it is, it answers a SYN: a SYN-ACK for another number, or a challenge (RFC 5961 §4).
            return m.index
        if syn.syn_ack and m.syn:
            # A SYN-ACK answers a SYN; it may have left before the peer's SYN-ACK came.
            continue
        if m.rst and syn.syn_ack:
            # In SYN-SENT it answers the SYN-ACK, since ABORT is silent there (RFC 9293 §3.10.5). Once a SYN
            # has come before it, it may answer that one or be an ABORT in SYN-RECEIVED.
            if not crossed and (m.valid or not m.acks):
                return m.index
        elif m.valid:
            return m.index
    return None


def _syn_acked(mine: Sequence[Happening], theirs: Sequence[Happening]) -> Iterator[Lived]:
    """My SYN was acknowledged; a SYN-ACK that does so is a letter of its own."""
    if not any(m.syn for m in mine):
        return
    starts = [m.index for m in mine if m.syn and m.standing > 1]
    for begin, end in zip([-1, *starts], [*starts, END], strict=True):
        tellers = [h for h in theirs if begin < h.index < end and h.plain and h.valid]
        if any(begin < h.index < end and h.syn_ack and h.valid for h in theirs):
            continue
        if not tellers:
            continue
        proof = _proof_of_carrier(mine, theirs, tellers[0].index, end)
        cause = tellers[0]
        at: float = cause.index
        repeats = [m.index for m in mine if m.syn_ack and cause.index < m.index < (proof if proof else end)]
        if repeats:
            # It said that it had not heard yet. Which of the later copies arrived first, nothing tells.
            cause = next((h for h in tellers if h.index > repeats[-1]), cause)
            at = repeats[-1] + 0.3
        yield Lived(Letter.SYN_ACKED, at, cause.index, proof)


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
    teller = next((h for h in theirs if h.acks is Acks.FIN and not h.rst), None)
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
    their_fin = next((h.index for h in theirs if h.fin), END)
    before = [h.index for h in theirs if (h.fin or h.repeats) and their_fin <= h.index < met]
    if before and before[-1] < teller.index:
        # Their FIN left before this acknowledgement, and neither it nor what lies before it was sent again,
        # so it was taken before too: the FINs crossed, and this end went through CLOSING (RFC 9293 §3.6,
        # figure 13).
        at = max(at, met - 0.4)
    yield Lived(Letter.FIN_ACKED, at, teller.index, proof)


def _presumed_last(
    received: Iterator[Lived], sent: Sequence[Lived], attempts: Sequence[int]
) -> Iterator[Lived]:
    """What nothing proves put behind what its end sent, which may have left before it came.

    But an end that sent a FIN is taken to have had its SYN acknowledged, where that was captured first:
    RFC 9293 §3.10.4 lets a user close in SYN-RECEIVED, but no common stack shows him a connection so early.
    """
    for l in received:
        until = _until(l.cause, attempts)
        later = [s for s in sent if l.at < s.at < until]
        trusted = l.letter is Letter.SYN_ACKED and later and later[0].letter is Letter.SENT_FIN
        if l.proof is None and later and not trusted:
            yield l._replace(at=later[-1].at + 0.1)
        else:
            yield l


def _once(letters: Sequence[Lived], attempts: Sequence[int]) -> Iterator[Lived]:
    """Copies left out. With another attempt after a reset, everything counts again."""
    seen: set[str] = set()
    for l in letters:
        if l.cause in attempts and l.letter in "SsYy":
            seen.clear()
        if l.letter not in seen:
            seen.add(l.letter)
            yield l
