"""FIN008: data that went on flowing after one end had closed."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.events import OWN_NEXT
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.option import Option
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


# What was on its way, or in the sender's buffer on a slow path, has mostly arrived after a second.
@rule(
    "FIN008",
    "half-closed-transfer",
    Severity.NOTE,
    Option("seconds", 1.0, "s", "for how long data may flow after the first FIN"),
)
def half_closed_transfer(case: Case, *, seconds: float) -> Iterator[Hit]:
    """One end closed, and the other went on sending new data for long.

    ## What it checks
    Whether the other end still sent new data more than `seconds` (default 1) after the first FIN. It says how
    much that was, and for how long.

    ## Why it matters
    It is legal and useful: one end has asked all its questions and the other still answers. But many boxes on
    the way use a short time-out once they have seen a FIN, so a long transfer in this state may be cut off,
    and an end that did not mean to wait keeps a socket.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.001 > F. 101:101(0) ack 1         # FIN008
    +0.010 < . 1:1(0) ack 102
    +1.500 < P. 1:1001(1000) ack 102
    +0.010 > . 102:102(0) ack 1001
    +0.010 < F. 1001:1001(0) ack 102
    +0.010 > . 102:102(0) ack 1002
    ```

    ## Not flagged
    The rest of an answer that was on its way:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.001 > F. 101:101(0) ack 1
    +0.010 < P. 1:1001(1000) ack 102
    +0.010 > . 102:102(0) ack 1001
    +2.000 < F. 1001:1001(0) ack 102
    +0.010 > . 102:102(0) ack 1002
    ```
    Nor data that the end which closed answered with RST (RST002).

    ## What to do
    Nothing where it is meant. Where such transfers break off, look at the time-outs for half-closed
    connections on the way, on Linux `sysctl net.netfilter.nf_conntrack_tcp_timeout_close_wait
    net.netfilter.nf_conntrack_tcp_timeout_fin_wait`, and of load balancers.

    ## Limits
    Data that only repeats what was sent before does not count. Why the end that closed did so early is not on
    the wire.

    ## Sources
    - RFC 9293 §3.6: who closed goes on receiving until the other end has closed too
    - RFC 9293 §3.6.1, RFC 1122 §4.2.2.13: half-closed connections
    """
    story = case.story
    if story.opening.outcome not in (Opened.ESTABLISHED, Opened.UNSEEN):
        return
    fin = next((h for h in story.events if h.fin), None)
    if fin is None:
        return
    mine = [h for h in story.events if h.index > fin.index and h.server != fin.server and h.plain]
    data = [h.index for h in mine if h.payload and not h.repeats]
    if not data:
        return
    last = _last_new(case, mine)

    def message(view: View) -> str:
        who, other = end(view, server=not fin.server), end(view, server=fin.server)
        first, until = mine[0].index, data[-1]
        sent = view.event("bytes", until) - view.event("bytes", first) + view.event("payload_bytes", first)
        took = view.took(fin.index, until)
        return f"{who} sent {units.counted(sent, 'byte')} more for {took} after {other} had closed"

    evidence = [Says(fin.index, "FIN"), Says(data[0], "data of the other end")]
    evidence += [Says(i, "more data") for i in data[1:]]
    yield Hit(evidence, message, where=last - case.time(fin.index) > units.nanoseconds(seconds))


def _last_new(case: Case, mine: list[Happening]) -> Array:
    """When one of these events was the last to show new data, ns; 0 where none did."""
    last = np.zeros(len(case), np.int64)
    high = case.column("own_next", mine[0].index)
    known = case.column("known", mine[0].index) & OWN_NEXT != 0
    for h in mine:
        before = case.column("own_next", h.index)
        after = seq.add(case.column("seq", h.index), case.column("payload_bytes", h.index))
        # Between two kept segments there may have been more, sent by the time of the second at the latest.
        more = seq.ahead(before, high) > 0
        fresh = (seq.ahead(after, before) > 0) & h.payload
        last = np.where(known & (more | fresh), case.time(h.index), last)
        high = np.where(fresh, after, before)
    return last
