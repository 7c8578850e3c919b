"""OPT007: a SYN-ACK that permits SACK although the SYN had not."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import answered, offered_by_none, unoffered
from handshake_inspect.rules.registry import rule


@rule("OPT007", "sack-unoffered", Severity.WARNING)
def sack_unoffered(case: Case) -> Iterator[Hit]:
    """The SYN-ACK permits selective acknowledgements although the SYN had not.

    ## What it checks
    Whether a SYN-ACK carries SACK-permitted although none of the SYNs it may answer carries it.

    ## Why it matters
    Common stacks answer with it only where it was offered, so the server and this capture saw different
    SYNs: something on the way changes options. If the server now sends selective acknowledgements, the client
    may not understand them, and every loss costs more than it should.

    ## Example
    ```
    +0.000 > S 0:0(0) <mss 1460>
    +0.010 < S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>  # OPT007
    +0.010 > . 1:1(0) ack 1
    ```

    ## Not flagged
    ```
    +0.000 > S 0:0(0) <mss 1460,nop,nop,sackOK>
    +0.010 < S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>
    +0.010 > . 1:1(0) ack 1
    ```
    Nor a SYN-ACK without it for a SYN that has it: the server may decline.

    ## What to do
    Capture the SYN at both ends and compare its options. Look for a firewall or accelerator that rewrites
    options in one direction; one that also changes sequence numbers but not those inside SACK blocks is
    worse than none.

    ## Limits
    RFC 2018 lets each SYN carry the option and does not forbid this answer; it only forbids to use
    what the other end did not permit. A stack that offers it to everyone would be flagged wrongly.

    ## Sources
    - RFC 2018 §2: the option says that its sender understands selective acknowledgements
    - RFC 2018 §4: they must not be sent to an end that did not permit them
    """
    if offered_by_none(case, "sack"):
        return
    pair = answered(case)
    if pair is None:
        return
    where = unoffered(case, "sack", pair)
    if not where.any():
        return

    def message(view: View) -> str:
        return (
            f"{view.server} answered with SACK permitted, which {view.client} had not offered: options were"
            f" changed on the way; {fate(view.story)}"
        )

    evidence = [Says(pair.syn_ack, "SYN-ACK with SACK permitted")]
    evidence += [Says(i, "SYN without") for i in sorted(pair.syns)]
    yield Hit(evidence, message, where=where)
