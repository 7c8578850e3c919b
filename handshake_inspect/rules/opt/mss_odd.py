"""OPT002: a maximum segment size that no sound path or packet has."""

from collections.abc import Callable, Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.offered import LEAST_MSS, MOST_MSS
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import nowhere, offered, syns, version, wrong
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end

JUMBOGRAMS = 65535
"Over IPv6 this number stands for any size (RFC 2675 §5.1)."


@rule("OPT002", "mss-odd", Severity.WARNING)
def mss_odd(case: Case) -> Iterator[Hit]:
    """A SYN named a maximum segment size below what every host takes, or above what any packet holds.

    ## What it checks
    The MSS of every SYN and SYN-ACK: below 536 bytes, 0 among them, and above what a packet of 65 535 bytes
    can hold.

    ## Why it matters
    Every segment carries that little, each with 40 bytes of headers or more, and a server spends as much work
    on it as on a full one. Attackers ask for it on purpose. A size of 0, or an impossible one, is a
    fault of the stack or of a box that rewrites options; a wrongly set MSS clamp is the usual one.

    ## Example
    ```
    +0.000 > S 0:0(0) <mss 88,sackOK>    # OPT002
    +0.010 < S. 0:0(0) ack 1 <mss 1460,nop,nop,sackOK>
    +0.010 > . 1:1(0) ack 1
    ```

    ## Not flagged
    The smallest size that every host has to take, and the largest of a loopback interface:
    ```
    +0.000     > S 0:0(0) <mss 536>
    +0.010     < S. 0:0(0) ack 1 <mss 1460>
    +0.010     > . 1:1(0) ack 1
    +1.000 [2] > S 0:0(0) <mss 65495>
    +0.010 [2] < S. 0:0(0) ack 1 <mss 65495>
    +0.010 [2] > . 1:1(0) ack 1
    ```

    ## What to do
    Capture at the end whose SYN it is. Where the size is another there, look for MSS clamping on the way
    (`iptables -t mangle -S | grep TCPMSS`, `nft list ruleset | grep maxseg`). Where it is the same, look at
    the route (`ip route get`, `advmss`) and the interface's MTU. Against hostile clients Linux has
    `net.ipv4.tcp_min_snd_mss`.

    ## Limits
    The MTU of the link is not in a capture: a size that is possible but too large for this link is not seen.
    Small embedded stacks with little memory choose small sizes on purpose. Over IPv6 every path carries 1220
    bytes, but less than that is common behind MSS clamping and does little harm.

    ## Sources
    - RFC 791 §3.1: every host takes packets of 576 bytes, which leave 536 behind 40 of headers
    - RFC 9293 §3.7.1: 536 bytes over IPv4, and 1220 over IPv6, where nothing else is known
    - RFC 2675 §5.1: over IPv6 65535 stands for any size
    """
    done = nowhere(case)
    for h in syns(case):
        suspects = wrong(case, h)
        if suspects is None:
            continue
        size, six = case.offer("mss_bytes", h.index), version(case) == 6
        most = np.where(six, MOST_MSS[6], MOST_MSS[4])
        where = suspects & (size >= 0) & ((size < LEAST_MSS) | (size > most) & ~(six & (size == JUMBOGRAMS)))
        where &= ~done
        if where.any():
            name = "SYN-ACK" if h.syn_ack else "SYN"
            yield Hit([Says(h.index, f"{name} with an odd MSS")], _message(h.index, name), where=where)
            done |= where


def _message(syn: int, name: str) -> Callable[[View], str]:
    def message(view: View) -> str:
        server = view.story.events[syn].server
        size = offered(view, syn)["mss_bytes"]
        if size < LEAST_MSS:
            why = f"every host takes {LEAST_MSS}"
        else:
            why = f"no packet carries more than {MOST_MSS[6 if ':' in view.host(server=server) else 4]}"
        lead = f"{end(view, server=server)} named a maximum segment size of {units.counted(size, 'byte')}"
        return f"{lead} in its {name} to {end(view, server=not server)}: {why}"

    return message
