"""OPT001: a SYN that does not say how large segments may be."""

from collections.abc import Callable, Iterator

import numpy as np

from handshake_inspect.finding import Severity
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import NAMES, answered, has, missing, offered, offered_by_all
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end

ASSUMED = {4: 536, 6: 1220}
"By IP version, bytes: what is assumed without the option (RFC 9293 §3.7.1)."


@rule("OPT001", "mss-missing", Severity.NOTE)
def mss_missing(case: Case) -> Iterator[Hit]:
    """A SYN came without a maximum segment size, so the other end has to send the smallest segments.

    ## What it checks
    Whether the SYN or the SYN-ACK of an answered attempt lacks the MSS option although it carries another
    option, or although the other end sends its own.

    ## Why it matters
    Without the option the other end must assume 536 bytes over IPv4, or 1220 over IPv6. A transfer then takes
    nearly three times as many packets. No common stack leaves the option out, so a box on the way may have
    taken it away, or the packet was made by hand.

    ## Example
    ```
    +0.000 > S 0:0(0)                    # OPT001
    +0.010 < S. 0:0(0) ack 1 <mss 1460>
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 < . 1:537(536) ack 101
    +0.010 > . 101:101(0) ack 537
    ```

    ## Not flagged
    Both ends say it:
    ```
    +0.000 > S 0:0(0) <mss 1460>
    +0.010 < S. 0:0(0) ack 1 <mss 1460>
    +0.010 > . 1:1(0) ack 1
    ```
    Nor an opening in which neither SYN has any option at all, nor a SYN that nobody answered.

    ## What to do
    Capture at the end whose SYN it is. Where the option is there, look for a firewall, load balancer or
    tunnel between that removes options. Where it is not, ask what makes these packets: `ss -tie` on the other
    end shows the `mss` it has to use.

    ## Limits
    Whether the end could take larger segments, the capture does not say. The option may have been removed
    before or behind the capture point.

    ## Sources
    - RFC 9293 §3.7.1: without the option 536 bytes are assumed for IPv4, 1220 for IPv6
    - RFC 9293 §3.2: the option and its place in the SYN
    """
    if offered_by_all(case, "mss_bytes"):
        return
    pair = answered(case)
    if pair is None:
        return
    syn, syn_ack = pair.syns[0], pair.syn_ack
    for mine, other, name in ((syn, syn_ack, "SYN"), (syn_ack, syn, "SYN-ACK")):
        where = missing(case, "mss_bytes", mine)
        if not where.any():
            continue
        options = [has(case, option, mine) for option in NAMES]
        where = where & (has(case, "mss_bytes", other) | np.logical_or.reduce(options))
        evidence = [Says(mine, f"{name} without MSS"), Says(other, "SYN-ACK" if name == "SYN" else "SYN")]
        yield Hit(evidence, _message(mine, other, name), where=where)


def _message(mine: int, other: int, name: str) -> Callable[[View], str]:
    def message(view: View) -> str:
        server = view.story.events[mine].server
        least = ASSUMED[6 if ":" in view.host(server=server) else 4]
        sender, receiver = end(view, server=server), end(view, server=not server)
        size = offered(view, other)["mss_bytes"]
        named = f", which itself takes {size} bytes," if size >= 0 else ""
        return (
            f"{sender} sent its {name} without a maximum segment size: {receiver}{named} must send it no more"
            f" than {least} bytes per segment"
        )

    return message
