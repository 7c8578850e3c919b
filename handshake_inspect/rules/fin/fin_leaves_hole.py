"""FIN006: a FIN with bytes missing before it."""

from collections.abc import Iterator

from handshake_inspect import seq, units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.events import OWN_NEXT
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


@rule("FIN006", "fin-leaves-hole", Severity.WARNING)
def fin_leaves_hole(case: Case) -> Iterator[Hit]:
    """A FIN came behind bytes that were never seen.

    ## What it checks
    Whether the sequence number of a FIN lies beyond everything its sender was captured to send, nothing came
    later to fill the gap, and the FIN was never acknowledged.

    ## Why it matters
    The receiver keeps such a FIN back until the missing bytes arrive. It does not learn that its peer has
    closed, its application waits for data that will not come, and both ends hold the connection until a
    timer ends it.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101
    +0.100 > F. 601:601(0) ack 1         # FIN006
    +0.010 < . 1:1(0) ack 101
    ```

    ## Not flagged
    A FIN that overtook the data before it:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101
    +0.100 > F. 601:601(0) ack 1
    +0.001 > P. 101:601(500) ack 1
    +0.010 < F. 1:1(0) ack 602
    +0.010 > . 602:602(0) ack 2
    ```
    Nor a FIN that was acknowledged: then the bytes were sent, and only the capture lacks them.

    ## What to do
    Capture beside the sender. Where the bytes are seen there, the path loses them: look for a box that
    drops large segments (path MTU) or that changes sequence numbers in one place and not in another. Where
    they are not, someone else made the FIN: compare its TTL with the sender's other segments.

    ## Limits
    A capture that lost the bytes and ended before they were sent again looks the same. Unless the receiver
    repeated its acknowledgement after the FIN, the finding is only possible.

    ## Sources
    - RFC 9293 §3.10.7.4, first: segments are taken in order; what begins beyond RCV.NXT waits
    - RFC 9293 §3.4: an acknowledgement covers all bytes before its number, and a FIN lies behind its data
    """
    if case.story.opening.outcome not in (Opened.ESTABLISHED, Opened.UNSEEN):
        return
    closing = case.story.closing
    for index, acked in (
        (closing.client_fin, closing.client_fin_ack),
        (closing.server_fin, closing.server_fin_ack),
    ):
        if index is not None and acked is None and case.story.events[index].beyond:
            yield _hit(case, index)


def _hit(case: Case, index: int) -> Hit:
    events = case.story.events
    fin = events[index]
    mine = [h for h in events[index:] if h.server == fin.server and not h.quote]
    # A FIN sent again is no data, and fills nothing.
    idle = case.column("bytes", mine[-1].index) == case.column("bytes", index)
    again = [h.index for h in events[index + 1 :] if h.server != fin.server and h.bare_ack and h.valid]
    known = case.column("known", index) & OWN_NEXT != 0

    def message(view: View) -> str:
        who, other = end(view, server=fin.server), end(view, server=not fin.server)
        missing = seq.ahead(view.event("seq", index), view.event("own_next", index))
        were = "was" if missing == 1 else "were"
        lead = f"{units.counted(missing, 'byte')} before the FIN of {who} to {other} {were} never seen"
        told = f"; {other} still waits for {'it' if missing == 1 else 'them'}" if again else ""
        return f"{lead}, so it cannot take effect{told}"

    evidence = [Says(index, "FIN, behind a gap")]
    evidence += [Says(i, "acknowledges no more than before") for i in again[:1]]
    evidence += [Says(h.index, "FIN again") for h in mine[1:] if h.fin]
    return Hit(
        evidence,
        message,
        where=idle & known & ~case.fact("one_sided").astype(bool),
        doubtful=None if again else known,
    )
