"""RST001: an open connection that a RST ended."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Reset
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import distance, end, unacknowledged, unread


@rule("RST001", "aborted", Severity.ERROR)
def aborted(case: Case) -> Iterator[Hit]:
    """An open connection was ended by a RST, with no FIN before it.

    ## What it checks
    Whether the first thing that ended an open connection was a RST which its receiver had to believe, or
    which its sender stood by. It says who sent it, at which stage, how many bytes had not been acknowledged,
    and how long nothing had been sent.

    ## Why it matters
    A RST throws away what was still on its way, and the application of the other end sees an error:
    connection reset by peer. A FIN would have delivered everything first.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101
    +0.090 < R. 1:1(0) ack 101           # RST001
    ```

    ## Not flagged
    A RST that its receiver must not believe, and after which both ends go on:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    +1.000 > R 51:51(0)                  # RST005
    +0.100 > P. 101:201(100) ack 301
    +0.010 < . 301:301(0) ack 201
    ```
    Nor the answer of an end that no longer knows the connection (RST003), a RST after a FIN (RST002), or a
    RST that another box sent (RST007).

    ## What to do
    Ask the application of the end that sent it. It was killed with data unread, closed a socket with data
    unread, or set SO_LINGER to 0 s; on Linux `nstat -az TcpExtTCPAbortOnClose TcpExtTCPAbortOnData
    TcpExtTCPAbortOnTimeout TcpExtTCPAbortOnMemory` counts these apart. Right after the third segment it
    is a full accept queue with `net.ipv4.tcp_abort_on_overflow=1`, or a proxy that found nobody behind
    it. Where the TTL differs, a firewall or load balancer on the way may have sent it in the end's name.

    ## Limits
    Some applications close like this on purpose, to save the wait in TIME-WAIT. Whether the RST arrived is
    not known to an observer.

    ## Sources
    - RFC 9293 §3.10.5: ABORT sends a RST and drops what is queued
    - RFC 9293 §3.5.3: what the receiver of a RST does
    - RFC 3360 §1: RSTs that firewalls and other boxes on the way send
    """
    closing = case.story.closing
    if closing.outcome is not Closed.RESET or closing.reset is None:
        return
    events = case.story.events
    rst = events[closing.reset]
    effect = case.story.effects[rst.index]
    more = [h.index for h in events if h.rst and h.index > rst.index and h.server == rst.server]
    after = [h for h in events if h.index > rst.index and not h.quote]
    disowned = effect.sender_went_on
    answers = [h.index for h in after if h.rst and h.server != rst.server] if disowned else []
    stage = _stage(case.story, rst)

    def message(view: View) -> str:
        who, other = end(view, server=rst.server), end(view, server=not rst.server)
        idle = f" {view.took(rst.index - 1, rst.index)} after the last segment" if rst.index else ""
        left = ((unacknowledged(view, rst.index), "its own"), (unread(view, rst.index), "its peer's"))
        lost = " and ".join(f"{units.counted(n, 'byte')} of {whose}" for n, whose in left if n)
        rest = f"{stage}{f', with {lost} unacknowledged' if lost else ''}{distance(view, rst.index)}"
        if disowned:
            lead = f"a RST in the name of {who} ended its open connection to {other}{idle}, {rest}"
            return f"{lead}; {who} went on as if it had not sent it"
        return f"{who} reset its open connection to {other}{idle}, {rest}"

    evidence = [Says(rst.index, "RST")]
    if rst.index and not events[rst.index - 1].quote:
        evidence.append(Says(rst.index - 1, "the last segment before it"))
    evidence += [Says(i, "RST again") for i in more]
    if disowned:
        evidence += [Says(h.index, "goes on") for h in after if h.server == rst.server and not h.rst][:1]
        evidence += [Says(i, "RST: the connection is gone") for i in answers]
    yield Hit(
        evidence,
        message,
        count=1 + len(more),
        proved=rst.reset in (Reset.EXACT, Reset.PLAUSIBLE),
    )


def _stage(story: Story, rst: Happening) -> str:
    """How far the connection had come."""
    before = story.events[: rst.index]
    asked = any(h.payload and not h.server and not h.syn for h in before)
    told = any(h.payload and h.server and not h.syn for h in before)
    if asked and told:
        return "after data had flowed both ways"
    if asked:
        return "after the client's data and before any of the server"
    if told:
        return "after the server's data and before any of the client"
    if story.opening.outcome is Opened.UNSEEN:
        return "with no data captured before"
    third = rst.server and story.opening.ack == rst.index - 1
    return "in answer to the third segment" if third and not rst.acks else "before any data"
