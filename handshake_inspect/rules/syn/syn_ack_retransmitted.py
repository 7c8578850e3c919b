"""SYN004: a SYN-ACK that had to be repeated before the handshake was completed."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Manner, Opened
from handshake_inspect.flow.shape import Syn
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import PROMPT_NS
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.schedule import schedule


@rule("SYN004", "syn-ack-retransmitted", Severity.NOTE)
def syn_ack_retransmitted(case: Case) -> Iterator[Hit]:
    """The server sent its SYN-ACK more than once before it was acknowledged.

    ## What it checks
    Repetitions of the SYN-ACK before the first acknowledgement of it was captured, in a handshake that was
    then completed. The client had not repeated its SYN: it was the server's own timer.

    ## Why it matters
    One segment was lost or late, and the client waited a second or more for it. Once is bad luck; often is a
    path that loses segments.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +1.000 < S. 0:0(0) ack 1             # SYN004
    +0.010 > . 1:1(0) ack 1
    ```

    ## Not flagged
    A SYN-ACK that answers a repeated SYN.
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +1.000 > S 0:0(0)                    # SYN001
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    ```
    Nor one that is repeated after the acknowledgement was captured (SYN005), nor one that nothing ever
    acknowledged (SYN003).

    ## What to do
    Capture at the client: did the first SYN-ACK arrive there? If it did, the client's ACK was lost on its
    way to the server, else the SYN-ACK on its way to the client. Count how often it happens with
    `nstat -az TcpExtTCPSynRetrans TcpRetransSegs` on both.

    ## Limits
    A capture cannot tell a SYN-ACK lost behind it from an ACK lost before it. A client that takes its time on
    purpose looks the same.

    ## Sources
    - RFC 9293 §3.10.8: what is not acknowledged in time is sent again
    - RFC 6298 §2.1, §5.5: the first wait is 1 s, and doubles
    """
    opening = case.story.opening
    copies = unprompted(case.story)
    if opening.outcome is not Opened.ESTABLISHED or not copies or opening.manner is Manner.SPLIT:
        return
    first, ack = opening.syn_ack, opening.ack
    if first is None or ack is None:
        return
    sent = [first, *(h.index for h in copies)]

    again = "again" if len(copies) == 1 else f"again {units.times(len(copies))},"

    def message(view: View) -> str:
        return (
            f"{view.server} sent its SYN-ACK to {view.client} {again} "
            f"{schedule(view, sent).text}; the handshake was complete {view.took(first, ack)} after the first"
        )

    evidence = [Says(h.index, "SYN-ACK again") for h in copies]
    evidence += [Says(first, "SYN-ACK"), Says(ack, "the acknowledgement")]
    # Sooner than any time-out: a copy that the capture made, with nothing in its header to tell.
    timed_out = case.time(copies[0].index) - case.time(first) > PROMPT_NS
    yield Hit(evidence, message, count=len(copies), where=timed_out)


def unprompted(story: Story) -> list[Happening]:
    """The SYN-ACKs that the server repeated by its timer, before the first acknowledgement of one."""
    copies: list[Happening] = []
    prompted = False
    for h in story.events[: story.opening.ack]:
        if h.opener and not h.server:
            prompted = True
        elif h.syn_ack and h.server and h.valid:
            if h.standing == Syn.AGAIN and not prompted and h.index != story.opening.syn_ack:
                copies.append(h)
            prompted = False
    return copies
