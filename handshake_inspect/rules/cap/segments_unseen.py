"""CAP005: segments that were received but not captured."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.events import OWN_ACKED, OWN_NEXT
from handshake_inspect.flow.notices import EXAMPLES
from handshake_inspect.flow.shape import Acks, Syn
from handshake_inspect.integers import distinct
from handshake_inspect.rules.case import Case, Whole, WholeHit
from handshake_inspect.rules.registry import rule


@rule("CAP005", "segments-unseen", Severity.WARNING, whole=True)
def segments_unseen(whole: Whole) -> Iterator[WholeHit]:
    """Segments were received by their peer but are not in the capture.

    ## What it checks
    Whether an end acknowledged more bytes than the capture shows of its peer, and the peer went on behind
    them: then both know of bytes that the capture does not. A FIN counts as one.

    ## Why it matters
    The capture lost frames; the network did not. What seems to be missing may have been sent, and what else
    is found on these connections is only possible.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 301            # CAP005
    +0.010 > F. 301:301(0) ack 1
    +0.010 < F. 1:1(0) ack 302
    +0.010 > . 302:302(0) ack 2
    ```

    ## Not flagged
    A segment that was lost on the way to the capture, and sent again.
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 101:201(100) ack 1
    +0.220 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 201
    +0.010 > F. 201:201(0) ack 1
    +0.010 < F. 1:1(0) ack 202
    +0.010 > . 202:202(0) ack 2
    ```

    ## What to do
    See whether the capturing system counted drops (CAP004; `tcpdump` prints them at its end) and give it more
    room. Behind a mirror port, compare its bit rate with that of what it mirrors: a port of 1 Gbit/s cannot
    carry both directions of another.

    ## Limits
    Only connections whose opening was captured with one initial sequence number. Bytes that were sent twice
    make up for as many that are missing. Segments in IP fragments other than the first are not seen either
    (CAP014). All such connections of a recording are one finding.

    ## Sources
    - RFC 9293 §3.4: an acknowledgement covers all bytes before its number
    """
    lives: list[Array] = []
    missing = 0
    frames = []
    for case in whole.cases:
        for server in (False, True):
            unseen = _unseen(case, server)
            if unseen is None or not (unseen > 0).any():
                continue
            at = np.flatnonzero(unseen > 0)
            lives.append(case.lives[at])
            missing += int(unseen[at].sum())
            event = _shows(case, server)
            first = at[np.argsort(case.column("frame", event)[at])][:EXAMPLES]
            sender = "server" if case.story.events[event].server else "client"
            columns = [case.column(name, event)[first].tolist() for name in PLACE]
            says = "acknowledges what was not captured" if (sender == "server") != server else "behind a gap"
            frames += [
                (frame, offset, length, time_ns, sender, says)
                for frame, offset, length, time_ns in zip(*columns, strict=True)
            ]
    if not lives:
        return
    touched = distinct(np.concatenate(lives))
    yield WholeHit(
        f"{units.counted(missing, 'byte')} of {units.counted(len(touched), 'connection')}"
        f" {'was' if missing == 1 else 'were'} acknowledged but never captured: the capture lost frames",
        touched,
        sorted({frame[0]: frame for frame in reversed(frames)}.values())[:EXAMPLES],
        weakens=True,
    )


PLACE = ("frame", "record_byte", "record_bytes", "time_ns")


def _unseen(case: Case, server: bool) -> Array | None:
    """Of what one end sent, how much its peer acknowledged and the capture lacks, bytes; None if unknown."""
    events = [h for h in case.story.events if not h.quote and not h.rst]
    mine = [h for h in events if h.server == server]
    answers = [h for h in events if h.server != server and h.ack]
    if not answers or len(mine) < 2 or not mine[0].syn:
        return None
    # A challenge shows that the number was not believed; another ISN makes another space of numbers.
    if any((h.syn or h.foreign) and h.standing not in (Syn.FIRST, Syn.AGAIN) for h in mine):
        return None
    start = case.column("seq", mine[0].index)
    sent = _reached(case, mine[-1].index, start, "own_next", OWN_NEXT, "seq")
    sent = np.maximum(
        sent, seq.ahead(case.column("seq", mine[-1].index), start) + _length(case, mine[-1].index)
    )
    # What the peer had acknowledged before its first segment of this life belongs to the life before.
    known = OWN_ACKED if any(h.server != server for h in events[: events.index(answers[-1])]) else 0
    acked = _reached(case, answers[-1].index, start, "own_acked", known, "ack")
    # Running totals count what was kept and what was not.
    own = [h for h in case.story.events if not h.quote and h.server == server]
    before, after = (case.column("bytes", h.index) for h in (own[0], own[-1]))
    payload = after - before + case.column("payload_bytes", own[0].index)
    unseen: Array = np.minimum(sent, acked) - (1 + payload + any(h.fin for h in own))
    return unseen


def _reached(case: Case, event: int, start: Array, running: str, known: int, own: str) -> Array:
    """How far beyond `start` an end has come with this event, by a running number and by its own."""
    before = np.where(
        case.column("known", event) & known != 0, seq.ahead(case.column(running, event), start), 0
    )
    return np.maximum(before, seq.ahead(case.column(own, event), start)).astype(np.int64)


def _length(case: Case, event: int) -> Array:
    happened = case.story.events[event]
    return case.column("payload_bytes", event).astype(np.int64) + int(happened.syn) + int(happened.fin)


def _shows(case: Case, server: bool) -> int:
    """The event that shows it best: an acknowledgement of what is missing, else a segment behind the gap."""
    events = case.story.events
    for h in events:
        if h.server != server and h.acks is Acks.UNSENT and not h.rst and not h.quote:
            return h.index
    for h in events:
        if h.server == server and h.beyond:
            return h.index
    return max(h.index for h in events if h.server != server and h.ack and not h.quote and not h.rst)
