"""RST011: TIME-WAIT ended by a RST that an old segment provoked."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.shape import Acks
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


@rule("RST011", "time-wait-assassinated", Severity.WARNING)
def time_wait_assassinated(case: Case) -> Iterator[Hit]:
    """An old segment was acknowledged from TIME-WAIT, and the answer to that was a RST.

    ## What it checks
    Whether, after a complete close, a late segment of the end that closed last was answered with an ACK
    by the end in TIME-WAIT, and that ACK was answered with a RST at the number it acknowledged.

    ## Why it matters
    TIME-WAIT keeps the pair of ports back until old segments have died out. The RST may end it at once. Then
    the pair can be used again while segments of the old connection are still on their way, and a new
    connection may take them for its own.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 < P. 1:301(300) ack 1
    +0.001 > . 1:1(0) ack 301
    +0.100 > F. 1:1(0) ack 301
    +0.010 < F. 301:301(0) ack 2
    +0.010 > . 2:2(0) ack 302
    +0.500 < P. 1:301(300) ack 1
    +0.001 > . 2:2(0) ack 302
    +0.010 < R 302:302(0)                # RST011
    ```

    ## Not flagged
    A FIN that comes again and is acknowledged again, which is what TIME-WAIT is for:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > F. 1:1(0) ack 1
    +0.010 < F. 1:1(0) ack 2
    +0.010 > . 2:2(0) ack 2
    +0.500 < F. 1:1(0) ack 2             # FIN004
    +0.010 > . 2:2(0) ack 2
    ```
    Nor a late segment that is answered with a RST at once (RST002).

    ## What to do
    On the end in TIME-WAIT, let it ignore RSTs: `sysctl -w net.ipv4.tcp_rfc1337=1` on Linux. `nstat -az
    TcpExtTWRecycled` and `ss -tan state time-wait` show how quickly pairs are used again. See also why a
    segment was so late: a path that was repaired, or a box that sends copies.

    ## Limits
    Whether the RST arrived, and whether that end obeyed it, is not on the wire.

    ## Sources
    - RFC 1337 §1, figure 1: how TIME-WAIT is assassinated
    - RFC 1337 §2: what may go wrong when the pair is used again
    - RFC 1337 §3: the simplest fix is to ignore RST in TIME-WAIT
    - RFC 9293 §3.10.7.4, first: TIME-WAIT acknowledges what it cannot accept
    """
    found = _found(case.story)
    if found is None:
        return
    old, answer, rst = found

    def message(view: View) -> str:
        who, other = end(view, server=rst.server), end(view, server=not rst.server)
        closing = view.story.closing
        closed = max(closing.client_fin_ack or 0, closing.server_fin_ack or 0)
        late = view.took(closed, old.index)
        lead = f"an old segment of {who} came {late} after both ends had closed; {other} acknowledged it"
        return f"{lead} from TIME-WAIT, and the RST in answer may have ended that wait"

    evidence = [
        Says(rst.index, "RST, which may end TIME-WAIT"),
        Says(old.index, "an old segment"),
        Says(answer.index, "acknowledged from TIME-WAIT"),
    ]
    yield Hit(evidence, message, where=case.column("seq", rst.index) == case.column("ack", answer.index))


def _found(story: Story) -> tuple[Happening, Happening, Happening] | None:
    """The old segment, its acknowledgement, and the RST."""
    closing = story.closing
    if closing.outcome is not Closed.CLOSED:
        return None
    closed = max(closing.client_fin_ack or 0, closing.server_fin_ack or 0)
    late = [h for h in story.events if h.index > closed and not h.quote]
    for k, rst in enumerate(late):
        if not rst.rst or rst.ack:
            continue
        # Who still answers with ACK has not forgotten: it is the other end, in TIME-WAIT.
        answer = next((h for h in late[:k] if h.server != rst.server and h.bare_ack), None)
        if answer is None or answer.acks is not Acks.FIN:
            return None
        old = next((h for h in late[:k] if h.index < answer.index and h.server == rst.server), None)
        return (old, answer, rst) if old is not None and old.plain else None
    return None
