"""SYN001: a SYN that had to be repeated before it was answered."""

from collections.abc import Callable, Iterator
from typing import Any

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Syn
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import PROMPT_NS, fate, first_of, openers
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.schedule import schedule

ANSWERED = (Opened.ESTABLISHED, Opened.HALF_OPEN, Opened.RESET, Opened.INVALID)
"Where nothing, a RST, an ICMP error or only a SYN came, other rules count the tries."


@rule("SYN001", "syn-retransmitted", Severity.WARNING)
def syn_retransmitted(case: Case) -> Iterator[Hit]:
    """The client sent its SYN more than once before it was answered.

    ## What it checks
    SYNs with the initial sequence number of the one before, from the first try until the connection opened.
    It says how they were spaced, which schedule that is, and how much later the connection opened for it.
    When the server repeated its SYN-ACK for the same reason, those frames are evidence here.

    ## Why it matters
    Each lost SYN or SYN-ACK costs a whole time-out, a second or more, because no round trip has been measured
    yet. Users see it as a page that hangs for 1 s or 3 s and then loads at once.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +1.000 > S 0:0(0)                    # SYN001
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    ```
    The SYN-ACK was captured, but did not reach the client:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +1.000 > S 0:0(0)                    # SYN001
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    ```

    ## Not flagged
    A SYN that Linux sends again right after it reset a wrong answer is no time-out; the answer is the cause.
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 7777          # SYN009
    +0.001 > R 7777:7777(0)
    +0.012 > S 0:0(0)
    +0.010 < S. 9000:9000(0) ack 1
    +0.010 > . 1:1(0) ack 9001
    ```
    Nor copies of one frame that the capture made, nor a SYN with another number (SYN012).

    ## What to do
    See which one was lost. No SYN-ACK between the tries: the SYN got lost, or the server dropped it. On the
    server look at `nstat -az TcpExtListenDrops TcpExtTCPReqQFullDrop` and at `ss -lnt` (Recv-Q against
    Send-Q). A SYN-ACK between the tries: it got lost on its way back. Then look
    at the path with a capture at each end. If only the first SYN is lost and it asks for ECN or Fast Open, a
    box on the way may drop it: compare the options of the tries.

    ## Limits
    A round trip longer than the first wait gives the same picture with nothing lost. Seen from near the
    client, a lost SYN and a lost SYN-ACK look alike. That the attempt was answered in the end is a condition:
    an attempt that never was is SYN002, one that was refused SYN007 or SYN008.

    ## Sources
    - RFC 9293 §3.10.8: what is not acknowledged in time is sent again
    - RFC 6298 §2.1: the first wait is 1 s
    - RFC 6298 §5.5: the wait doubles each time
    - RFC 6298 §5.7: what a lost SYN does to the timer later
    """
    story = case.story
    crossed = story.opening.outcome is Opened.HALF_OPEN and story.opening.syn_ack is None
    if story.opening.outcome not in ANSWERED or crossed:
        return
    tries = _tries(case)
    repeats = tries[1:]
    if not repeats:
        return
    answers = [h for h in story.events if h.syn_ack and h.server and h.valid]

    def message(view: View) -> str:
        pairs = zip(tries, repeats, strict=False)
        timed = [h.index for before, h in pairs if _pause(view.time, story, before, h) > PROMPT_NS]
        indices = [tries[0].index, *timed]
        again = "again" if len(timed) == 1 else f"again {units.times(len(timed))},"
        said = f"{view.client} sent its SYN to {view.server} {again} {schedule(view, indices).text}"
        heard = next((h for h in answers if h.index < indices[-1]), None)
        if heard:
            said += f"; a SYN-ACK was captured {view.took(indices[0], heard.index)} after the first SYN"
        late = view.took(indices[0], indices[-1])
        opened = story.opening.outcome is Opened.ESTABLISHED
        return f"{said}; {fate(story)}" + (f" {late} late" if opened else "")

    timed_out = [
        _pause(case.time, story, before, h) > PROMPT_NS for before, h in zip(tries, repeats, strict=False)
    ]
    for k, where in first_of(timed_out):
        others = [h for h in tries if h is not repeats[k]]
        evidence = [Says(repeats[k].index, "SYN again")]
        evidence += [Says(h.index, "SYN" if h is tries[0] else "SYN again") for h in others]
        evidence += [Says(h.index, "SYN-ACK again" if i else "SYN-ACK") for i, h in enumerate(answers)]
        yield Hit(evidence, message, count=len(repeats), where=where)


def _tries(case: Case) -> list[Happening]:
    """The SYNs of the attempt that was answered."""
    story = case.story
    heard = next((h.index for h in story.events if h.syn_ack and h.server and h.valid), len(story.events))
    # A client that never completes repeats its SYN for the reason of SYN003, once the SYN-ACK was sent.
    half_open = story.opening.outcome is Opened.HALF_OPEN
    tries: list[Happening] = []
    for h in openers(story):
        if h.foreign or (half_open and h.index > heard):
            continue
        if h.standing != Syn.AGAIN and (len(tries) < 2 or h.index < heard):
            tries = [h]
        elif h.standing == Syn.AGAIN:
            tries.append(h)
    return tries


def _pause(time: Callable[[int], Any], story: Story, before: Happening, again: Happening) -> Any:
    """How long the client had been left alone when it sent its SYN again, ns.

    What it has just reset makes Linux repeat its SYN at once; only a longer silence is a time-out. A copy of
    the SYN that comes sooner than any time-out was made by the capture or on the way.
    """
    between = story.events[before.index : again.index]
    since = [h.index for h in between if h is before or h.rst or (h.server and not h.valid and not h.quote)]
    return time(again.index) - time(since[-1])
