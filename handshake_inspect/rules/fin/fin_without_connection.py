"""FIN011: a FIN for a connection that was never seen."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


@rule("FIN011", "fin-without-connection", Severity.NOTE)
def fin_without_connection(case: Case) -> Iterator[Hit]:
    """The first and only thing an end sent was a FIN, and the answer was a RST.

    ## What it checks
    Whether a connection consists of a FIN, and copies of it, of one end, and RSTs of the other: nothing in
    the capture opened it, and the answer says that it does not exist.

    ## Why it matters
    Either the connection is older than the capture and one end had forgotten it; or there never was one, and
    somebody probes which ports are open: a closed port answers a FIN with RST, an open one does not.

    ## Example
    ```
    +0.000 > F. 5001:5001(0) ack 9001    # FIN011
    +0.010 < R 9001:9001(0)
    ```

    ## Not flagged
    A close whose opening lies before the capture, and which the other end knows:
    ```
    +0.000 > F. 5001:5001(0) ack 9001    # CAP003
    +0.010 < F. 9001:9001(0) ack 5002
    +0.010 > . 5002:5002(0) ack 9002
    ```

    ## What to do
    Look for more of them from the same address: many ports or hosts are a scan. For a single one, see
    whether the end that answered restarted, or whether a NAT or firewall on the way forgot an idle connection
    (`sysctl net.netfilter.nf_conntrack_tcp_timeout_established`).

    ## Limits
    Which of the two it is, the segments do not tell; that the capture began later is said by CAP003. A FIN
    without ACK, which only scanners send, belongs to the impossible flags and not here.

    ## Sources
    - RFC 9293 §3.10.7.1: without a connection anything but a RST is answered with RST
    - RFC 9293 §3.5.2, group 1: at the number that the segment acknowledged
    """
    events = [h for h in case.story.events if not h.quote]
    if case.story.opening.outcome is not Opened.UNSEEN or not events:
        return
    first = events[0]
    fins = [h.index for h in events if h.fin and h.ack and not h.rst and h.server == first.server]
    rsts = [h.index for h in events if h.rst and h.server != first.server]
    if not fins or not rsts or len(fins) + len(rsts) != len(events):
        return

    def message(view: View) -> str:
        who, other = end(view, server=first.server), end(view, server=not first.server)
        lead = f"{who} sent a FIN to {other} for a connection that was never seen open"
        return f"{lead}; a RST {view.took(fins[0], rsts[0])} later said that there is none"

    evidence = [Says(fins[0], "FIN"), Says(rsts[0], "RST: no such connection")]
    evidence += [Says(i, "FIN again") for i in fins[1:]] + [Says(i, "RST again") for i in rsts[1:]]
    yield Hit(evidence, message, count=len(fins))
