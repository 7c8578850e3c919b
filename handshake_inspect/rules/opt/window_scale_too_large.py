"""OPT004: a window scale larger than allowed."""

from collections.abc import Callable, Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.offered import MOST_SHIFT
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import nowhere, offered, syns, wrong
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


@rule("OPT004", "window-scale-too-large", Severity.WARNING)
def window_scale_too_large(case: Case) -> Iterator[Hit]:
    """A SYN asked to scale windows by more than 14 bits.

    ## What it checks
    The window scale option of every SYN and SYN-ACK.

    ## Why it matters
    A window beyond 2**30 bytes could not be told from an old segment. Receivers must use 14 instead; one
    that does not computes another window than its peer, and may stop sending or send too much. No stack
    asks for it on purpose.

    ## Example
    ```
    +0.000 > S 0:0(0) <mss 1460,nop,wscale 15>  # OPT004
    +0.010 < S. 0:0(0) ack 1 <mss 1460,nop,wscale 7>
    +0.010 > . 1:1(0) ack 1
    ```

    ## Not flagged
    ```
    +0.000 > S 0:0(0) <mss 1460,nop,wscale 14>
    +0.010 < S. 0:0(0) ack 1 <mss 1460,nop,wscale 7>
    +0.010 > . 1:1(0) ack 1
    ```

    ## What to do
    Find out which stack sends it: an embedded device, a proxy, a hand-made packet. This report counts its
    windows with 14 bits, as a receiver must; Wireshark shows the number as it was sent.

    ## Limits
    What the receiver really makes of it is not visible.

    ## Sources
    - RFC 7323 §2.3: no more than 14; a receiver logs the error and uses 14
    """
    done = nowhere(case)
    for h in syns(case):
        suspects = wrong(case, h)
        if suspects is None:
            continue
        where = suspects & (case.offer("window_shift", h.index) > MOST_SHIFT)
        where &= ~done
        if where.any():
            name = "SYN-ACK" if h.syn_ack else "SYN"
            yield Hit([Says(h.index, f"{name} with window scale")], _message(h.index, name), where=where)
            done |= where


def _message(syn: int, name: str) -> Callable[[View], str]:
    def message(view: View) -> str:
        server = view.story.events[syn].server
        shift = units.counted(offered(view, syn)["window_shift"], "bit")
        lead = f"{end(view, server=server)} asked in its {name} to scale its windows by {shift}"
        return f"{lead}: {end(view, server=not server)} must scale them by {MOST_SHIFT}"

    return message
