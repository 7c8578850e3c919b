"""SYN006: a handshake that was completed by data, its bare third segment missing."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Manner, Opened
from handshake_inspect.flow.shape import Acks, Place
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.syn.syn_ack_retransmitted import unprompted


@rule("SYN006", "third-ack-implied", Severity.NOTE)
def third_ack_implied(case: Case) -> Iterator[Hit]:
    """A later segment of the client completed the handshake, because the bare third one is missing.

    ## What it checks
    The first acknowledgement of the SYN-ACK comes with data or FIN, and something shows that a segment before
    it is missing: the server had to repeat its SYN-ACK, or bytes are missing before it, or the client's
    IP identifications, which count its packets, skip exactly one.

    ## Why it matters
    Every segment after the SYN carries the acknowledgement, so a lost third segment repairs itself with the
    first data. It is harmless where the client speaks first; where the server does, it hangs until the
    SYN-ACK is repeated.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +1.000 < S. 0:0(0) ack 1
    +0.500 > P. 1:101(100) ack 1         # SYN006
    +0.010 < . 1:1(0) ack 101
    ```
    The client numbers its packets, and one of them is missing:
    ```
    +0.000 > S 0:0(0)                    id 700
    +0.010 < S. 0:0(0) ack 1             id 0
    +0.200 > P. 1:101(100) ack 1         id 702   # SYN006
    +0.010 < . 1:1(0) ack 101            id 90
    +0.010 > P. 101:201(100) ack 1       id 703
    ```

    ## Not flagged
    A third segment that itself carries data.
    ```
    +0.000 > S 0:0(0)                    id 700
    +0.010 < S. 0:0(0) ack 1             id 0
    +0.001 > P. 1:101(100) ack 1         id 701
    +0.010 < . 1:1(0) ack 101            id 90
    +0.010 > P. 101:201(100) ack 1       id 702
    ```
    A bare one that the network let the data overtake.
    ```
    +0.000 > S 0:0(0)                    id 700
    +0.010 < S. 0:0(0) ack 1             id 0
    +0.001 > P. 1:101(100) ack 1         id 702
    +0.001 > . 1:1(0) ack 1              id 701
    +0.010 < . 1:1(0) ack 101            id 90
    +0.010 > P. 101:201(100) ack 1       id 703
    ```

    ## What to do
    Nothing, when it is rare. If it is frequent, segments are lost between the client and the capture point,
    or by the capture itself: compare with a capture at the client, and look at the capture's drop counts.

    ## Limits
    Lost on the wire and lost by the capture look alike. A gap in the IP identifications counts only while the
    client's next packet goes on counting by one; hosts that draw them at random, or set 0, show nothing.

    ## Sources
    - RFC 9293 §3.10.7.4, fifth: any segment with an acceptable acknowledgement completes the handshake
    - RFC 9293 §3.10.7.4, eighth: a FIN may be that segment
    - RFC 6864 §4.1, §4.3: only what may be fragmented needs its own identification, so counting is a habit
    """
    story, opening = case.story, case.story.opening
    if opening.outcome is not Opened.ESTABLISHED or opening.manner is not Manner.THREE_WAY:
        return
    if opening.syn is None or opening.syn_ack is None or opening.ack is None:
        return
    third = story.events[opening.ack]
    if not (third.payload or third.fin):
        return
    if any(_overtaken(h) for h in story.events[third.index + 1 :]):
        return
    syn_ack = opening.syn_ack
    copies = unprompted(story)
    what = "data" if third.payload else "FIN"

    def message(view: View) -> str:
        said = f"{what} of {view.client} completed the handshake with {view.server}"
        said += f" {view.took(syn_ack, third.index)} after the SYN-ACK; the bare ACK before it is missing: "
        if copies:
            return said + f"the server repeated its SYN-ACK {units.times(len(copies))} meanwhile"
        if third.place is Place.HOLE:
            missing = seq.ahead(view.event("seq", third.index), view.event("own_next", third.index))
            return said + f"so {'is' if missing == 1 else 'are'} {units.counted(missing, 'byte')} of data"
        return said + "the client's packet numbers skip one"

    evidence = [Says(third.index, f"{what} that acknowledges the SYN-ACK"), Says(syn_ack, "SYN-ACK")]
    evidence += [Says(h.index, "SYN-ACK again") for h in copies]
    if copies:
        yield Hit(evidence, message)
    elif third.place is Place.HOLE:
        yield Hit(evidence, message, proved=False)
    elif third.place is Place.NEXT:
        before = max(h.index for h in story.events[: third.index] if h.opener and not h.server)
        evidence.append(Says(before, "SYN, two packet numbers before"))
        yield Hit(evidence, message, where=_skips_one(case, before, third), proved=False)


def _overtaken(h: Happening) -> bool:
    """The bare third segment, behind what was sent after it."""
    return not h.server and h.bare_ack and h.acks is Acks.SYN and h.place is Place.OLD


def _skips_one(case: Case, before: int, third: Happening) -> Array:
    """Whether the client counts its packets by one, but for one that is missing before the third segment."""
    after = next((h for h in case.story.events[third.index + 1 :] if not h.server and not h.quote), None)
    if after is None:
        return np.zeros(len(case), bool)
    ids = [case.column("ip_id", i).astype(np.int64) for i in (before, third.index, after.index)]
    sent = case.column("segments", after.index) - case.column("segments", third.index)
    numbered = (ids[0] > 0) & (ids[1] > 0) & (ids[2] > 0)
    skips: Array = numbered & ((ids[1] - ids[0]) % 65536 == 2) & ((ids[2] - ids[1]) % 65536 == sent)
    return skips
