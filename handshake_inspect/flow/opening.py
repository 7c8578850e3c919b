"""How a connection opened: the outcome, the manner, and the three events that decide it."""

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.resets import Effect
from handshake_inspect.flow.shape import Acks, Syn


class Opened(StrEnum):
    """The opening's outcome."""

    ESTABLISHED = "established"
    HALF_OPEN = "half-open"
    UNANSWERED = "unanswered"
    REFUSED = "refused"
    REJECTED = "rejected"
    RESET = "reset"
    INVALID = "invalid"
    UNSOLICITED = "unsolicited"
    UNSEEN = "unseen"


class Manner(StrEnum):
    """The way an opening succeeded."""

    THREE_WAY = "three-way"
    SIMULTANEOUS = "simultaneous"
    SPLIT = "split"
    FAST_OPEN = "fast-open"


class Opening(Struct, frozen=True):
    """How a connection opened; positions of events, None where there was none."""

    outcome: Opened
    manner: Manner | None = None
    syn: int | None = None
    "the SYN that was answered, or the last one"
    syn_ack: int | None = None
    "the first valid SYN-ACK"
    ack: int | None = None
    "the first valid acknowledgement of it"
    answer: int | None = None
    "the RST, ICMP error or wrong segment that ended the attempt"


def opening(story: Sequence[Happening], effects: dict[int, Effect]) -> Opening:
    """The opening of a story."""
    syns = [h for h in story if h.opener and not h.server and not h.foreign]
    answers = [h for h in story if h.syn_ack and h.server and not h.foreign]
    if not syns:
        return _without_syn(story, answers)
    crossing = [h for h in story if h.opener and h.server and not h.foreign]
    if crossing:
        return _crossed(story, syns, crossing)
    valid = [h for h in answers if h.valid]
    # Where another attempt followed a SYN-ACK, the last attempt decides.
    attempt = max((h.index for h in syns if h.standing > 1), default=-1)
    valid = [h for h in valid if h.index > attempt] or valid
    if not valid:
        return _without_syn_ack(story, syns, effects)
    answered = valid[0]
    syn = _last(syns, before=answered.index)
    ack = next(
        (h for h in story if h.index > syn and not h.server and h.plain and h.valid and h.index > attempt),
        None,
    )
    gave_up = ack and _given_up(story, ack)
    if gave_up:
        return Opening(Opened.HALF_OPEN, None, syn, answered.index, answer=gave_up.index)
    if ack:
        fast = story[syn].payload and answered.acks is Acks.DATA
        return Opening(
            Opened.ESTABLISHED, Manner.FAST_OPEN if fast else Manner.THREE_WAY, syn, answered.index, ack.index
        )
    refusal = _refusal(story, effects)
    if refusal is not None and refusal < answered.index:
        return Opening(Opened.REFUSED, None, syn, answered.index, answer=refusal)
    return _unacknowledged(story, syn, answered.index)


def _given_up(story: Sequence[Happening], ack: Happening) -> Happening | None:
    """The RST of a server that had repeated its SYN-ACK in vain and forgot the attempt before `ack` came.

    It answers the first acknowledgement as one for no connection: without ACK (RFC 9293 §3.5.2, group 1).
    """
    after = next((h for h in story[ack.index + 1 :] if h.server), None)
    in_vain = any(h.server and h.syn_ack and h.standing == Syn.AGAIN for h in story[: ack.index])
    return after if in_vain and after and after.rst and not after.acks and not after.quote else None


def _refusal(story: Sequence[Happening], effects: dict[int, Effect]) -> int | None:
    # Whoever has said more than SYN is past SYN-SENT: a RST for that ends a connection (RFC 9293 §3.10.7.4).
    past = next((h.index for h in story if not h.server and h.plain and h.acks), len(story))
    early = story[:past]
    return next((h.index for h in early if h.rst and h.server and effects[h.index].taken), None)


def _last(syns: Sequence[Happening], before: int) -> int:
    return next((h.index for h in reversed(syns) if h.index < before), syns[0].index)


