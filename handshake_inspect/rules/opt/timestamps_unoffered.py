"""OPT005: a SYN-ACK with timestamps although the SYN had none."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import answered, offered, offered_by_none, unoffered
from handshake_inspect.rules.registry import rule


@rule("OPT005", "timestamps-unoffered", Severity.ERROR)
def timestamps_unoffered(case: Case) -> Iterator[Hit]:
    """The SYN-ACK carries timestamps although the SYN had none.

    ## What it checks
    Whether a SYN-ACK carries the timestamps option although none of the SYNs it may answer carries it.

    ## Why it matters
    The server believes that timestamps are agreed on, the client does not. From then on the server may drop
    every segment of the client, because each of them lacks a timestamp. The SYN was changed on its way,
    or something else than the server answered it.

    ## Example
    ```
    +0.000 > S 0:0(0) <mss 1460,nop,nop,sackOK>
    +0.010 < S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 7 ecr 0>  # OPT005
    +0.010 > . 1:1(0) ack 1
    ```

    ## Not flagged
    A server that has no timestamps for a client that offers them:
    ```
    +0.000 > S 0:0(0) <mss 1460,sackOK,TS val 5 ecr 0>
    +0.010 < S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>
    +0.010 > . 1:1(0) ack 1
    ```

    ## What to do
    Capture the SYN at both ends and compare its options. Look for a SYN proxy, a load balancer or a firewall
    that normalises options in one direction only. `sysctl net.ipv4.tcp_timestamps=0` on the server lets such
    connections work meanwhile.

    ## Limits
    Where the options were changed, one capture cannot say. Options that the capture cut off are taken as
    offered. A window scale that was not offered either is the worse of both, and reported alone (OPT003).

    ## Sources
    - RFC 7323 §3.2: in a SYN-ACK only if the SYN had it; a segment without it should be dropped afterwards
    """
    if offered_by_none(case, "timestamps"):
        return
    pair = answered(case)
    if pair is None:
        return
    where = unoffered(case, "timestamps", pair)
    if not where.any():
        return
    syn, syn_ack = pair.syns[0], pair.syn_ack

    def message(view: View) -> str:
        more = offered(view, syn_ack)["sack"] and not offered(view, syn)["sack"]
        also = ", nor SACK permitted" if more else ""
        return (
            f"{view.server} answered with timestamps, which {view.client} had not offered{also}:"
            f" it may drop segments that lack them; {fate(view.story)}"
        )

    evidence = [Says(syn_ack, "SYN-ACK with timestamps")]
    evidence += [Says(i, "SYN without") for i in sorted(pair.syns)]
    yield Hit(evidence, message, where=where)
