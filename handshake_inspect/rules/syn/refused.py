"""SYN007: a SYN that was answered with a RST."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import openers
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule


@rule("SYN007", "refused", Severity.ERROR)
def refused(case: Case) -> Iterator[Hit]:
    """The client's SYN was answered with a reset.

    ## What it checks
    A RST that acknowledges the SYN, so that the client must believe it. It says how soon the RST came and how
    often the client tried. Where a later try was answered and the connection opened, it is a warning.

    ## Why it matters
    The application gets "connection refused" at once. Nobody listens on that port, or a firewall rejects
    with a RST. The host itself is reachable.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < R. 0:0(0) ack 1             # SYN007
    ```
    Some clients try again:
    ```
    +0.000 > S 0:0(0)
    +0.010 < R. 0:0(0) ack 1             # SYN007
    +0.500 > S 0:0(0)
    +0.010 < R. 0:0(0) ack 1
    +0.500 > S 0:0(0)
    +0.010 < R. 0:0(0) ack 1
    ```

    ## Not flagged
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    ```
    Nor a RST that does not acknowledge the SYN: the client must ignore it.

    ## What to do
    On the server: is the service running, and on this address (`ss -lnt sport = :80`)? A service bound to
    127.0.0.1 refuses everyone else. If it listens, look for a rule that rejects with a reset
    (`nft list ruleset`, `iptables -S`), there and on the way. A RST with another TTL than the server's other
    segments, or much sooner than a round trip, comes from a box on the way.

    ## Limits
    A RST that a firewall sends in the server's name looks the same. Only a SYN-ACK that follows, or another
    connection's TTL, gives it away.

    ## Sources
    - RFC 9293 §3.5.2, group 1: a SYN for no connection is answered with RST and ACK
    - RFC 9293 §3.10.7.3, second: in SYN-SENT a RST is believed when it acknowledges the SYN
    """
    story, opening = case.story, case.story.opening
    opened = opening.outcome is Opened.ESTABLISHED
    if not opened and opening.outcome is not Opened.REFUSED:
        return
    end = opening.syn if opened else opening.answer
    if end is None:
        return
    calls = openers(story)
    resets = _resets(case, len(story.events) if not opened else end)
    resets = [h for h in resets if calls and h.index > calls[0].index]
    if not resets:
        return
    after = next((h for h in story.events if h.syn_ack and h.server and h.valid and not opened), None)

    def message(view: View) -> str:
        asked = next(h for h in reversed(calls) if h.index < resets[0].index)
        said = f"{view.server} refused {view.client} {view.took(asked.index, resets[0].index)} after its SYN"
        if len(calls) > 1:
            said += f"; the client tried {units.times(len(calls))} over "
            said += view.took(calls[0].index, calls[-1].index)
            said += " and then was let in" if opened else ""
        if after:
            said += f"; a SYN-ACK came {view.took(resets[0].index, after.index)} after the RST"
            there, here = view.event("ttl", after.index), view.event("ttl", resets[0].index)
            same = "" if there == here else f" with TTL {there} and not {here}"
            said += f"{same}, so another box sent the RST"
        return said

    evidence = [Says(resets[0].index, "RST that acknowledges the SYN")]
    evidence += [Says(h.index, "SYN again" if k else "SYN") for k, h in enumerate(calls)]
    evidence += [Says(h.index, "RST again") for h in resets[1:]]
    if after:
        evidence.append(Says(after.index, "SYN-ACK, too late"))
        evidence += [Says(h.index, "RST for it") for h in story.events[after.index :] if h.rst]
    yield Hit(evidence, message, count=len(resets), severity=Severity.WARNING if opened else None)


def _resets(case: Case, end: int) -> list[Happening]:
    """The RSTs of the server that the client had to believe."""
    events = case.story.events[:end]
    return [h for h in events if h.rst and h.server and h.valid and case.story.effects[h.index].taken]
