"""RST013: a RST that answers nothing captured."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end
from handshake_inspect.units import SECOND

ANSWER_NS = 3 * SECOND
"What a RST answers was sent less than this before: the longest first wait of a stack (RFC 1122 §4.2.3.1)."


@rule("RST013", "reset-unsolicited", Severity.NOTE)
def reset_unsolicited(case: Case) -> Iterator[Hit]:
    """A RST came for a connection of which nothing else was captured.

    ## What it checks
    A connection that consists of RSTs of one end alone, which look like answers: without ACK, or with ACK and
    sequence number 0. What they answer was not captured.

    ## Why it matters
    An end resets what it does not know. Either the other direction was not captured, or someone else sent
    segments in the name of the receiver: backscatter of an attack with spoofed addresses looks like this.

    ## Example
    ```
    [2] server 198.51.100.1:80 isn 0
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +5.000 [2] < R. 0:0(0) ack 1         # RST013
    ```

    ## Not flagged
    The abort of a connection that began before the capture did:
    ```
    [2] server 198.51.100.1:80 isn 0
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +5.000 [2] < R. 70001:70001(0) ack 1
    ```

    ## What to do
    Look at how many hosts send such RSTs to one address. Many, and none was called: backscatter, somebody
    uses that address as a false sender; there is nothing to repair. One: capture near its receiver, and see
    whether it sends what is reset there, by another route.

    ## Limits
    A sequence number of 0 with ACK is what a closed port answers a SYN with; a RST without ACK may also be
    sent by a box on the way. Where no connection of the recording shows both ends, or in the first 3 s of
    it, what the RST answers may simply not have been captured, and the finding is only possible.

    ## Sources
    - RFC 9293 §3.5.2, group 1: a RST answers what arrives for no connection
    - RFC 9293 §3.10.7.1: its numbers: 0 with ACK where the segment had no ACK, else the number acknowledged
    """
    events = case.story.events
    if case.story.opening.outcome is not Opened.UNSOLICITED or not all(h.rst for h in events):
        return
    first = events[0]
    if any(h.server != first.server for h in events):
        return
    answers: Array = np.full(len(case), not first.ack)
    if first.ack:
        answers |= case.column("seq", 0) == 0
    if not answers.any():
        return
    began = int(case.all.facts.first_time_ns.min())
    early = case.time(0) - began < ANSWER_NS

    def message(view: View) -> str:
        who, other = end(view, server=first.server), end(view, server=not first.server)
        what = "as if to refuse a SYN" if first.ack else "as if for a segment of an unknown connection"
        count = units.counted(len(events), "RST")
        return f"{who} sent {other} {count}, {what}; nothing of {other} was captured"

    evidence = [Says(h.index, "RST") for h in events]
    yield Hit(
        evidence,
        message,
        count=len(events),
        where=answers,
        proved=False,
        doubtful=early | (not case.two_sided),
    )
