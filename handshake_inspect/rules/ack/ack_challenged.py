"""ACK003: an acknowledgement that could not be true, answered by a challenge ACK."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Acks, Place
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import first_of
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import distance, end, following

ODD = (Acks.UNSENT, Acks.STALE, Acks.TOO_OLD)


class _Asked(NamedTuple):
    """A segment with an odd acknowledgement, and the ACK that answered it."""

    odd: Happening
    answer: Happening


@rule("ACK003", "ack-challenged", Severity.NOTE)
def ack_challenged(case: Case) -> Iterator[Hit]:
    """A segment acknowledged bytes that were never sent, or long gone, and was answered by a challenge ACK.

    ## What it checks
    Whether a segment of an open connection acknowledges more than its peer had sent, or less than its sender
    had acknowledged by more than the largest window, and the peer answered with a bare ACK that acknowledged
    nothing new. The answer carries the number the peer would send next, so it shows who was right.

    ## Why it matters
    The segment was dropped, with its data. An end that counts right does not send it: it was someone who
    guesses the numbers to slip data in, a box that rewrote them on one way only, or a very old segment.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    +1.000 > P. 101:105(4) ack 900301 ttl 240   # ACK003
    +0.001 < . 301:301(0) ack 101
    +0.700 > P. 101:201(100) ack 301
    +0.010 < . 301:301(0) ack 201
    ```

    ## Not flagged
    An acknowledgement of bytes that were captured a little later, as with two taps:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 > . 101:101(0) ack 301        # CAP007
    +0.001 < P. 1:301(300) ack 101
    +0.100 > P. 101:201(100) ack 301
    +0.010 < . 301:301(0) ack 201
    ```

    ## What to do
    Compare the TTL of the segment with that of its sender's others, and capture nearer to that sender: where
    it is not seen, something in between sent it. If it is seen there, look for a box that changes sequence
    numbers (`no ip tcp sequence randomization`, SYN proxies, WAN optimisers). On Linux `nstat -az
    TcpExtTCPChallengeACK` counts the answers.

    ## Limits
    Linux sends no more than one challenge ACK per 500 ms for each connection, so others go unanswered; those
    that acknowledge too much are ACK006. Old acknowledgements are seen from 64 KiB on; the largest window is
    that of the segments near the opening, the closing and anything odd.

    ## Sources
    - RFC 5961 §5.2: an ACK outside SND.UNA - MAX.SND.WND to SND.NXT draws a challenge ACK
    - RFC 9293 §3.10.7.4, fifth: the same; the segment is dropped
    """
    story = case.story
    asked = _asked(story)
    if not asked:
        return
    outside = [_outside(case, a) for a in asked]
    for k, where in first_of(outside):
        if not where.any():
            continue
        more = [a for a, o in zip(asked[k + 1 :], outside[k + 1 :], strict=True) if o[where].all()]
        yield _hit(case, [asked[k], *more], where)


def _asked(story: Story) -> list[_Asked]:
    """Odd acknowledgements of an open connection that were answered by a bare ACK."""
    if not any(h.acks in ODD for h in story.events):
        return []
    opening = story.opening
    if opening.outcome not in (Opened.ESTABLISHED, Opened.UNSEEN):
        return []
    asked = []
    for h in story.events[1 if opening.ack is None else opening.ack + 1 :]:
        if not h.plain or h.acks not in ODD:
            continue
        answer = following(story, h.index, server=not h.server)
        if answer is None or not answer.bare_ack:
            continue
        between = [b for b in story.events[h.index + 1 : answer.index] if b.server == h.server]
        if not any(b.payload or b.fin for b in between):
            asked.append(_Asked(h, answer))
    return asked


def _outside(case: Case, asked: _Asked) -> Array:
    """Whether the numbers are outside what RFC 5961 §5.2 allows, and the answer acknowledges nothing new."""
    odd, answer = asked
    number = case.column("ack", odd.index)
    nothing_new = case.column("ack", answer.index) == case.column("own_acked", answer.index)
    if odd.acks is Acks.UNSENT:
        # A challenge ACK carries SND.NXT, whatever was captured.
        outside = seq.ahead(number, case.column("seq", answer.index)) > 0
    else:
        outside = seq.ahead(case.column("own_acked", odd.index), number) > _largest_window(case, odd)
    refused: Array = outside & nothing_new
    return refused


def _largest_window(case: Case, odd: Happening) -> Array:
    """The largest window that the sender of an event had offered before, as far as kept; bytes."""
    lives = case.all.lives
    shift = (lives.server_shift if odd.server else lives.client_shift)[case.lives]
    largest = np.zeros(len(case), np.int64)
    for h in case.story.events[: odd.index]:
        if h.server == odd.server and not h.quote and not h.rst and h.acks not in ODD:
            # The window of a SYN is never scaled (RFC 7323 §2.2).
            window = case.column("window", h.index).astype(np.int64)
            largest = np.maximum(largest, window if h.syn or h.foreign else window << shift)
    return largest


def _hit(case: Case, asked: list[_Asked], where: Array) -> Hit:
    odd, answer = asked[0]
    after = [h for h in case.story.events[asked[-1].answer.index + 1 :] if not h.quote]

    def message(view: View) -> str:
        who, other = end(view, server=odd.server), end(view, server=not odd.server)
        number = view.event("ack", odd.index)
        if odd.acks is Acks.UNSENT:
            off = seq.ahead(number, view.event("seq", answer.index))
            by = f"{units.counted(off, 'byte')} more than {other} had sent"
        else:
            off = seq.ahead(view.event("own_acked", odd.index), number)
            by = f"{units.counted(off, 'byte')} less than it had before"
        count = f", the first of {len(asked)}," if len(asked) > 1 else ""
        lead = f"a segment in the name of {who}{count} acknowledged {by}{distance(view, odd.index)}"
        went_on = "the connection went on" if any(h.plain for h in after) else "nothing followed"
        return f"{lead}; {other} dropped it and answered with a challenge ACK, and {went_on}"

    evidence = [Says(odd.index, "acknowledges the impossible"), Says(answer.index, "challenge ACK")]
    for a in asked[1:]:
        evidence += [Says(a.odd.index, "acknowledges the impossible"), Says(a.answer.index, "challenge ACK")]
    # Data where it was expected is acknowledged, unless the segment was dropped.
    dropped = odd.payload and odd.place is Place.NEXT
    return Hit(evidence, message, count=len(asked), where=where, proved=dropped)
