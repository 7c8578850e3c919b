"""FIN001: a FIN that was repeated and then acknowledged."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.schedule import schedule
from handshake_inspect.rules.sender import end
from handshake_inspect.units import SECOND

SHORTEST_TIMEOUT_NS = SECOND // 5
"Linux waits no less before it retransmits; RFC 6298 §2.4 asks for 1 s. What comes sooner is a probe."


@rule("FIN001", "fin-retransmitted", Severity.NOTE)
def fin_retransmitted(case: Case) -> Iterator[Hit]:
    """An end sent its FIN again before it was acknowledged, and closed.

    ## What it checks
    Whether the same FIN was sent more than once and acknowledged in the end. It says how often, at which
    gaps, and whether an acknowledgement had been captured before the repetition: then that was lost, or late,
    behind the observer.

    ## Why it matters
    A segment was lost at the end of the connection. Alone it only delays the close; many of them show a lossy
    path, or a peer that is too busy to acknowledge.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > F. 1:1(0) ack 1
    +0.220 > F. 1:1(0) ack 1             # FIN001
    +0.010 < F. 1:1(0) ack 2
    +0.010 > . 2:2(0) ack 2
    ```

    ## Not flagged
    A FIN of each end, and acknowledgements that come late:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > F. 1:1(0) ack 1
    +0.040 < . 1:1(0) ack 2
    +0.300 < F. 1:1(0) ack 2
    +0.040 > . 2:2(0) ack 2
    ```
    Nor a FIN whose repetition another rule explains (FIN002, FIN003, FIN004).

    ## What to do
    Nothing, for a single one. For many, compare `nstat -az TcpRetransSegs TcpExtTCPLossProbes` on the end
    that repeats, and capture at the other end too: it shows whether the FIN or its acknowledgement was
    lost.

    ## Limits
    A FIN that is repeated sooner than 200 ms is most likely a tail-loss probe, sent because the
    acknowledgement was delayed; nothing need be lost then. The message says so.

    ## Sources
    - RFC 9293 §3.6: a FIN is retransmitted until it is acknowledged
    - RFC 9293 §3.8.1, RFC 6298 §5: when
    - RFC 8985 §7: tail-loss probes
    """
    closing = case.story.closing
    for server, acked in ((False, closing.client_fin_ack), (True, closing.server_fin_ack)):
        # Without ACK it is dropped (RFC 9293 §3.10.7.4, fifth), and impossible (SYN021).
        fins = [h.index for h in case.story.events if h.fin and h.ack and h.server == server]
        if len(fins) < 2 or acked is None:
            continue
        yield _hit(fins, acked, server)


def _hit(fins: list[int], acked: int, server: bool) -> Hit:
    heard = acked < fins[-1]

    def message(view: View) -> str:
        who = end(view, server=server)
        times = f"{who} sent its FIN {units.times(len(fins))}"
        if len(fins) == 2:
            times += f", {view.took(fins[0], fins[1])} apart"
        else:
            times += f", {schedule(view, fins).text}"
        if heard:
            return (
                f"{times}, though it had been acknowledged: that ACK was lost, or late, behind the observer"
            )
        if view.gap(fins[0], fins[1]) < SHORTEST_TIMEOUT_NS and len(fins) == 2:
            return f"{times}, sooner than a time-out: a tail-loss probe, because the ACK was delayed"
        return f"{times}; it was acknowledged {view.took(fins[0], acked)} after the first"

    evidence = [Says(fins[1], "FIN again"), Says(fins[0], "FIN")]
    evidence += [Says(i, "FIN again") for i in fins[2:]]
    evidence.append(Says(acked, "acknowledges it"))
    return Hit(evidence, message, count=len(fins) - 1)
