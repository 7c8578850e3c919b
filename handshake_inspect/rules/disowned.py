"""RSTs that the end they name did not send.

It knows what betrays them, not who sent them. Its one idea: an end whose other segments look different, or
that goes on after its own RST, has not reset.
"""

from collections.abc import Iterator

from handshake_inspect import seq
from handshake_inspect.columns import Array
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.resets import BELIEVED
from handshake_inspect.flow.shape import Reset
from handshake_inspect.flow.story import Story
from handshake_inspect.rules.attempts import PROMPT_NS
from handshake_inspect.rules.case import Case
from handshake_inspect.rules.habit import others, timed_like_none, timed_unagreed, ttl_differs
from handshake_inspect.rules.offers import nowhere

HABIT = 2
"A single SYN-ACK may itself be the one that a proxy sent in the server's name."


def disowned(case: Case, rst: Happening) -> Array:
    """Where another box than the end it names sent this RST."""
    if not judgeable(case.story, rst):
        return nowhere(case)
    return elsewhere(case, rst) | goes_on(case, rst)


def elsewhere(case: Case, rst: Happening) -> Array:
    """Where it does not look as if its sender had sent it."""
    unlike: Array = ttl_differs(case, rst.index) | timed_unagreed(case, rst.index) | _unlike(case, rst)
    return unlike | _passed_over(case, rst)


def judgeable(story: Story, rst: Happening) -> bool:
    """Whether other segments of its sender can say that it did not send this RST."""
    mine = others(story, rst.index)
    if not mine or all(h.opener for h in mine):
        # A tool's SYN and its kernel's RST come from one host, with two TTLs.
        return False
    if len(mine) < HABIT and not any(h.index > rst.index for h in mine):
        return False
    # Before the connection is open, what is not exact may answer a wrong number (RFC 9293 §3.10.7.3, first).
    return _open_at(story, rst) or rst.reset is Reset.EXACT


def _open_at(story: Story, rst: Happening) -> bool:
    return story.opening.ack is None or rst.index > story.opening.ack


def _passed_over(case: Case, rst: Happening) -> Array:
    """Whether it lay in the window, and both ends went on: that none took it is seen without a challenge ACK.

    What its sender sent before it may be captured behind it, but not so much later.
    """
    late = nowhere(case)
    effect = case.story.effects[rst.index]
    if rst.reset is Reset.IN_WINDOW and effect.receiver_went_on and not effect.taken:
        for h in later(case.story, rst):
            if h.plain and not h.repeats:
                late |= case.time(h.index) - case.time(rst.index) > PROMPT_NS
    return late


def _unlike(case: Case, rst: Happening) -> Array:
    """Whether it lacks timestamps that RSTs of its sender have, and is one that must be believed."""
    return timed_like_none(case, rst) if rst.reset in BELIEVED else nowhere(case)


def goes_on(case: Case, rst: Happening) -> Array:
    """Whether its sender later sent what lies behind the RST's number, so after it."""
    gone_on = nowhere(case)
    # A client that resets the answer to an old SYN goes on with the newer one (RFC 9293 §3.5, figure 8).
    if rst.reset not in BELIEVED or not _open_at(case.story, rst):
        return gone_on
    for h in later(case.story, rst):
        if h.plain and (h.payload or h.fin):
            last = seq.add(case.column("seq", h.index), case.column("payload_bytes", h.index) + h.fin)
            gone_on |= seq.ahead(last, case.column("seq", rst.index)) > 0
    return gone_on


def later(story: Story, rst: Happening) -> Iterator[Happening]:
    """What its sender sent afterwards, until the client began anew."""
    for h in story.events[rst.index + 1 :]:
        if h.opener:
            return
        if h.server == rst.server and not h.rst and not h.quote and not h.foreign:
            yield h
