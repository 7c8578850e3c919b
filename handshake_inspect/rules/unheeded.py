"""RSTs that their receiver need not believe, and did not.

It knows which rule tells each of them, so that the others can leave it alone. Its one idea: what a RST did is
a matter of that RST, not of its connection: after two that failed, a third may hit.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.flow.events import PEER_ACKED
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Reset
from handshake_inspect.flow.story import Story
from handshake_inspect.rules.case import Case
from handshake_inspect.rules.offers import nowhere
from handshake_inspect.rules.sender import following


def outside(story: Story) -> list[Happening]:
    """RSTs outside the window of an open connection that went on (RST005)."""
    if story.opening.outcome not in (Opened.ESTABLISHED, Opened.UNSEEN):
        return []
    since = -1 if story.opening.ack is None else story.opening.ack
    return [
        h
        for h in story.events
        if h.rst
        and h.index > since
        and h.reset in (Reset.STALE, Reset.FUTURE)
        and story.effects[h.index].sender_went_on
        and not story.effects[h.index].taken
    ]


def challenge(story: Story, rst: Happening) -> Happening | None:
    """The challenge ACK that a RST met, in an open connection that went on (ACK002)."""
    if story.opening.outcome not in (Opened.ESTABLISHED, Opened.UNSEEN):
        return None
    if not rst.rst or rst.reset not in (Reset.IN_WINDOW, Reset.PLAUSIBLE) or story.effects[rst.index].taken:
        return None
    answer = following(story, rst.index, server=not rst.server)
    if answer is None or not answer.bare_ack:
        return None
    asked = [h for h in story.events[rst.index + 1 : answer.index] if h.server == rst.server]
    after = [h for h in story.events[answer.index + 1 :] if not h.quote]
    confirmed = following(story, answer.index, server=rst.server)
    # A second RST that must be believed confirms the first (RFC 5961 §3.2); one as inexact says nothing.
    meant = confirmed is not None and confirmed.rst and story.effects[confirmed.index].taken
    if any(h.payload or h.fin for h in asked) or meant or not after:
        return None
    return answer


def measured(case: Case, rst: Happening) -> Array:
    """Where it can be told how far off a RST was: its receiver had acknowledged something."""
    known: Array = case.column("known", rst.index) & PEER_ACKED != 0
    return known


def told(case: Case, rst: Happening) -> Array:
    """Where RST005 or ACK002 tells of this RST."""
    if any(h.index == rst.index for h in outside(case.story)):
        return np.ones(len(case), bool)
    if challenge(case.story, rst) is not None:
        return measured(case, rst)
    return nowhere(case)
