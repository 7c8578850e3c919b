"""OPT012: Fast Open that became an ordinary handshake."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Acks
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import answered, has, missing, offered_by_none
from handshake_inspect.rules.registry import rule


@rule("OPT012", "fast-open-fallback", Severity.NOTE)
def fast_open_fallback(case: Case) -> Iterator[Hit]:
    """The client asked for Fast Open, and the server did not grant it.

    ## What it checks
    Whether a SYN that asks for a cookie is answered without one, in a connection that opened. Data in the SYN
    is looked at by SYN019, which then speaks alone.

    ## Why it matters
    The connection works, but each one costs the round trip that Fast Open was to save. The server has it
    switched off, or a box on the way removes the option.

    ## Example
    ```
    +0.000 > S 0:0(0) <mss 1460,sackOK,FO>
    +0.010 < S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>  # OPT012
    +0.010 > . 1:1(0) ack 1
    ```

    ## Not flagged
    The server gives a cookie for the next time:
    ```
    +0.000 > S 0:0(0) <mss 1460,sackOK,FO>
    +0.010 < S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK,FO 0123456789abcdef>
    +0.010 > . 1:1(0) ack 1
    ```
    Nor a server that takes data although it gives no cookie, nor a SYN that was answered only without the
    option (OPT009).

    ## What to do
    On the server see `sysctl net.ipv4.tcp_fastopen` (2 for servers) and whether the service asks for it
    (`TCP_FASTOPEN`). `nstat -az | grep FastOpen` tells on both ends: `TcpExtTCPFastOpenPassiveFail`,
    `TcpExtTCPFastOpenListenOverflow`, `TcpExtTCPFastOpenBlackhole`. If the server grants it, capture
    there: where the SYN has no option, a box on the way removed it.

    ## Limits
    Which of them it was, a capture at the client cannot say. Old clients that use the experimental option
    kind 254 are not seen.

    ## Sources
    - RFC 7413 §4.2.1: a server that does not grant a cookie answers without the option
    - RFC 7413 §4.1.3.1: a client remembers who grants none
    """
    if offered_by_none(case, "fast_open"):
        return
    pair = answered(case)
    opening, events = case.story.opening, case.story.events
    if pair is None or opening.outcome is not Opened.ESTABLISHED:
        return
    syn, syn_ack = pair.syns[0], pair.syn_ack
    if events[syn_ack].acks is Acks.DATA or not has(case, "fast_open", syn).any():
        return
    where = (case.offer("fast_open", syn) == 0) & missing(case, "fast_open", syn_ack)

    def message(view: View) -> str:
        return (
            f"{view.client} asked {view.server} for a Fast Open cookie and was given none:"
            f" the next connection takes a whole handshake again"
        )

    yield Hit(
        [Says(syn_ack, "SYN-ACK without a cookie"), Says(syn, "SYN that asks for one")], message, where=where
    )
