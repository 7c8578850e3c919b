"""FIN009: a connection that was not closed when the capture ended."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.shape import Acks
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.option import Option
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


# 2 h 4 min: until then a NAT must remember an idle connection (RFC 5382 §5, REQ-5).
@rule(
    "FIN009",
    "left-open",
    Severity.NOTE,
    Option("idle_seconds", 7440.0, "s", "for how long a connection that neither end closed may be idle"),
)
def left_open(case: Case, *, idle_seconds: float) -> Iterator[Hit]:
    """A connection was open, wholly or on one side, when the capture ended.

    ## What it checks
    Whether one end had closed and the other, which had acknowledged that, had not when the capture
    ended; or whether neither had closed a connection that had been idle for `idle_seconds` (default 7440) or
    more, which is 2 h 4 min.

    ## Why it matters
    A capture that ends early leaves connections open, and nothing is wrong. But an end that leaves its side
    open after the other has closed keeps a socket in CLOSE-WAIT, and one that is idle for so long may have
    been forgotten on the way: the next data will show it (RST003).

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > F. 1:1(0) ack 1             # FIN009
    +0.040 < . 1:1(0) ack 2
    ```
    Idle, while the recording goes on:
    ```
    +0.000     > S 0:0(0)
    +0.010     < S. 0:0(0) ack 1
    +0.010     > . 1:1(0) ack 1          # FIN009
    +8000  [2] > S 0:0(0)
    +0.010 [2] < S. 0:0(0) ack 1
    +0.010 [2] > . 1:1(0) ack 1
    ```

    ## Not flagged
    A connection in which something was sent shortly before the capture ended:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101
    ```
    Nor a wait that another rule tells (FIN002, FIN003, FIN008).

    ## What to do
    For half-closed ones capture for longer: after a while FIN003 says who waits. On the end that did not
    close, `ss -tnp state close-wait` lists the sockets and their processes. For idle ones let an end send
    keep-alives: SO_KEEPALIVE, and `sysctl net.ipv4.tcp_keepalive_time` below the shortest time-out on the
    way.

    ## Limits
    What happened after the capture is not known. Closing segments that the capture lost look the same.

    ## Sources
    - RFC 9293 §3.6: a connection ends when both sides have closed
    - RFC 9293 §3.3.2: CLOSE-WAIT waits for the local user, FIN-WAIT-2 for the remote one
    - RFC 5382 §5, REQ-5: how long a NAT must remember an idle connection
    """
    closing = case.story.closing
    if closing.outcome is Closed.HALF_CLOSED:
        acked = closing.server_fin_ack if closing.by_server else closing.client_fin_ack
        if acked is not None and closing.event is not None and not _lost(case.story, acked):
            yield _half(closing.event, acked, _to_the_end(case), server=bool(closing.by_server))
    elif closing.outcome is Closed.OPEN:
        idle = case.capture_end_ns - case.fact("last_time_ns") >= units.nanoseconds(idle_seconds)
        if np.any(idle):
            yield _open(len(case.story.events) - 1, idle & _to_the_end(case))


def _lost(story: Story, acked: int) -> bool:
    """Whether the end that closed acknowledged more than was captured: perhaps the other FIN."""
    waiting = not story.events[acked].server
    after = story.events[acked + 1 :]
    return any(h.server == waiting and h.plain and h.acks is Acks.UNSENT for h in after)


def _to_the_end(case: Case) -> Array:
    """The connections that nothing followed on the same ports, and whose two ends were captured."""
    alone: Array = (case.neighbour(1) < 0) & ~case.fact("one_sided").astype(bool)
    return alone


def _half(fin: int, acked: int, where: Array, *, server: bool) -> Hit:
    def message(view: View) -> str:
        who, other = end(view, server=server), end(view, server=not server)
        left = units.duration(view.all.end_ns - view.time(fin))
        lead = f"{who} closed; {other} acknowledged that and had not closed"
        return f"{lead} when the capture ended, {left} after the FIN"

    return Hit([Says(fin, "FIN"), Says(acked, "acknowledges it, and does not close")], message, where=where)


def _open(last: int, where: Array) -> Hit:
    def message(view: View) -> str:
        idle = units.duration(view.all.end_ns - view.time(last))
        lead = f"{view.client} and {view.server} had said nothing for {idle} when the capture ended"
        return f"{lead}, and neither had closed"

    return Hit([Says(last, "the last segment")], message, where=where, proved=False)
