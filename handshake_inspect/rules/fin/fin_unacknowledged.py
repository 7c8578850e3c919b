"""FIN002: a FIN that was never acknowledged."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.fin.fin_retransmitted import SHORTEST_TIMEOUT_NS
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.schedule import next_wait, schedule
from handshake_inspect.rules.sender import end, unacknowledged
from handshake_inspect.units import SECOND

LONG_NS = 10 * SECOND
"A FIN that is not even repeated: an answer, or a repetition, should have come long before."


@rule("FIN002", "fin-unacknowledged", Severity.ERROR)
def fin_unacknowledged(case: Case) -> Iterator[Hit]:
    """An end closed with FIN, and its peer never acknowledged that.

    ## What it checks
    Whether a FIN that was repeated, or was followed by 10 s of silence or more, was never acknowledged,
    and no RST came. It says how often it was sent, by which schedule, and how many bytes before it were
    not acknowledged either. When the other end had closed before, only the last step is missing: a
    WARNING.

    ## Why it matters
    The peer, or the path to it, is gone. The end that closed keeps its socket in FIN-WAIT-1 or LAST-ACK
    until it gives up, and cannot know whether its last data was received.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > F. 1:1(0) ack 1             # FIN002
    +0.220 > F. 1:1(0) ack 1
    +0.440 > F. 1:1(0) ack 1
    +0.880 > F. 1:1(0) ack 1
    ```

    ## Not flagged
    A FIN whose acknowledgement came late:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > F. 1:1(0) ack 1
    +0.220 > F. 1:1(0) ack 1             # FIN001
    +0.440 > F. 1:1(0) ack 1
    +0.100 < . 1:1(0) ack 2
    +0.010 < F. 1:1(0) ack 2
    +0.010 > . 2:2(0) ack 2
    ```
    Nor a capture that shows only one direction (CAP002), nor a FIN at the very end of a capture.

    ## What to do
    Look for such sockets on the end that closed: `ss -tno state fin-wait-1` or `state last-ack`. See
    whether the peer still answers anything (`ping`, a new connection). When it does, capture beside it: a
    firewall that forgot the connection drops the FIN in silence. On Linux `net.ipv4.tcp_orphan_retries`
    says how often it is repeated.

    ## Limits
    When the capture ends before the next repetition was due, the finding is only possible. A capture that
    lost the acknowledgement looks the same, unless the sender repeats its FIN.

    ## Sources
    - RFC 9293 §3.6: a FIN is retransmitted until it is acknowledged
    - RFC 9293 §3.3.2: FIN-WAIT-1 and LAST-ACK wait for that acknowledgement
    - RFC 6298 §5.5: the wait doubles
    """
    closing = case.story.closing
    if closing.outcome not in (Closed.HALF_CLOSED, Closed.CLOSING):
        return
    ends = (
        (closing.client_fin, closing.client_fin_ack, False),
        (closing.server_fin, closing.server_fin_ack, True),
    )
    missing = sorted((fin, server) for fin, acked, server in ends if fin is not None and acked is None)
    if not missing:
        return
    server = missing[0][1]
    fins = [h.index for h in case.story.events if h.fin and h.server == server]
    both = closing.outcome is Closed.CLOSING
    waited: Array = case.silence(fins[0])
    repeated = len(fins) > 1
    last_step = both and len(missing) == 1

    def message(view: View) -> str:
        who, other = end(view, server=server), end(view, server=not server)
        sent = f"{who} sent its FIN to {other} {units.times(len(fins))}"
        if repeated:
            sent += f" over {view.took(fins[0], fins[-1])}, {schedule(view, fins).text}"
        after = view.all.end_ns - view.time(fins[-1])
        lost = unacknowledged(view, fins[-1], flags=int(repeated))
        data = f", nor were {units.counted(lost, 'byte')} before it" if lost else ""
        due = repeated and after < schedule(view, fins).next_ns
        left = units.duration(after)
        tail = (
            "and the capture ends before the next was due"
            if due
            else f"in the {left} that the capture goes on"
        )
        closed = f"; {other} had closed before, so no data is at stake" if last_step and not lost else ""
        return f"{sent}; it was never acknowledged{data}, {tail}{closed}"

    evidence = [Says(fins[0], "FIN, never acknowledged")]
    evidence += [Says(i, f"FIN again, try {k}") for k, i in enumerate(fins[1:], 2)]
    where = waited > (SHORTEST_TIMEOUT_NS if repeated else LONG_NS)
    yield Hit(
        evidence,
        message,
        count=len(fins),
        # A last FIN that is not even repeated was acknowledged, unseen by the observer.
        where=where & ~case.fact("one_sided").astype(bool) & (repeated or not last_step),
        proved=repeated,
        doubtful=case.silence(fins[-1]) < next_wait([case.time(i) for i in fins]),
        severity=Severity.WARNING if last_step else None,
    )
