"""OPT010: an option of the handshake in a later segment."""

from collections.abc import Callable, Iterator

from handshake_inspect.decode.segments import Options
from handshake_inspect.finding import Severity
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import odd
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import distance, end


@rule("OPT010", "syn-only-option-later", Severity.NOTE)
def syn_only_option_later(case: Case) -> Iterator[Hit]:
    """A segment without SYN carried an option that belongs into a SYN.

    ## What it checks
    MSS, window scale and SACK-permitted in segments that have no SYN.

    ## Why it matters
    Receivers ignore them, so nothing breaks. But no stack sends them: the segment was made by a scanner, a
    test tool or a box on the way that copied the options of the SYN.

    ## Example
    ```
    +0.000 > S 0:0(0) <mss 1460>
    +0.010 < S. 0:0(0) ack 1 <mss 1460>
    +0.010 > . 1:1(0) ack 1 <mss 1460>   # OPT010
    +0.010 > P. 1:101(100) ack 1
    ```

    ## Not flagged
    Timestamps and SACK blocks, which belong there:
    ```
    +0.000 > S 0:0(0) <mss 1460,sackOK,TS val 5 ecr 0>
    +0.010 < S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 90 ecr 5>
    +0.010 > . 1:1(0) ack 1 <nop,nop,TS val 25 ecr 90>
    +0.010 > P. 1:101(100) ack 1 <nop,nop,TS val 35 ecr 90>
    +0.010 < . 1:1(0) ack 101 <nop,nop,TS val 110 ecr 35,nop,nop,raw 050a0000000100000002>
    ```

    ## What to do
    See which other segments have the same TTL and IP identification as this one, and what runs at its sender.
    In Wireshark: `tcp.flags.syn == 0 && (tcp.options.mss || tcp.options.wscale || tcp.options.sack_perm)`.

    ## Limits
    Only the first such segment of each end is sure to be shown.

    ## Sources
    - RFC 9293 §3.2: MSS must not be sent without SYN
    - RFC 7323 §2.2: window scale without SYN is ignored
    - RFC 2018 §2: SACK-permitted must not be sent without SYN
    """
    for server in (False, True):
        found = odd(case, Options.SYN_ONLY, server=server)
        if found:
            says = [Says(h.index, "an option of a SYN") for h in found]
            yield Hit(says, _message(found[0].index), count=len(found))


def _message(index: int) -> Callable[[View], str]:
    def message(view: View) -> str:
        server = view.story.events[index].server
        lead = f"{end(view, server=server)} sent {end(view, server=not server)} a segment without SYN"
        return f"{lead}{distance(view, index)} that carries MSS, window scale or SACK permitted"

    return message
