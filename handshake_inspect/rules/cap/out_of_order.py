"""CAP007: segments captured in another order than they were lived."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.events import OWN_NEXT, PEER_NEXT
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.notices import EXAMPLES
from handshake_inspect.flow.shape import Acks
from handshake_inspect.integers import distinct
from handshake_inspect.rules.case import Case, Whole, WholeHit
from handshake_inspect.rules.registry import rule

LATE_NS = 200_000_000
"What comes later may be a retransmission: Linux waits at least this long (TCP_RTO_MIN)."
AT_ONCE_NS = 3_000_000
"Sooner than a sender can learn of a loss and repair it, on all but the nearest path."
NEAR_IDS = 64
"Identifications of a sender that counts are this close for packets of the same moment."

PLACE = ("frame", "record_byte", "record_bytes", "time_ns")


@rule("CAP007", "out-of-order", Severity.NOTE, whole=True)
def out_of_order(whole: Whole) -> Iterator[WholeHit]:
    """Segments were captured in another order than they were sent or answered.

    ## What it checks
    Whether an acknowledgement stands before the segment it answers, or a segment behind a gap before the one
    that fills it, less than 0.2 s apart. The IP identification tells a late segment from one that was sent
    again; without one it must come within 3 ms.

    ## Why it matters
    What happened is told in the order in which the ends lived it, so no other finding comes from this. But
    the times of such segments are those of the capture: several taps, several queues, or a path that
    reorders.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 201            # CAP007
    +0.001 > P. 101:201(100) ack 1
    +0.010 > F. 201:201(0) ack 1
    +0.010 < F. 1:1(0) ack 202
    +0.010 > . 202:202(0) ack 2
    ```

    ## Not flagged
    A segment that fills a gap because it was sent again.
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > F. 101:101(0) ack 1
    +0.250 > P. 1:101(100) ack 1
    +0.010 < F. 1:1(0) ack 102
    +0.010 > . 102:102(0) ack 2
    ```

    ## What to do
    If the capture was merged from several, put their clocks right first (CAP012). For one with several
    queues `reordercap` sorts by time. If it is the path that reorders, look for links used in parallel.

    ## Limits
    In the middle of a transfer segments are only counted, so only reordering near SYN, FIN and RST, and of
    acknowledgements, is seen. All such connections of a recording are one finding.

    ## Sources
    - RFC 9293 §3.4: an acknowledgement answers what was received before it
    - RFC 4737 §3: what reordering is
    """
    lives: list[Array] = []
    frames = []
    for case in whole.cases:
        marked = np.zeros(len(case), bool)
        for early, late, says, swapped in _swapped(case):
            at = np.flatnonzero(swapped & ~marked)
            marked |= swapped
            for event, text in ((early, says[0]), (late, says[1])):
                first = at[np.argsort(case.column("frame", event.index)[at])][:EXAMPLES]
                columns = [case.column(name, event.index)[first].tolist() for name in PLACE]
                who = "server" if event.server else "client"
                frames += [
                    (frame, offset, length, time_ns, who, text)
                    for frame, offset, length, time_ns in zip(*columns, strict=True)
                ]
        if marked.any():
            lives.append(case.lives[marked])
    if not lives:
        return
    touched = distinct(np.concatenate(lives))
    yield WholeHit(
        f"segments of {units.counted(len(touched), 'connection')} were captured in another order than they"
        " were sent or answered",
        touched,
        sorted({frame[0]: frame for frame in reversed(frames)}.values())[:EXAMPLES],
    )


ANSWER = ("acknowledges what comes after it", "what was acknowledged before")
BEHIND = ("behind a gap", "fills the gap")


def _swapped(case: Case) -> Iterator[tuple[Happening, Happening, tuple[str, str], Array]]:
    """(the early event, the late one, what they show, for which connections) of every pair out of order."""
    events = [h for h in case.story.events if not h.quote and not h.rst]
    for place, early in enumerate(events):
        after = events[place + 1 :]
        theirs = next((h for h in after if h.server != early.server), None)
        if early.acks is Acks.SYN or early.acks is Acks.FIN:
            # It names a SYN or FIN by its number, and none of its peer's stands before it.
            flagged = "syn" if early.acks is Acks.SYN else "fin"
            if not any(getattr(h, flagged) for h in events[:place] if h.server != early.server):
                cause = next((h for h in after if h.server != early.server and getattr(h, flagged)), None)
                if cause:
                    yield early, cause, ANSWER, _within(case, early, cause, LATE_NS)
        elif early.acks is Acks.UNSENT and theirs and not theirs.syn:
            follows = case.column("seq", theirs.index) == case.column("peer_next", early.index)
            known = case.column("known", early.index) & PEER_NEXT != 0
            some = theirs.payload or theirs.fin
            yield early, theirs, ANSWER, _within(case, early, theirs, LATE_NS) & follows & known & some
        if early.plain and early.beyond:
            for late in after:
                if late.server == early.server and (late.payload or late.fin) and not late.syn:
                    yield early, late, BEHIND, _fills(case, early, late)
                    break


def _within(case: Case, early: Happening, late: Happening, limit_ns: int) -> Array:
    within: Array = np.abs(case.time(late.index) - case.time(early.index)) < limit_ns
    return within


def _fills(case: Case, early: Happening, late: Happening) -> Array:
    """Whether the late segment begins where the gap does, and was sent before the early one."""
    begins: Array = (case.column("known", early.index) & OWN_NEXT != 0) & (
        case.column("seq", late.index) == case.column("own_next", early.index)
    )
    ids = [case.column("ip_id", h.index).astype(np.int64) for h in (early, late)]
    before = (ids[0] - ids[1]) % 65536
    counted = (ids[0] != 0) & (ids[1] != 0)
    sent_first = np.where(counted, (before > 0) & (before < NEAR_IDS), _within(case, early, late, AT_ONCE_NS))
    return begins & sent_first & _within(case, early, late, LATE_NS)
