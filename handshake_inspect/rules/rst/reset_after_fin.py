"""RST002: a RST after a FIN."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import distance, end, unread


@rule("RST002", "reset-after-fin", Severity.WARNING)
def reset_after_fin(case: Case) -> Iterator[Hit]:
    """A connection that one end had begun to close with FIN was then reset.

    ## What it checks
    Whether a RST follows a FIN. It says whether the end that closed also reset, because data came for a
    socket that was closed already, or whether its peer reset instead of closing. After both FINs were
    acknowledged it is a NOTE: nothing can be lost any more.

    ## Why it matters
    Bytes that were still on their way to the end that reset are lost, and the sender of those bytes gets an
    error although the close had begun in order.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.001 > F. 101:101(0) ack 1
    +0.010 < . 1:1(0) ack 102
    +0.200 < P. 1:301(300) ack 102
    +0.010 > R 1:1(0)                    # RST002
    ```
    A late answer after a complete close, which harms nobody:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > F. 1:1(0) ack 1
    +0.010 < F. 1:1(0) ack 2
    +0.010 > . 2:2(0) ack 2
    +0.500 < R 2:2(0)                    # RST002
    ```

    ## Not flagged
    The two FINs of an orderly close, whoever sends first:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 < F. 1:1(0) ack 1
    +0.010 > . 1:1(0) ack 2
    +0.200 > F. 1:1(0) ack 2
    +0.010 < . 2:2(0) ack 2
    ```
    Nor an end that waited for the other's FIN for long (FIN003).

    ## What to do
    Look at the application of the end that reset. It calls `close()` while the peer still sends: it
    should read to the end first, or `shutdown(SHUT_WR)` and then read. On Linux `nstat -az
    TcpExtTCPAbortOnData TcpExtTCPAbortOnClose` counts such closes.

    ## Limits
    Whether the application had read everything is not on the wire.

    ## Sources
    - RFC 9293 §3.6.1: who closed and no longer reads should reset when data arrives
    - RFC 1122 §4.2.2.13: the same, to show that data was lost
    - RFC 2525 §2.17: what goes wrong without the RST
    """
    events, closing = case.story.events, case.story.closing
    fins = [h for h in events if h.fin]
    opened = case.story.opening.outcome in (Opened.ESTABLISHED, Opened.UNSEEN)
    if not fins or not opened:
        return
    did = case.story.effects
    first = fins[0]
    if closing.outcome is Closed.RESET_AFTER_FIN and closing.reset is not None:
        rst, severity = events[closing.reset], None
    elif closing.outcome is Closed.CLOSED:
        acked = max(closing.client_fin_ack or 0, closing.server_fin_ack or 0)
        late = [h for h in events if h.rst and h.index > acked and (did[h.index].meant or did[h.index].taken)]
        if not late:
            return
        rst, severity = late[0], Severity.NOTE
    else:
        return
    more = [h for h in events if h.rst and h.index > rst.index and h.server == rst.server]
    data = [
        h
        for h in events
        if first.index < h.index < rst.index and h.server != rst.server and (h.payload or h.fin)
    ]
    own_fin = next((h for h in fins if h.server == rst.server and h.index < rst.index), None)
    late_data = own_fin is not None and not rst.acks and data and data[-1].index > own_fin.index
    asked = data[-1] if late_data else None

    def message(view: View) -> str:
        who, other = end(view, server=rst.server), end(view, server=not rst.server)
        far = distance(view, rst.index)
        if severity is Severity.NOTE:
            last = max(closing.client_fin_ack or 0, closing.server_fin_ack or 0)
            since = view.took(last, rst.index)
            why = f", in answer to a late segment of {other}" if asked is not None else ""
            lead = f"{who} sent RST to {other}{why}"
            return f"{lead} {since} after both ends had closed: nothing could be lost{far}"
        since = view.took(first.index, rst.index)
        # The peer's FIN has a sequence number, and is no data.
        lost = unread(view, rst.index, flags=int(any(h.server != rst.server for h in fins)))
        left = f", with {units.counted(lost, 'byte')} of its peer unacknowledged{far}" if lost else far
        if asked is not None and own_fin is not None:
            what = "data" if asked.payload else "a FIN"
            since = view.took(own_fin.index, rst.index)
            return f"{who} had closed, and answered {what} of {other} with RST {since} after its FIN{left}"
        if own_fin is not None:
            return f"{who} closed its connection to {other}, and reset it {since} after the first FIN{left}"
        return f"{who} answered the FIN of {other} with RST instead of closing, {since} after it{left}"

    evidence = [Says(rst.index, "RST")]
    if asked is not None:
        evidence.append(Says(asked.index, "data for a closed socket" if asked.payload else "FIN"))
    evidence += [Says(h.index, _first(h, first)) for h in fins if h is not asked and h.index < rst.index]
    evidence += [Says(h.index, "RST again") for h in more]
    yield Hit(evidence, message, count=1 + len(more), severity=severity)


def _first(fin: Happening, first: Happening) -> str:
    return "the first FIN" if fin is first else "FIN again" if fin.server == first.server else "FIN"
