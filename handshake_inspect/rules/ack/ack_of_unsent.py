"""ACK006: an acknowledgement of bytes that were never sent."""

from collections.abc import Iterator, Sequence

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
from handshake_inspect.rules.sender import distance, end


@rule("ACK006", "ack-of-unsent", Severity.WARNING)
def ack_of_unsent(case: Case) -> Iterator[Hit]:
    """One end acknowledged bytes that the other had not sent.

    ## What it checks
    Whether a segment of an open connection acknowledges more than its peer had sent, and the peer afterwards
    goes on below that number without a gap, so that nothing is missing from the capture, and never gets
    there.

    ## Why it matters
    An end that counts right cannot do this. Someone who guesses the numbers did it, or a box that rewrites
    numbers or inserts data on one way only; some attackers acknowledge early to make a sender go faster. The
    peer has to drop the segment, with its data.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    +1.000 > . 101:101(0) ack 5301       # ACK006
    +0.500 < P. 301:401(100) ack 101
    +0.010 > . 101:101(0) ack 401
    ```

    ## Not flagged
    Data that the capture missed: the peer goes on behind a gap, or nothing tells.
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    +1.000 > . 101:101(0) ack 701        # CAP005
    +0.500 < P. 701:801(100) ack 101
    +0.010 > . 101:101(0) ack 801
    ```
    Nor such a segment that was answered by a challenge ACK (ACK003).

    ## What to do
    Compare the TTL of the segment with that of its sender's others, and capture nearer to that sender. Where
    it was sent as seen here, look for a box that changes sequence numbers or inserts data, between its sender
    and this capture.

    ## Limits
    Where the sender does not go on afterwards, lost frames of the capture look the same, and nothing is said.

    ## Sources
    - RFC 9293 §3.10.7.4, fifth: an ACK of something not yet sent is answered by an ACK, and dropped
    - RFC 5961 §5.1, §5.2: why, and the same
    """
    odd = _odd(case.story)
    if not odd:
        return
    marks = [_never_sent(case, h) for h in odd]
    for k, where in first_of(marks):
        if where.any():
            more = [h for h, m in zip(odd[k + 1 :], marks[k + 1 :], strict=True) if m[where].all()]
            yield _hit(case, [odd[k], *more], where)


def _odd(story: Story) -> Sequence[Happening]:
    opening = story.opening
    if opening.outcome not in (Opened.ESTABLISHED, Opened.UNSEEN):
        return ()
    since = -1 if opening.ack is None else opening.ack
    return [h for h in story.events if h.plain and h.acks is Acks.UNSENT and h.index > since]


def _never_sent(case: Case, odd: Happening) -> Array:
    """Whether the peer went on below the number, without a gap, and never reached it."""
    number = case.column("ack", odd.index)
    shown, reached = np.zeros(len(case), bool), np.zeros(len(case), bool)
    for h in case.story.events[odd.index + 1 :]:
        if h.server == odd.server or h.quote or h.rst or h.foreign or h.syn:
            continue
        start = case.column("seq", h.index)
        length = case.column("payload_bytes", h.index) + int(h.fin)
        reached |= seq.ahead(seq.add(start, length), number) >= 0
        reached |= seq.ahead(case.column("own_next", h.index), number) >= 0
        if h.plain and h.place is Place.NEXT:
            shown |= seq.ahead(number, start) > 0
    never: Array = shown & ~reached
    return never


def _hit(case: Case, odd: Sequence[Happening], where: Array) -> Hit:
    first = odd[0]
    later = [h for h in case.story.events if h.index > first.index and h.server != first.server]
    next_ = next(h for h in later if h.plain and h.place is Place.NEXT)

    def message(view: View) -> str:
        who, other = end(view, server=first.server), end(view, server=not first.server)
        off = seq.ahead(view.event("ack", first.index), view.event("peer_next", first.index))
        count = f", the first of {len(odd)}," if len(odd) > 1 else ""
        lead = f"{who} acknowledged{count} {units.counted(off, 'byte')} more than {other} had sent"
        where_next = f"{other} went on below that number {view.took(first.index, next_.index)} later"
        return f"{lead}{distance(view, first.index)}; {where_next}, and never reached it"

    evidence = [Says(first.index, "acknowledges what was never sent")]
    evidence += [Says(h.index, "acknowledges what was never sent") for h in odd[1:]]
    evidence.append(Says(next_.index, "the other end goes on below that number"))
    return Hit(evidence, message, count=len(odd), where=where)
