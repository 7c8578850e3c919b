"""OPT003: a SYN-ACK that scales windows although the SYN had not offered to."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import NAMES, answered, listed, offered, offered_by_none, unoffered
from handshake_inspect.rules.registry import rule


@rule("OPT003", "window-scale-unoffered", Severity.ERROR)
def window_scale_unoffered(case: Case) -> Iterator[Hit]:
    """The SYN-ACK scales windows although the SYN had not offered it.

    ## What it checks
    Whether a SYN-ACK carries the window scale option although none of the SYNs it may answer carries it.
    Other options that were not offered either are named with it.

    ## Why it matters
    Each end now believes something else. The server shifts the windows it sends; the client takes them as
    they are written, thinks the window tiny, and the transfer crawls or stalls. A box that changes options in
    one direction does this.

    ## Example
    ```
    +0.000 > S 0:0(0) <mss 1460>
    +0.010 < S. 0:0(0) ack 1 <mss 1460,nop,wscale 7>  # OPT003
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101 win 502
    ```

    ## Not flagged
    A SYN that was repeated without options, while the answer is one to its first try:
    ```
    +0.000 > S 0:0(0) <mss 1460,nop,wscale 7>
    +1.000 > S 0:0(0) <mss 1460>         # OPT009
    +0.010 < S. 0:0(0) ack 1 <mss 1460,nop,wscale 7>
    +0.010 > . 1:1(0) ack 1
    ```
    Nor SYNs that cross, where neither answers the other.

    ## What to do
    Capture the SYN at both ends and compare its options. What is there at the client and missing here, or
    here and missing at the client, tells on which side the box sits. Until it is found,
    `sysctl net.ipv4.tcp_window_scaling=0` on the server lets such connections work, with small windows.

    ## Limits
    Where the box sits, one capture cannot say. Options that the capture cut off are taken as offered.

    ## Sources
    - RFC 7323 §2.2: in a SYN-ACK only if the SYN had it; scaling is on only if both had it
    """
    if offered_by_none(case, "window_shift"):
        return
    pair = answered(case)
    if pair is None:
        return
    where = unoffered(case, "window_shift", pair)
    if not where.any():
        return
    syn, syn_ack = pair.syns[0], pair.syn_ack

    def message(view: View) -> str:
        said, answer = offered(view, syn), offered(view, syn_ack)
        more = [NAMES[o] for o in ("timestamps", "sack") if answer[o] and not said[o]]
        also = f", nor {listed(more)}" if more else ""
        return (
            f"{view.server} answered with window scale {answer['window_shift']}, which {view.client} had not"
            f" offered{also}: only one end scales its windows; {fate(view.story)}"
        )

    evidence = [Says(syn_ack, "SYN-ACK with window scale")]
    evidence += [Says(i, "SYN without") for i in sorted(pair.syns)]
    yield Hit(evidence, message, where=where)
