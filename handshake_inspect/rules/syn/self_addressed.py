"""SYN022: a segment from an end to itself."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.lives import KnownBy
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule


@rule("SYN022", "self-addressed", Severity.ERROR)
def self_addressed(case: Case) -> Iterator[Hit]:
    """A segment had one address and port as its source and as its destination.

    ## What it checks
    Whether both ends of a connection are the same. When the end answered itself and the connection opened, a
    program connected to itself: that is a note.

    ## Why it matters
    On a network no host sends such a segment to itself; it was forged to make old stacks answer themselves
    for ever (the LAND attack). Within one host a client that calls a port of its own machine, where nothing
    listens, may draw just that port as its source: the call succeeds, and it talks to itself. It also holds
    the port, so that the real server cannot start.

    ## Example
    ```
    client 192.0.2.1:80 isn 0
    server 192.0.2.1:80 isn 0
    +0.000 > S 0:0(0)                    # SYN022
    ```
    A program connects to itself:
    ```
    client 127.0.0.1:40000 isn 0
    server 127.0.0.1:40000 isn 0
    +0.000 > S 0:0(0)                    # SYN022
    +0.001 > S. 0:0(0) ack 1
    +0.001 > . 1:1(0) ack 1
    +1.000 > F. 1:1(0) ack 1
    +0.001 > . 2:2(0) ack 2
    ```

    ## Not flagged
    Two connections with the same port at both ends, or the same address:
    ```
    client 192.0.2.1:179 isn 0
    server 192.0.2.2:179 isn 0
    [2] client 192.0.2.2:40000
    +0.000 > S 0:0(0)
    +0.001 < S. 0:0(0) ack 1
    +0.001 > . 1:1(0) ack 1
    +0.100 [2] > S 0:0(0)
    +0.001 [2] < S. 0:0(0) ack 1
    +0.001 [2] > . 1:1(0) ack 1
    ```

    ## What to do
    From a network: drop what comes in with one of your own addresses as its source (`sysctl
    net.ipv4.conf.all.rp_filter=1`, or a rule at the border), and see by MAC address where it enters. Within a
    host: keep the ports of services out of the range for clients (`sysctl
    net.ipv4.ip_local_reserved_ports`), and let a client compare both addresses before it speaks.

    ## Limits
    Each segment is captured once, and stands for both directions.

    ## Sources
    - RFC 9293 §3.5 figure 7: the simultaneous opening that an end goes through with itself
    - RFC 9293 §3.9.2.3: a SYN with an invalid source address is ignored
    - RFC 1122 §4.2.2.10: simultaneous opening has to work
    """
    story = case.story
    if story.known_by is not KnownBy.ITSELF:
        return
    opened = story.opening.outcome is Opened.ESTABLISHED
    first = next((h for h in story.events if not h.quote), None)
    if first is None:
        return

    def message(view: View) -> str:
        if opened:
            return f"{view.client} connected to itself, and its own SYN was the answer"
        count = units.counted(view.fact("client_segments"), "segment")
        return f"{count} had {view.client} as source and as destination; {fate(view.story)}"

    evidence = [Says(first.index, "from an end to itself")]
    evidence += [
        Says(i, what)
        for i, what in ((story.opening.syn_ack, "SYN-ACK to itself"), (story.opening.ack, "opened"))
        if i is not None and opened
    ]
    yield Hit(evidence, message, severity=Severity.NOTE if opened else None)
