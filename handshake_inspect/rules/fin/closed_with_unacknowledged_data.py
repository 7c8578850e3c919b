"""FIN014: both ends closed, and data before a FIN was never acknowledged."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.events import OWN_ACKED
from handshake_inspect.flow.shape import Acks
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.fin.last_ack_missing import FIRST_TIMEOUT_NS, SURE_NS
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


@rule("FIN014", "closed-with-unacknowledged-data", Severity.WARNING)
def closed_with_unacknowledged_data(case: Case) -> Iterator[Hit]:
    """Both ends closed while bytes that one had sent before its FIN were never acknowledged.

    ## What it checks
    Whether both ends sent FIN, one of them was not acknowledged and not sent again, and the peer had not
    acknowledged all data before it either, for 1 s or more. It says how many bytes.

    ## Why it matters
    The sender closed in order and believes that everything was delivered; its peer closed without having
    taken it. Whether the application there ever got those bytes is unknown.

    ## Example
    ```
    +0.000     > S 0:0(0)
    +0.010     < S. 0:0(0) ack 1
    +0.010     > . 1:1(0) ack 1
    +0.100     < F. 1:1(0) ack 1
    +0.010     > . 1:1(0) ack 2
    +0.100     > P. 1:101(100) ack 2
    +0.001     > F. 101:101(0) ack 2     # FIN014
    +5.000 [2] > S 0:0(0)
    +0.010 [2] < S. 0:0(0) ack 1
    +0.010 [2] > . 1:1(0) ack 1
    ```

    ## Not flagged
    Only the last acknowledgement is missing, and all data was acknowledged:
    ```
    +0.000     > S 0:0(0)
    +0.010     < S. 0:0(0) ack 1
    +0.010     > . 1:1(0) ack 1
    +0.100     < F. 1:1(0) ack 1
    +0.010     > . 1:1(0) ack 2
    +0.100     > P. 1:101(100) ack 2
    +0.001     > F. 101:101(0) ack 2     # FIN013
    +0.010     < . 2:2(0) ack 101
    +5.000 [2] > S 0:0(0)
    +0.010 [2] < S. 0:0(0) ack 1
    +0.010 [2] > . 1:1(0) ack 1
    ```
    Nor a FIN that is sent again and never answered (FIN002), nor a close by RST (RST002), which say the
    bytes themselves.

    ## What to do
    See in the log of the receiving application whether the last request or message arrived. A protocol in
    which the receiver confirms before either end closes makes this harmless. Where it happens often, capture
    beside the receiver: it shows whether the data or its acknowledgement was lost.

    ## Limits
    A capture that lost the last acknowledgement looks the same. When it ends within 3 s the finding is only
    possible.

    ## Sources
    - RFC 9293 §3.6: everything sent before CLOSE is delivered before the connection is gone
    - RFC 9293 §3.10.8: data that is not acknowledged is sent again
    """
    closing = case.story.closing
    if closing.outcome is not Closed.CLOSING:
        return
    events = case.story.events
    for index, acked in (
        (closing.client_fin, closing.client_fin_ack),
        (closing.server_fin, closing.server_fin_ack),
    ):
        if index is None or acked is not None:
            continue
        server = events[index].server
        tellers = [
            h.index
            for h in events
            if h.server != server and h.ack and not h.rst and h.acks is not Acks.UNSENT
        ]
        if tellers:
            yield _hit(case, index, tellers[-1], server)


def _hit(case: Case, index: int, teller: int, server: bool) -> Hit:
    end_of_data = seq.add(case.column("seq", index), case.column("payload_bytes", index))
    heard = case.column("ack", teller)
    before = case.column("own_acked", teller)
    earlier = (case.column("known", teller) & OWN_ACKED != 0) & (seq.ahead(before, heard) > 0)
    left: Array = seq.ahead(end_of_data, np.where(earlier, before, heard))
    waited = case.silence(index)

    def message(view: View) -> str:
        who, other = end(view, server=server), end(view, server=not server)
        highest = view.event("ack", teller)
        if view.event("known", teller) & OWN_ACKED:
            told = view.event("own_acked", teller)
            highest = told if seq.ahead(told, highest) > 0 else highest
        last = seq.add(view.event("seq", index), view.event("payload_bytes", index))
        lost = units.counted(seq.ahead(last, highest), "byte")
        return f"{who} and {other} both closed, and {other} never acknowledged {lost} before the FIN of {who}"

    return Hit(
        [Says(index, "FIN, never acknowledged"), Says(teller, "the last acknowledgement")],
        message,
        where=(left > 0) & (waited >= FIRST_TIMEOUT_NS) & ~case.fact("one_sided").astype(bool),
        proved=False,
        doubtful=waited < SURE_NS,
    )
