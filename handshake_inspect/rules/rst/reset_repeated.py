"""RST009: one end sent many RSTs."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.option import Option
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


# An ABORT, and the answers to a segment or two that crossed it, are a handful at most.
@rule(
    "RST009",
    "reset-repeated",
    Severity.NOTE,
    Option("resets", 3, "RSTs", "the most that one end may send"),
)
def reset_repeated(case: Case, *, resets: int) -> Iterator[Hit]:
    """One end sent many RSTs in one connection.

    ## What it checks
    Whether one end sent more than `resets` (default 3) RSTs once the connection was open. It says how many,
    over what time, and how many of them have no ACK flag: those answer segments that came for a connection
    which is gone.

    ## Why it matters
    One RST for each segment of a burst is normal: everything that was on its way when the connection
    ended is answered. Spread over seconds it means that the other end goes on sending, so the RSTs do not
    reach it or are not believed.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:1001(1000) ack 1
    +0.001 > P. 1001:2001(1000) ack 1
    +0.001 > P. 2001:3001(1000) ack 1
    +0.001 > P. 3001:4001(1000) ack 1
    +0.010 < R. 1:1(0) ack 1001          # RST001
    +0.001 < R 1:1(0)
    +0.001 < R 1:1(0)
    +0.001 < R 1:1(0)                    # RST009
    ```

    ## Not flagged
    A RST, and the answer to one segment that crossed it:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:1001(1000) ack 1
    +0.001 > P. 1001:2001(1000) ack 1
    +0.010 < R. 1:1(0) ack 1001          # RST001
    +0.001 < R 1:1(0)
    ```
    Nor one RST for each of several attempts to open (SYN007).

    ## What to do
    Nothing for a burst that lasts no longer than a round trip; see what ended the connection (RST001). Where
    RSTs go on for seconds, capture beside the end that keeps sending: a firewall that drops RSTs leaves it
    to retransmit until it gives up (on Linux `net.ipv4.tcp_retries2`).

    ## Limits
    Which segment a RST answers is not always on the wire, so the message counts, and does not pair them.

    ## Sources
    - RFC 9293 §3.5.2, group 1: every segment for a connection that does not exist is answered with a RST
    """
    if case.story.opening.outcome not in (Opened.ESTABLISHED, Opened.UNSEEN):
        return
    since = -1 if case.story.opening.ack is None else case.story.opening.ack
    for server in (False, True):
        sent = [h for h in case.story.events if h.rst and h.server == server and h.index > since]
        if len(sent) > resets:
            yield _hit([h.index for h in sent], sum(not h.ack for h in sent), resets, server)


def _hit(sent: list[int], answers: int, most: int, server: bool) -> Hit:
    def message(view: View) -> str:
        who, other = end(view, server=server), end(view, server=not server)
        lead = f"{who} sent {len(sent)} RSTs to {other} over {view.took(sent[0], sent[-1])}"
        if not answers:
            return f"{lead}, all with ACK: none of them says that the connection does not exist"
        return f"{lead}, {answers} of them without ACK: one for each segment that still came is normal"

    evidence = [Says(sent[most], f"RST number {most + 1}")]
    evidence += [Says(i, "RST") for i in sent]
    return Hit(evidence, message, count=len(sent))
