"""RST008: a connection that went on after its reset."""

from collections.abc import Iterator, Sequence

from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Reset
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import first_of
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end, following
from handshake_inspect.units import SECOND

FLIGHT_NS = SECOND
"What was sent before the RST came has arrived by then: few paths take as long (RFC 6298 appendix A)."


@rule("RST008", "data-after-reset", Severity.WARNING)
def data_after_reset(case: Case) -> Iterator[Hit]:
    """An end went on as if a RST that it must believe had never come.

    ## What it checks
    Whether an end still sent data 1 s or more after an exact RST of its peer, which had nothing more to
    say; or whether a SYN-ACK came after a RST that had refused the SYN.

    ## Why it matters
    The two ends disagree. An end that goes on after a RST did not get it, most often because a firewall
    drops RSTs, and it keeps its socket until it gives up, minutes later. A server that answers after it
    seems to have refused did not refuse: the client gave up although the service was there.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < R. 1:1(0) ack 101           # RST001
    +1.200 > P. 101:201(100) ack 1       # RST008
    +2.400 > P. 101:201(100) ack 1
    ```
    An answer after a refusal:
    ```
    +0.000 > S 0:0(0)
    +0.001 < R. 0:0(0) ack 1 ttl 99      # RST007
    +0.060 < S. 0:0(0) ack 1             # RST008
    +0.001 > R 1:1(0)
    ```

    ## Not flagged
    Data that was on its way when the RST came:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < R. 1:1(0) ack 101           # RST001
    +0.005 > P. 101:201(100) ack 1
    +0.010 < R 1:1(0)
    ```
    Nor an end that goes on after its own RST, which another box sent then (RST007).

    ## What to do
    Capture beside the end that goes on. Where the RST is not seen there, look for a firewall that drops
    RSTs (`iptables -S`, `nft list ruleset`) or a route that differs for the way back. Where it is seen, that
    host ignores it; on Linux `nstat -az TcpEstabResets` counts those that were obeyed. After a refusal that
    was none, find the box that sent the RST.

    ## Limits
    An observer sees the RST pass, not arrive: before it reached the observer's far side it may have been
    lost like any segment, and a RST is never repeated by itself.

    ## Sources
    - RFC 9293 §3.5.3: the receiver of a valid RST ends the connection
    - RFC 9293 §3.10.7.3, second: in SYN-SENT a RST that acknowledges the SYN ends the attempt
    - RFC 9293 §3.10.7.4, second: what a RST does in each state
    """
    story = case.story
    if story.opening.outcome is Opened.REFUSED and story.opening.answer is not None:
        refusal = story.events[story.opening.answer]
        late = following(story, refusal.index, server=True)
        if late is not None and late.syn_ack and late.valid and not _tried_again(story, refusal, late):
            yield _answered(story, refusal, late)
        return
    if story.opening.outcome not in (Opened.ESTABLISHED, Opened.UNSEEN):
        return
    since = -1 if story.opening.ack is None else story.opening.ack
    rst = next((h for h in story.events if h.index > since and _must_end(story, h)), None)
    if rst is None:
        return
    after = [h for h in story.events if h.index > rst.index and h.server != rst.server]
    data = [h for h in after if h.plain and h.payload]
    late_data: list[Array] = [case.time(h.index) - case.time(rst.index) >= FLIGHT_NS for h in data]
    for position, where in first_of(late_data):
        if where.any():
            yield _went_on(story, rst, data[position:], where)


def _tried_again(story: Story, refusal: Happening, answer: Happening) -> bool:
    return any(h.opener for h in story.events[refusal.index : answer.index])


def _must_end(story: Story, h: Happening) -> bool:
    """An exact RST whose sender stood by it."""
    return h.rst and h.reset in (Reset.EXACT, Reset.PLAUSIBLE) and story.effects[h.index].meant


def _went_on(story: Story, rst: Happening, data: Sequence[Happening], where: Array) -> Hit:
    def message(view: View) -> str:
        who, other = end(view, server=not rst.server), end(view, server=rst.server)
        late = view.took(rst.index, data[0].index)
        lead = f"{who} still sent data {late} after {other} had reset the connection"
        return f"{lead}: the RST did not reach it, or it ignores RSTs"

    evidence = [Says(data[0].index, "data, long after the RST"), Says(rst.index, "RST")]
    evidence += [Says(h.index, "data again" if h.repeats else "more data") for h in data[1:]]
    return Hit(evidence, message, count=len(data), where=where, proved=rst.reset is Reset.EXACT)


def _answered(story: Story, refusal: Happening, late: Happening) -> Hit:
    reply = following(story, late.index, server=False)

    def message(view: View) -> str:
        who, other = end(view, server=True), end(view, server=False)
        gap = view.took(refusal.index, late.index)
        lead = f"{who} sent a SYN-ACK {gap} after a RST had refused the SYN of {other}"
        return f"{lead}, which had given up{' and reset it' if reply is not None and reply.rst else ''}"

    evidence = [Says(late.index, "SYN-ACK, after the refusal"), Says(refusal.index, "RST")]
    if reply is not None and reply.rst:
        evidence.append(Says(reply.index, "RST: the attempt was given up"))
    return Hit(evidence, message)
