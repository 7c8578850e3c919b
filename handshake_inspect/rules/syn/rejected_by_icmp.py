"""SYN008: a SYN that was answered with an ICMP error."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.icmp_names import icmp_name
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate, openers
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule


@rule("SYN008", "rejected-by-icmp", Severity.ERROR)
def rejected_by_icmp(case: Case) -> Iterator[Hit]:
    """The client's SYN was answered with an ICMP error.

    ## What it checks
    ICMP and ICMPv6 errors that quote the SYN: their name, who sent them, how soon, and how often the client
    tried. Where the connection opened all the same it is a warning.

    ## Why it matters
    Somebody says why the server cannot be reached: no route, no neighbour, or a firewall that rejects. The
    client may ignore it and go on trying, so users can wait for minutes although the cause was known at once.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < icmp admin-prohibited (0:0) from 192.0.2.254    # SYN008
    +1.000 > S 0:0(0)
    +0.010 < icmp admin-prohibited (0:0) from 192.0.2.254
    ```

    ## Not flagged
    An error that quotes no SYN:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:1401(1400) ack 1
    +0.001 < icmp too-big (1:1401) from 192.0.2.254
    +0.001 > P. 1:1201(1200) ack 1
    +0.010 < . 1:1(0) ack 1201
    ```

    ## What to do
    Ask the sender of the error. "Prohibited" and "port unreachable" are firewall rules: look for `reject` in
    `nft list ruleset` or `iptables -S`. "Network unreachable" is a missing route: `ip route get ADDRESS`
    there. "Host unreachable" is a neighbour that does not answer (`ip neigh`): the host is down or elsewhere.
    "Fragmentation needed" for a SYN is a tunnel with an absurd MTU. "Time exceeded" is a routing loop.

    ## Limits
    ICMP errors are easy to forge; that this one quotes the SYN's number says only that its sender saw or
    guessed it. Errors are rate-limited, so their absence for later tries means nothing.

    ## Sources
    - RFC 9293 §3.9.2.2: unreachable codes 0, 1 and 5 are soft, as is time exceeded; 2 to 4 are hard
    - RFC 1122 §4.2.3.9: the same; a hard error should end the attempt, a soft one must not
    - RFC 5461 §4: stacks let soft errors end an attempt all the same
    - RFC 5927 §4.1: stacks believe an error only if it quotes a number that is in flight
    """
    story = case.story
    errors = [h for h in story.events if h.quote and h.server and h.standing == 0]
    if story.opening.ack is not None:
        errors = [h for h in errors if h.index < story.opening.ack]
    calls = openers(story)
    if not errors or not calls:
        return
    opened = story.opening.outcome is Opened.ESTABLISHED
    if not opened and story.opening.outcome is not Opened.REJECTED:
        return

    def message(view: View) -> str:
        who, kind, code = view.quote(errors[0].index)
        sender = f"{who}, the server itself," if who == view.host(server=True) else f"{who}, on the way,"
        asked = next((h for h in reversed(calls) if h.index < errors[0].index), calls[0])
        said = f"{sender} answered the SYN of {view.client} to {view.server} with ICMP "
        said += f'"{icmp_name(":" in who, kind, code)}" after {view.took(asked.index, errors[0].index)}'
        if len(calls) > 1:
            said += f"; the client tried {units.times(len(calls))} over "
            said += view.took(calls[0].index, calls[-1].index)
        return said + (f"; {fate(story)} all the same" if opened else "")

    evidence = [Says(errors[0].index, "ICMP error that quotes the SYN")]
    evidence += [Says(h.index, "SYN again" if k else "SYN") for k, h in enumerate(calls)]
    evidence += [Says(h.index, "ICMP error again") for h in errors[1:]]
    yield Hit(evidence, message, count=len(errors), severity=Severity.WARNING if opened else None)
