"""FIN004: the last acknowledgement had to be sent again."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.shape import Acks
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.fin.fin_retransmitted import SHORTEST_TIMEOUT_NS
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


@rule("FIN004", "last-ack-lost", Severity.NOTE)
def last_ack_lost(case: Case) -> Iterator[Hit]:
    """The last acknowledgement of a close was lost, and TIME-WAIT repaired it.

    ## What it checks
    Whether the end that closed last sent its FIN again after the acknowledgement of it had been captured,
    and the end that closed first acknowledged it once more. That end was in TIME-WAIT, which exists for
    this.

    ## Why it matters
    Nothing is wrong with the ends. Many of these show that a path loses segments, behind the observer as seen
    from the end in TIME-WAIT.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > F. 1:1(0) ack 1
    +0.010 < F. 1:1(0) ack 2
    +0.010 > . 2:2(0) ack 2
    +0.220 < F. 1:1(0) ack 2             # FIN004
    +0.010 > . 2:2(0) ack 2
    ```

    ## Not flagged
    A FIN that is repeated because the first never reached the other end, and is acknowledged once:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > F. 1:1(0) ack 1
    +0.010 < F. 1:1(0) ack 2
    +0.220 < F. 1:1(0) ack 2             # FIN001
    +0.010 > . 2:2(0) ack 2
    ```

    ## What to do
    Nothing for a single one. Do not shorten TIME-WAIT (`net.ipv4.tcp_tw_reuse`, `SO_LINGER`): without it the
    second FIN would have been answered with RST.

    ## Limits
    A FIN that is repeated within 200 ms may have crossed its acknowledgement on the way; then nothing was
    lost, and the finding is only possible.

    ## Sources
    - RFC 9293 §3.3.2: TIME-WAIT waits to be sure that the peer has the last acknowledgement
    - RFC 9293 §3.10.7.4, fifth and eighth: TIME-WAIT acknowledges a FIN that comes again, and restarts
    """
    events, closing = case.story.events, case.story.closing
    if closing.client_fin is None or closing.server_fin is None:
        return
    for server, acked in ((True, closing.server_fin_ack), (False, closing.client_fin_ack)):
        fins = [h.index for h in events if h.fin and h.server == server]
        # It acknowledges the peer's FIN, so it comes from LAST-ACK.
        again = [i for i in fins[1:] if acked is not None and i > acked and events[i].acks is Acks.FIN]
        after = events[again[0] :] if again else ()
        answers = [h.index for h in after if h.server != server and h.bare_ack and h.acks is Acks.FIN]
        if acked is not None and answers:
            yield _hit(case, fins, acked, again, answers)
            return


def _hit(case: Case, fins: list[int], acked: int, again: list[int], answers: list[int]) -> Hit:
    server = case.story.events[again[0]].server
    before = max(i for i in fins if i < again[0])

    def message(view: View) -> str:
        who, other = end(view, server=server), end(view, server=not server)
        late = view.took(before, again[0])
        more = f" and {units.times(len(again) - 1)} more" if len(again) > 1 else ""
        lead = f"the last ACK of {other} did not reach {who}, which sent its FIN again {late} later{more}"
        return f"{lead}; {other} acknowledged it from TIME-WAIT"

    evidence = [
        Says(again[0], "FIN again, though acknowledged"),
        Says(before, "FIN"),
        Says(acked, "the acknowledgement that was lost"),
    ]
    evidence += [Says(i, "FIN again") for i in again[1:]]
    evidence += [Says(i, "acknowledged again") for i in answers]
    crossed = case.time(again[0]) - case.time(before) < SHORTEST_TIMEOUT_NS
    return Hit(evidence, message, count=len(again), doubtful=crossed)
