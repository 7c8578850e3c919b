"""FIN013: the last acknowledgement of a close was not seen."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end
from handshake_inspect.units import SECOND

FIRST_TIMEOUT_NS = SECOND
"By then a FIN without an answer is sent again (RFC 6298 §2.1, §2.4)."
SURE_NS = 3 * SECOND
"And by then from older stacks too (RFC 1122 §4.2.3.1)."


@rule("FIN013", "last-ack-missing", Severity.NOTE)
def last_ack_missing(case: Case) -> Iterator[Hit]:
    """Both ends closed, and the acknowledgement of one FIN was never seen, though that FIN was not repeated.

    ## What it checks
    Whether one of two FINs was acknowledged, and the other neither acknowledged nor sent again for 1 s or
    more.

    ## Why it matters
    Little: an end that had really missed the acknowledgement would have sent its FIN again. So either the
    capture lost a segment, or that end gave up its socket without waiting, as some embedded stacks do.

    ## Example
    ```
    +0.000     > S 0:0(0)
    +0.010     < S. 0:0(0) ack 1
    +0.010     > . 1:1(0) ack 1
    +0.100     > F. 1:1(0) ack 1
    +0.010     < F. 1:1(0) ack 2         # FIN013
    +5.000 [2] > S 0:0(0)
    +0.010 [2] < S. 0:0(0) ack 1
    +0.010 [2] > . 1:1(0) ack 1
    ```

    ## Not flagged
    The same at the end of the capture:
    ```
    +0.000     > S 0:0(0)
    +0.010     < S. 0:0(0) ack 1
    +0.010     > . 1:1(0) ack 1
    +0.100     > F. 1:1(0) ack 1
    +0.010     < F. 1:1(0) ack 2
    +0.020 [2] > S 0:0(0)
    +0.010 [2] < S. 0:0(0) ack 1
    +0.010 [2] > . 1:1(0) ack 1
    ```
    Nor a FIN that was sent again (FIN002).

    ## What to do
    Nothing for a single one. For many, see whether the capture loses frames (`tcpdump` says at its end how
    many the kernel dropped), and whether an end keeps sockets: `ss -tno state last-ack`.

    ## Limits
    An end that waits long for its first repetition looks the same until it does: below 3 s the finding is
    only possible.

    ## Sources
    - RFC 9293 §3.6, figure 12: the last segment of a close acknowledges the second FIN
    - RFC 9293 §3.3.2: LAST-ACK waits for it
    - RFC 6298 §2.1, §2.4: when the FIN would come again
    """
    closing = case.story.closing
    if closing.outcome is not Closed.CLOSING:
        return
    ends = ((closing.client_fin, closing.client_fin_ack), (closing.server_fin, closing.server_fin_ack))
    missing = [fin for fin, acked in ends if fin is not None and acked is None]
    if len(missing) != 1:
        return
    fin = case.story.events[missing[0]]
    if any(h.fin and h.server == fin.server and h.index != fin.index for h in case.story.events):
        return
    waited = case.silence(fin.index)

    def message(view: View) -> str:
        who, other = end(view, server=fin.server), end(view, server=not fin.server)
        left = units.duration(view.all.end_ns - view.time(fin.index))
        lead = f"{other} was not seen to acknowledge the FIN of {who}, which did not repeat it"
        return f"{lead} in the {left} that the capture goes on"

    other_fin = [i for i, _ in ends if i is not None and i != fin.index]
    yield Hit(
        [Says(fin.index, "FIN, never acknowledged"), *(Says(i, "the other FIN") for i in other_fin)],
        message,
        where=(waited >= FIRST_TIMEOUT_NS) & ~case.fact("one_sided").astype(bool),
        proved=False,
        doubtful=waited < SURE_NS,
    )
