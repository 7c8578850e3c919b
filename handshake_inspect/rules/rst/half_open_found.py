"""RST003: an end that no longer knows the connection."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.disowned import disowned
from handshake_inspect.rules.forgotten import forgotten, silence, tried
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import distance, end


@rule("RST003", "half-open-found", Severity.ERROR)
def half_open_found(case: Case) -> Iterator[Hit]:
    """One end's segment was answered by a RST that says: there is no such connection.

    ## What it checks
    Whether data, a FIN or a keep-alive was answered by a RST without ACK, at exactly the number the segment
    acknowledged, from an end that had neither closed nor reset nor been reset. A socket that is alive aborts
    with RST and ACK; RST alone comes from a host that has no such socket. In a connection older than the
    capture any segment with ACK counts, for a keep-alive cannot be told there. For a FIN it is a WARNING,
    because the connection was about to end.

    ## Why it matters
    One end still believes in the connection, the other has forgotten it: it restarted, its process moved to
    another host, or a firewall, NAT or load balancer between them dropped the idle connection and now answers
    in its name; or it believed a RST that the first end never sent (RST007). The idle time in the message
    tells which: just above a round number of seconds is a time-out.

    ## Example
    ```
    +0.000  > S 0:0(0)
    +0.010  < S. 0:0(0) ack 1
    +0.010  > . 1:1(0) ack 1
    +0.001  > P. 1:101(100) ack 1
    +0.010  < P. 1:301(300) ack 101
    +0.001  > . 101:101(0) ack 301
    +350    > P. 101:201(100) ack 301
    +0.010  < R 301:301(0)               # RST003
    ```

    ## Not flagged
    A live socket that aborts:
    ```
    +0.000  > S 0:0(0)
    +0.010  < S. 0:0(0) ack 1
    +0.010  > . 1:1(0) ack 1
    +0.001  > P. 1:101(100) ack 1
    +0.010  < P. 1:301(300) ack 101
    +0.001  > . 101:101(0) ack 301
    +350    > P. 101:201(100) ack 301
    +0.010  < R. 301:301(0) ack 201      # RST001
    ```
    Nor data for a socket that was closed with FIN (RST002), nor a RST that another box sent (RST007).

    ## What to do
    See whether the answering host or process restarted at that time (`uptime`, `systemctl status`). If
    not, look for a time-out on the way: connection tracking (`sysctl
    net.netfilter.nf_conntrack_tcp_timeout_established`), load balancer or NAT idle limits. Let the idle
    end send keep-alives more often than that (`sysctl net.ipv4.tcp_keepalive_time`, or the application's
    own).

    ## Limits
    A server that gave up the handshake, because the third ACK never reached it or its accept queue was full,
    answers late data the same way; the message says so where the server never showed that it was open. A RST
    of a box on the way looks the same as one of the host, unless something gives it away.

    ## Sources
    - RFC 9293 §3.5.1: half-open connections, and how a RST ends them
    - RFC 9293 §3.5.2, group 1: without a connection the RST has the number of SEG.ACK and no ACK
    - RFC 9293 §3.8.4: keep-alives
    """
    if case.story.opening.outcome not in (Opened.ESTABLISHED, Opened.UNSEEN):
        return
    found = forgotten(case.story)
    if found is None:
        return
    rst, tries = found
    events = case.story.events
    first, last = events[tries[0]], events[tries[-1]]
    what = "data" if last.payload else "FIN" if last.fin else "probe"
    # A server that never proved it left SYN-RECEIVED may never have been open (RFC 9293 §3.10.7.4).
    doubted = rst.server and not any(h.server and h.plain and h.valid for h in events[: rst.index])
    doubted = doubted and case.story.opening.outcome is Opened.ESTABLISHED
    forged = any(h.rst and h.server != rst.server and case.story.effects[h.index].taken for h in events)

    def message(view: View) -> str:
        who, other = end(view, server=not rst.server), end(view, server=rst.server)
        idle = silence(view, first.index)
        lead = f"{who} sent {tried(view, last.index)}"
        lead += f" {idle} after {other} had last been heard" if idle else f" to {other}"
        why = ""
        if forged:
            why = f"; it had taken a RST for one of {who}"
        elif doubted:
            why = "; the server never showed that a third segment came: it may have given up the handshake"
        return f"{lead}; a RST said that there is no such connection{why}{distance(view, rst.index)}"

    evidence = [Says(rst.index, "RST: no such connection")]
    evidence += [Says(i, what if k == 0 else f"{what} again") for k, i in enumerate(tries)]
    yield Hit(
        evidence,
        message,
        # What another box sent is its doing, and RST007 tells it.
        where=(case.column("seq", rst.index) == case.column("ack", last.index)) & ~disowned(case, rst),
        proved=not doubted,
        severity=Severity.WARNING if last.fin and not last.payload else None,
    )
