"""OPT011: Multipath TCP that became plain TCP."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import answered, has, missing, offered_by_none
from handshake_inspect.rules.registry import rule


@rule("OPT011", "mptcp-fallback", Severity.NOTE)
def mptcp_fallback(case: Case) -> Iterator[Hit]:
    """The client offered Multipath TCP, the answer did not take it up, and the connection is plain TCP.

    ## What it checks
    Whether the SYN that was answered carries a Multipath TCP option and the SYN-ACK does not, in a connection
    that opened.

    ## Why it matters
    The connection works, over one path. Where Multipath TCP is expected, for handover between networks or for
    more throughput, it is not there. The server does not speak it, or a box on the way removed the option.

    ## Example
    ```
    +0.000 > S 0:0(0) <mss 1460,sackOK,TS val 5 ecr 0,nop,wscale 7,mptcp 0181>
    +0.010 < S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 90 ecr 5,nop,wscale 7>  # OPT011
    +0.010 > . 1:1(0) ack 1 <nop,nop,TS val 25 ecr 90>
    ```

    ## Not flagged
    The server takes it up:
    ```
    +0.000 > S 0:0(0) <mss 1460,mptcp 0181>
    +0.010 < S. 0:0(0) ack 1 <mss 1460,mptcp 01810102030405060708>
    +0.010 > . 1:1(0) ack 1
    ```
    Nor a SYN that was answered only without the option (OPT009).

    ## What to do
    On the server see `sysctl net.mptcp.enabled` and whether the service listens with `IPPROTO_MPTCP`
    (`ss -M -ln`). If it does, capture the SYN there: where the option is gone, a box on the way removes it.
    On the client `nstat -az MPTcpExtMPCapableFallbackSYNACK` counts these.

    ## Limits
    Which of the two it was, a capture at the client cannot say. A fallback later in the connection is not
    looked for.

    ## Sources
    - RFC 8684 §3.1: without the option in the SYN-ACK the connection is plain TCP
    """
    if offered_by_none(case, "mptcp"):
        return
    pair = answered(case)
    if pair is None or case.story.opening.outcome is not Opened.ESTABLISHED:
        return
    syn, syn_ack = pair.syns[0], pair.syn_ack
    where = has(case, "mptcp", syn)
    if not where.any():
        return

    def message(view: View) -> str:
        return (
            f"{view.client} offered {view.server} Multipath TCP, and the answer {view.took(syn, syn_ack)}"
            f" later did not take it up: the connection is plain TCP"
        )

    evidence = [Says(syn_ack, "SYN-ACK without Multipath TCP"), Says(syn, "SYN with it")]
    yield Hit(evidence, message, where=where & missing(case, "mptcp", syn_ack))
