"""SYN018: a server that sends data into a handshake that is not complete."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Manner
from handshake_inspect.flow.shape import Acks, Place
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import openers
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.units import SECOND

JITTER_NS = 1_000_000
"Two capture points, or two receive queues, may swap segments that are this close."


@rule("SYN018", "server-spoke-early", Severity.WARNING)
def server_spoke_early(case: Case) -> Iterator[Hit]:
    """The server sent data before the client had acknowledged its SYN.

    ## What it checks
    Data of the server behind its SYN-ACK and before the client's acknowledgement of it. That the handshake
    was not complete is shown by a third segment captured more than 1 ms after the data, by another SYN-ACK
    after it, or by a client of which nothing more is ever seen. Data that Fast Open allows is none of it.

    ## Why it matters
    No common stack lets a server send before the third segment. It is a stack in user space, a load balancer
    or an injector that answers for the server, or a reflection attack: who asks with a forged address lets
    such a server send data to a victim.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.002 < P. 1:101(100) ack 1         # SYN018
    +0.010 > . 1:1(0) ack 1
    +0.002 > . 1:1(0) ack 101
    ```
    Nothing ever acknowledged the SYN-ACK:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1             # SYN003
    +0.002 < P. 1:1001(1000) ack 1       # SYN018
    +0.300 < P. 1:1001(1000) ack 1
    +0.700 < S. 0:0(0) ack 1
    +2.000 < S. 0:0(0) ack 1
    ```

    ## Not flagged
    The third segment was not captured, and the first that was acknowledges the data too:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.020 < P. 1:101(100) ack 1
    +0.010 > . 1:1(0) ack 101
    ```
    Fast Open: data in the SYN was accepted, and may be answered at once.
    ```
    +0.000 > S 0:100(100)                <mss 1460,FO 0102030405060708>
    +0.010 < S. 0:0(0) ack 101           <mss 1460>
    +0.001 < P. 1:301(300) ack 101
    +0.010 > . 101:101(0) ack 1
    +0.000 > . 101:101(0) ack 301
    ```

    ## What to do
    Compare TTL and IP identification of the data with those of the SYN-ACK, to see whether one host sent
    both. Capture at the server: when the data is not there, find the box that adds it. If it is there, look
    for what speaks TCP on that host apart from its kernel (`ss -lntp` does not show it).

    ## Limits
    Segments merged from several capture points with different clocks can look like this.

    ## Sources
    - RFC 9293 §3.10.2: in SYN-RECEIVED data is queued until the connection is ESTABLISHED
    - RFC 9293 §3.5: data may come with the handshake, but is not delivered before it is complete
    - RFC 7413 §3: with a valid Fast Open cookie the server may answer before the third segment
    """
    story, opening = case.story, case.story.opening
    if opening.syn_ack is None or opening.syn is None:
        return
    if opening.manner in (Manner.FAST_OPEN, Manner.SPLIT, Manner.SIMULTANEOUS):
        return
    early = _early(story, opening.syn_ack)
    calls = openers(story)
    if not early or any(h.payload and story.events[opening.syn_ack].acks is Acks.DATA for h in calls):
        return
    data = early[0]
    third = next((h for h in story.events[data.index :] if not h.server and h.plain and h.valid), None)
    until = third.index if third else len(story.events)
    again = [h for h in story.events[data.index : until] if h.server and h.syn_ack and h.valid]
    gone = third is None and not any(not h.server and not h.quote for h in story.events[data.index :])
    if third and third.bare_ack and third.acks is Acks.SYN and third.place is Place.NEXT:
        shown = case.time(third.index) - case.time(data.index) > JITTER_NS
    else:
        shown = np.full(len(case), gone)
    if again:
        shown = np.ones(len(case), bool)
    shown = shown & ~_cookie(case, opening.syn) & ~case.fact("one_sided").astype(bool)

    def message(view: View) -> str:
        sent = sum(view.event("payload_bytes", h.index) for h in early if not h.repeats)
        said = f"{view.server} sent {units.counted(sent, 'byte')} to {view.client}"
        said += (
            f" {view.took(opening.syn_ack or 0, data.index)} after its SYN-ACK, which was not acknowledged"
        )
        if third:
            return f"{said} until {view.took(data.index, third.index)} later"
        return f"{said} before the capture ended" if not gone else f"{said} by anything"

    evidence = [Says(data.index, "data, before the handshake was complete")]
    evidence += [Says(h.index, "data again" if h.repeats else "more data") for h in early[1:]]
    evidence += [Says(opening.syn_ack, "SYN-ACK")]
    evidence += [Says(h.index, "SYN-ACK again: the server still waits") for h in again]
    evidence += [Says(third.index, "the third segment")] if third else []
    yield Hit(
        evidence,
        message,
        count=len(early),
        where=shown,
        proved=bool(again),
        doubtful=None if again or third else case.silence(data.index) < SECOND,
    )


def _early(story: Story, syn_ack: int) -> list[Happening]:
    """The server's data between its SYN-ACK and the client's first acknowledgement of that."""
    early = []
    for h in story.events[syn_ack + 1 :]:
        if not h.server and h.plain and h.valid:
            break
        if h.server and h.plain and h.payload and not h.beyond:
            early.append(h)
    return early


def _cookie(case: Case, syn: int) -> Array:
    """Whether the SYN had a Fast Open cookie; then the server may speak even if the SYN had no data."""
    offers = case.all.recording.offers
    cookie: Array = offers.fast_open[np.searchsorted(offers.frame, case.column("frame", syn))] > 0
    return cookie
