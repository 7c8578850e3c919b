"""What each RST of a story did: whether its receiver took it, and whether its sender meant it.

RFC 9293 §3.10.7.3 and §3.10.7.4 say which RSTs must be believed. What happened is said by what followed: an
end that goes on after a RST has not taken it, and one that goes on after its own RST has not sent it.
"""

from collections.abc import Sequence

from msgspec import Struct

from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.shape import Acks, Reset

BELIEVED = (Reset.EXACT, Reset.PLAUSIBLE, Reset.UNKNOWN)


class Effect(Struct, frozen=True):
    """What one RST did."""

    taken: bool
    "its receiver ended the connection, or nothing shows that it did not"
    meant: bool
    "its sender ended the connection by it"
    sender_went_on: bool
    receiver_went_on: bool


def effects(story: Sequence[Happening]) -> dict[int, Effect]:
    """The effect of every RST, by its position."""
    return {h.index: _effect(story, h) for h in story if h.rst}


def _effect(story: Sequence[Happening], rst: Happening) -> Effect:
    sender_went_on = receiver_went_on = False
    for h in story[rst.index + 1 :]:
        if h.syn:
            # The next attempt. Only a SYN of the RST's own sender tells something of this one.
            sender_went_on |= h.opener and h.server == rst.server
            break
        if h.rst or h.quote or h.foreign:
            continue
        if h.server == rst.server:
            sender_went_on = True
        else:
            receiver_went_on = True
    believed = _believed(story, rst)
    if rst.reset is Reset.IN_WINDOW and believed is None:
        # RFC 5961 §3.2 wants a challenge ACK; older stacks just end.
        taken = not receiver_went_on
    else:
        taken = bool(believed) and not (sender_went_on and receiver_went_on)
    meant = not sender_went_on and not _only_answers(story, rst)
    return Effect(taken, meant, sender_went_on, receiver_went_on)


def _only_answers(story: Sequence[Happening], rst: Happening) -> bool:
    """A RST for an acknowledgement of the impossible, before its sender is established, ends nothing there.

    RFC 9293 §3.10.7.3, first, and §3.10.7.4, fifth (SYN-RECEIVED): a reset is sent, the state stays.
    """
    mine = [h for h in story[: rst.index] if h.server == rst.server and not h.quote]
    asked = next((h for h in reversed(story[: rst.index]) if h.server != rst.server and not h.quote), None)
    opening = all(h.syn or h.rst for h in mine)
    return opening and asked is not None and asked.acks in (Acks.OLDER_SYN, Acks.STALE, Acks.UNSENT)


def _believed(story: Sequence[Happening], rst: Happening) -> bool | None:
    """Whether the receiver must take it; None where RFC 5961 says to ask back."""
    before = story[: rst.index]
    receiver = [h for h in before if h.server != rst.server and not h.quote]
    opening = bool(receiver) and all(h.opener for h in receiver)
    answered = any(h.server == rst.server and h.syn_ack and h.valid for h in before)
    if opening and not answered:
        # SYN-SENT: only an acknowledgement of the SYN counts (RFC 9293 §3.10.7.3, second).
        return rst.acks in (Acks.SYN, Acks.DATA)
    if rst.reset is Reset.IN_WINDOW:
        return None
    return rst.reset in BELIEVED
