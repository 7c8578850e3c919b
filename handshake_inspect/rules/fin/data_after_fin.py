"""FIN005: data beyond the sender's own FIN."""

from collections.abc import Iterator

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Place
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


@rule("FIN005", "data-after-fin", Severity.ERROR)
def data_after_fin(case: Case) -> Iterator[Hit]:
    """An end sent new data after it had said with FIN that it has no more.

    ## What it checks
    Whether an end sent data whose sequence numbers lie beyond its own FIN.

    ## Why it matters
    The receiver ignores such data, or answers with RST: it is lost. No sound stack does this. It comes from a
    broken stack, from a box that forged the FIN or the data, or from another connection on the same pair of
    ports whose SYN was not captured.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.001 > F. 101:101(0) ack 1
    +0.010 < . 1:1(0) ack 102
    +0.200 > P. 102:202(100) ack 1       # FIN005
    +0.010 < F. 1:1(0) ack 102
    +0.010 > . 202:202(0) ack 2
    ```

    ## Not flagged
    Data below the FIN that is sent again:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.001 > F. 101:101(0) ack 1
    +0.200 > P. 1:101(100) ack 1
    +0.010 < F. 1:1(0) ack 102
    +0.010 > . 102:102(0) ack 2
    ```

    ## What to do
    Compare the TTL of the FIN and of the data with the sender's other segments: a difference tells of a box
    on the way. Capture beside the sender. If both are its own, its stack is at fault; look for an offload
    engine or a user-space stack, and for an update of it.

    ## Limits
    Where bytes between the FIN and the data were not captured, it may be another connection on the same pair
    of ports, and the finding is only possible.

    ## Sources
    - RFC 9293 §3.6: CLOSE says that its caller has no more data to send
    - RFC 9293 §3.10.2: in FIN-WAIT-1 and later a SEND is an error
    - RFC 9293 §3.10.7.4, seventh: after the peer's FIN its text is ignored
    """
    if case.story.opening.outcome not in (Opened.ESTABLISHED, Opened.UNSEEN):
        return
    events, closing = case.story.events, case.story.closing
    for fin in (closing.client_fin, closing.server_fin):
        if fin is None:
            continue
        server = events[fin].server
        mine = [h for h in events[fin + 1 :] if h.payload and h.server == server and h.plain]
        beyond = [h.index for h in mine if h.standing == Place.AFTER_FIN]
        if beyond:
            yield _hit(case, fin, beyond, server)


def _hit(case: Case, fin: int, beyond: list[int], server: bool) -> Hit:
    first = beyond[0]
    fin_end = seq.add(case.column("seq", fin), case.column("payload_bytes", fin) + 1)
    gap: Array = seq.ahead(case.column("seq", first), fin_end) > 0

    def message(view: View) -> str:
        who, other = end(view, server=server), end(view, server=not server)
        length = view.event("payload_bytes", first)
        fin_end = seq.add(view.event("seq", fin), view.event("payload_bytes", fin) + 1)
        # What it repeats of before the FIN is not new.
        new = min(length, seq.ahead(seq.add(view.event("seq", first), length), fin_end))
        size = units.counted(new, "byte")
        more = f", and {units.times(len(beyond) - 1)} more" if len(beyond) > 1 else ""
        lead = f"{who} sent {size} of new data to {other} {view.took(fin, first)} after its FIN{more}"
        return f"{lead}: the receiver must ignore it"

    evidence = [Says(first, "data beyond the FIN"), Says(fin, "FIN")]
    evidence += [Says(i, "more data") for i in beyond[1:]]
    return Hit(evidence, message, count=len(beyond), doubtful=gap)
