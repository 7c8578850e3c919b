"""What the segments of one sender have in common, and whether one of them does not fit.

It knows IP headers and timestamps, not causes. Its one idea: what a host puts there depends on its system and
on the way to the observer, so within one connection it hardly changes.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Options
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.story import Story
from handshake_inspect.rules.case import Case
from handshake_inspect.rules.offers import answered, missing, nowhere

ID_STEP = 256
"A host that counts its datagrams for each peer, or in all, is not much further within a connection."
ID_SAMPLES = 3


def others(story: Story, index: int) -> list[Happening]:
    """The other segments of an event's sender that are surely its own: no RST, no SYN that was not taken."""
    server = story.events[index].server
    return [
        h
        for h in story.events
        if h.server == server and h.index != index and not (h.quote or h.rst or h.foreign)
    ]


def ttl_differs(case: Case, index: int) -> Array:
    """Whether all other segments of the sender have one TTL, and this event another."""
    mine = others(case.story, index)
    if not mine:
        return np.zeros(len(case), bool)
    usual = case.column("ttl", mine[0].index)
    differs: Array = case.column("ttl", index) != usual
    for h in mine[1:]:
        if not differs.any():
            break
        differs = differs & (case.column("ttl", h.index) == usual)
    return differs


def timed(case: Case, index: int) -> Array:
    """Whether an event without SYN has timestamps, as far as it was captured."""
    found: Array = case.column("options", index) & Options.TIMED != 0
    return found


def timed_unagreed(case: Case, index: int) -> Array:
    """Whether an event without SYN has timestamps although one of the SYNs had none (RFC 7323 §3.2)."""
    mask = timed(case, index)
    pair = answered(case) if mask.any() else None
    if pair is None:
        return nowhere(case)
    uncalled = np.logical_and.reduce([missing(case, "timestamps", syn) for syn in pair.syns])
    unagreed: Array = mask & (missing(case, "timestamps", pair.syn_ack) | uncalled)
    return unagreed


def timed_like_none(case: Case, rst: Happening) -> Array:
    """Whether a RST with ACK lacks the timestamps that another such RST of its sender has.

    Only a live socket sends RSTs with ACK where segments have ACK (RFC 9293 §3.5.2), and a stack puts
    timestamps on all of those or on none. What answers for no socket has no ACK, and no timestamps either.
    """
    if not rst.ack:
        return nowhere(case)
    alike = [h for h in case.story.events if h.rst and h.ack and h.server == rst.server and h is not rst]
    if not alike:
        return nowhere(case)
    others_timed: Array = np.logical_or.reduce([timed(case, h.index) for h in alike])
    return others_timed & ~timed(case, rst.index)


def fits_ids(value: int, ids: Sequence[int]) -> bool:
    """Whether an IP identification fits those before and after; without a habit everything does.

    Zero fits always: RFC 6864 §4.1 lets it be anything where a datagram is not fragmented, and Linux uses
    zero for segments without a socket.
    """
    counted = [i for i in ids if i]
    if not value or len(counted) < ID_SAMPLES:
        return True
    if any((b - a) % 65536 > ID_STEP for a, b in pairwise(counted)):
        return True
    return any(abs((value - i + 32768) % 65536 - 32768) <= ID_STEP for i in counted)
