"""OPT013: a handshake of which only one end is signed."""

from collections.abc import Callable, Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import answered, has, missing, offered_by_none
from handshake_inspect.rules.registry import rule


@rule("OPT013", "authentication-one-sided", Severity.WARNING)
def authentication_one_sided(case: Case) -> Iterator[Hit]:
    """One end signs its segments, and the other does not.

    ## What it checks
    MD5 signatures and TCP-AO in the SYN and its SYN-ACK: one of them has such an option, the other has none.

    ## Why it matters
    An end that is set up to sign drops what is not signed, so the session, nearly always BGP, does not come
    up or does not last. A key is missing at one end, or is set for another address; or a box
    between answers for the server, or removes the option.

    ## Example
    ```
    client 192.0.2.1:40000 isn 1000
    server 198.51.100.1:179 isn 4294967295
    +0.000 > S 0:0(0) <mss 1460,md5 00112233445566778899aabbccddeeff>
    +0.010 < S. 0:0(0) ack 1 <mss 1460>  # OPT013
    +1.000 < S. 0:0(0) ack 1 <mss 1460>
    +2.000 < S. 0:0(0) ack 1 <mss 1460>
    ```

    ## Not flagged
    ```
    client 192.0.2.1:40000 isn 1000
    server 198.51.100.1:179 isn 4294967295
    +0.000 > S 0:0(0) <mss 1460,md5 00112233445566778899aabbccddeeff>
    +0.010 < S. 0:0(0) ack 1 <mss 1460,md5 ffeeddccbbaa99887766554433221100>
    +0.010 > . 1:1(0) ack 1 <md5 0123456789abcdef0123456789abcdef>
    ```
    Nor an unsigned SYN that nobody answers: a server that wants signatures drops it in silence (SYN002).

    ## What to do
    Compare the keys and the addresses they are set for at both ends: `show bgp neighbors` on a router,
    `ss -tni` on Linux. There `nstat -az` counts `TcpExtTCPMD5NotFound`, `TcpExtTCPMD5Unexpected`,
    `TcpExtTCPAORequired` and `TcpExtTCPAOKeyNotFound`.

    ## Limits
    Whether a signature is right cannot be seen without the key. Later segments are not looked at. What is
    repeated because of it is not reported again.

    ## Sources
    - RFC 2385 §2.0: what is not signed is dropped; a SYN-ACK without it does not switch it off
    - RFC 5925 §7.5: a segment without the option, where one is expected, is dropped
    """
    if offered_by_none(case, "authenticated"):
        return
    pair = answered(case)
    if pair is None:
        return
    syn, syn_ack = pair.syns[0], pair.syn_ack
    for signed, bare, server in ((syn, syn_ack, True), (syn_ack, syn, False)):
        where = has(case, "authenticated", signed)
        if where.any():
            where = where & missing(case, "authenticated", bare)
            evidence = [Says(bare, "not signed"), Says(signed, "signed")]
            yield Hit(evidence, _message(bare, by_server=server), where=where)


def _message(bare: int, *, by_server: bool) -> Callable[[View], str]:
    def message(view: View) -> str:
        signer, other = (view.client, view.server) if by_server else (view.server, view.client)
        name = "SYN-ACK" if view.story.events[bare].syn_ack else "SYN"
        return f"{signer} signs its segments, but the {name} of {other} is not signed; {fate(view.story)}"

    return message