def _unacknowledged(story: Sequence[Happening], syn: int, syn_ack: int) -> Opening:
    after = [h for h in story if h.index > syn_ack]
    wrong = next((h for h in after if not h.server and h.plain), None)
    reset = next((h for h in after if h.rst), None)
    if wrong and not (reset and reset.index < wrong.index):
        return Opening(Opened.INVALID, None, syn, syn_ack, answer=wrong.index)
    if reset:
        return Opening(Opened.RESET, None, syn, syn_ack, answer=reset.index)
    quote = next((h for h in after if h.quote), None)
    return Opening(Opened.HALF_OPEN, None, syn, syn_ack, answer=quote.index if quote else None)


def _without_syn_ack(
    story: Sequence[Happening], syns: Sequence[Happening], effects: dict[int, Effect]
) -> Opening:
    refusal = _refusal(story, effects)
    if refusal is not None:
        return Opening(Opened.REFUSED, None, _last(syns, refusal), answer=refusal)
    spoke = [h for h in story if h.server and not h.quote and not h.foreign]
    went_on = next((h for h in story if not h.server and h.plain and h.flags and h.acks), None)
    if went_on and not any(h.syn for h in spoke):
        # The SYN-ACK was not captured, but its acknowledgement was.
        return Opening(Opened.ESTABLISHED, Manner.THREE_WAY, _last(syns, went_on.index), None, went_on.index)
    quote = next((h for h in story if h.quote and h.standing == 0), None)
    if quote and not spoke:
        return Opening(Opened.REJECTED, None, _last(syns, quote.index), answer=quote.index)
    if spoke:
        return Opening(Opened.INVALID, None, _last(syns, spoke[0].index), answer=spoke[0].index)
    reset = next((h for h in story if h.rst and h.index > syns[0].index), None)
    if reset:
        return Opening(Opened.RESET, None, _last(syns, reset.index), answer=reset.index)
    return Opening(Opened.UNANSWERED, None, syns[0].index)


def _crossed(story: Sequence[Happening], syns: Sequence[Happening], crossing: Sequence[Happening]) -> Opening:
    theirs = crossing[0]
    by_server = next(
        (h for h in story if h.server and h.valid and not h.rst and h.index > syns[0].index), None
    )
    by_client = next((h for h in story if not h.server and h.valid and not h.rst), None)
    # Who met a SYN while its own was on the way answers it with a SYN-ACK (RFC 9293 §3.5 figure 7).
    split = any(h.server and h.plain and h.valid and h.index < theirs.index for h in story) or (
        by_server is not None and not any(h.server and h.syn_ack for h in story)
    )
    manner = Manner.SPLIT if split else Manner.SIMULTANEOUS
    syn_ack = next((h.index for h in story if h.syn_ack and h.valid and h.server), None)
    ack = next((h.index for h in story if not h.server and h.plain and h.valid), None)
    if by_server and by_client:
        return Opening(Opened.ESTABLISHED, manner, syns[0].index, syn_ack, ack)
    reset = next((h for h in story if h.rst and h.index > syns[0].index), None)
    if reset:
        return Opening(Opened.RESET, None, syns[0].index, syn_ack, answer=reset.index)
    return Opening(Opened.HALF_OPEN, None, syns[0].index, syn_ack)


def _without_syn(story: Sequence[Happening], answers: Sequence[Happening]) -> Opening:
    if answers:
        first = answers[0]
        ack = next((h for h in story if h.index > first.index and not h.server and h.plain and h.valid), None)
        if ack and ack.index > first.index:
            return Opening(Opened.ESTABLISHED, Manner.THREE_WAY, None, first.index, ack.index)
        if any(h.server and h.plain and h.acks and h.index > first.index for h in story):
            # Only the server was captured, but it went on: it would not have, unacknowledged.
            return Opening(Opened.ESTABLISHED, Manner.THREE_WAY, None, first.index)
        further = any(h.plain for h in story)
        return Opening(Opened.UNSEEN if further else Opened.UNSOLICITED, None, None, first.index)
    # A probe comes without ACK where only an open connection could send; a RST answers what was not sent.
    first_real = next((h for h in story if not h.quote), None)
    if first_real is None:
        return Opening(Opened.UNSEEN)
    probing = first_real.rst or not first_real.acks
    further = any(h.plain and h.acks for h in story)
    return Opening(Opened.UNSOLICITED if probing and not further else Opened.UNSEEN, answer=first_real.index)
