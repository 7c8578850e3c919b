"""SYN005: a SYN-ACK that was repeated although it had been acknowledged."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.icmp_names import icmp_name
from handshake_inspect.flow.opening import Manner, Opened
from handshake_inspect.flow.shape import Acks, Syn
from handshake_inspect.flow.view import View
from handshake_inspect.machine.letters import Letter
from handshake_inspect.rules.attempts import PROMPT_NS, first_of
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule

REPEATS = 2
"Of the same data, before a server's silence is told: one may be lost like any segment."


@rule("SYN005", "third-ack-ignored", Severity.WARNING)
def third_ack_ignored(case: Case) -> Iterator[Hit]:
    """The server did not take up the ACK that completes the handshake.

    ## What it checks
    SYN-ACKs repeated later than one round trip after a valid ACK of the client was captured, while nothing
    yet shows that the server got any. It says whether data was ignored too, what the server went on after,
    and whether it reset the connection in the end. Also a server that never says anything after its SYN-ACK
    while the client sends the same data three times and more: SYN cookies leave nothing to repeat. An ICMP
    error about that data is said with it.

    ## Why it matters
    The client takes the connection for open, sends its request, and gets no answer. Either the client's
    segments are lost behind the capture point, or the server drops them on purpose: its accept queue is
    full, or `TCP_DEFER_ACCEPT` makes it wait for data.

    ## Example
    The accept queue is full, so ACK and data are dropped:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > P. 1:101(100) ack 1
    +0.900 < S. 0:0(0) ack 1             # SYN005
    +0.010 > . 101:101(0) ack 1
    ```
    The same with SYN cookies, where the server has forgotten the SYN as well:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > P. 1:101(100) ack 1
    +0.250 > P. 1:101(100) ack 1
    +0.500 > P. 1:101(100) ack 1         # SYN005
    ```
    The server waits for data:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +1.000 < S. 0:0(0) ack 1             # SYN005
    +0.010 > . 1:1(0) ack 1
    +0.500 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101
    ```

    ## Not flagged
    A SYN-ACK that crosses the ACK on the way.
    ```
    +0.000 > S 0:0(0)
    +0.400 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.300 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    ```
    Data that was sent again and then acknowledged:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > P. 1:101(100) ack 1
    +0.250 > P. 1:101(100) ack 1
    +0.500 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101
    ```
    Nor a late copy after the server has acknowledged data or sent some: it had heard the client.

    ## What to do
    On the server: `ss -lnt` shows the accept queue (Recv-Q) against its limit (Send-Q), and
    `nstat -az TcpExtListenOverflows TcpExtListenDrops` counts what was dropped. If they grow, the
    application accepts too slowly: raise its backlog and `net.core.somaxconn`. What `TCP_DEFER_ACCEPT` held
    back is in `nstat -az TcpExtTCPDeferAcceptDrop`. If none grows, see at the server whether the ACK arrives.

    ## Limits
    One connection cannot tell a full queue from loss behind the capture point; many at one service at the
    same time can. A server that answers with SYN cookies never repeats its SYN-ACK: where the client sends
    nothing, or ends the connection, nothing shows that it was never taken up. What timestamps echo is not
    read: an ACK that is dropped for a wrong echo, as some SYN proxies send it, looks like any that was
    ignored (`nstat -az TcpExtTSEcrRejected` counts them).

    ## Sources
    - RFC 9293 §3.10.7.4, fifth: in SYN-RECEIVED a valid ACK makes the connection ESTABLISHED
    - RFC 9293 §3.10.8: the SYN-ACK is retransmitted until it is acknowledged
    - RFC 4987 §3.6: SYN cookies keep nothing of the SYN, and so repeat no SYN-ACK
    """
    story, opening = case.story, case.story.opening
    if opening.outcome is not Opened.ESTABLISHED or opening.manner in (Manner.SPLIT, Manner.SIMULTANEOUS):
        return
    syn_ack, ack = opening.syn_ack, opening.ack
    if syn_ack is None or ack is None:
        return
    proof = _proof(case)
    yield from _silent(case, syn_ack, ack)
    copies = [
        h for h in story.events[ack:proof] if h.syn_ack and h.server and h.valid and h.standing == Syn.AGAIN
    ]
    asked = [h for h in story.events if ack <= h.index and not h.server and h.plain]

    def message(view: View) -> str:
        took = view.took(ack, copies[-1].index)
        again = f"again {took}" if len(copies) == 1 else f"again {units.times(len(copies))}, up to {took}"
        said = f"{view.server} sent its SYN-ACK {again} after {view.client} had acknowledged it"
        return said + _cause(view, asked, copies, proof)

    for k, where in first_of([_too_late(case, syn_ack, ack, h) for h in copies]):
        others = [h for h in copies if h is not copies[k]]
        evidence = [Says(copies[k].index, "SYN-ACK again, after the ACK")]
        evidence += [Says(ack, "the ACK"), Says(syn_ack, "SYN-ACK")]
        evidence += [Says(h.index, "SYN-ACK again") for h in others]
        evidence += [
            Says(h.index, "data, ignored" if h.payload else "ACK again")
            for h in asked
            if ack < h.index < copies[-1].index
        ]
        yield Hit(evidence, message, count=len(copies), where=where)


def _silent(case: Case, syn_ack: int, ack: int) -> Iterator[Hit]:
    """The client's data, again and again, and no word of the server after its SYN-ACK."""
    story = case.story
    after = [h for h in story.events[ack:] if not h.quote]
    data = [h for h in after if h.payload]
    if story.closing.outcome is not Closed.OPEN or any(h.server for h in after):
        return
    if not data or not data[-1].repeats:
        return
    last = data[-1].index
    errors = [h for h in story.events[ack:] if h.quote and h.server]
    count = case.column("again", last) - case.column("again", ack)

    def message(view: View) -> str:
        tries = view.event("again", last) - view.event("again", ack) + 1
        said = f"{view.client} had completed the handshake with {view.server} and sent its data"
        said += f" {units.times(tries)} over {view.took(data[0].index, last)}"
        if errors:
            who, kind, code = view.quote(errors[0].index)
            why = f"{who} said of it: {icmp_name(':' in who, kind, code)}"
            return f"{said}; the server said nothing after its SYN-ACK, and {why}"
        return (
            f"{said}; the server said nothing after its SYN-ACK: its accept queue is full and SYN cookies"
            " keep nothing to repeat, or the client's segments are lost behind this capture point"
        )

    evidence = [Says(last, "the same data again"), Says(data[0].index, "data, not acknowledged")]
    evidence += [Says(ack, "the ACK"), Says(syn_ack, "SYN-ACK, the server's last word")]
    evidence += [Says(h.index, "ICMP error about it") for h in errors]
    yield Hit(evidence, message, where=count >= REPEATS)


def _proof(case: Case) -> int | None:
    """The first event that shows the server to be established."""
    lived = (l for l in case.story.server.letters if l.letter is Letter.SYN_ACKED)
    return next((l.proof for l in lived), None)


def _too_late(case: Case, syn_ack: int, ack: int, copy: Happening) -> Array:
    """Whether the server had time to hear the ACK: longer than it took to answer the first SYN captured."""
    first = next((h.index for h in case.story.events if h.opener and not h.server), None)
    trip = case.time(syn_ack) - case.time(first) if first is not None else np.zeros(len(case), np.int64)
    late: Array = case.time(copy.index) - case.time(ack) > np.maximum(trip, PROMPT_NS)
    return late


def _cause(view: View, asked: list[Happening], copies: list[Happening], proof: int | None) -> str:
    last = copies[-1].index
    ignored = sum(h.payload for h in asked if h.index < last)
    later = [h for h in asked if h.index > last]
    if proof is None:
        reset = next((h for h in view.story.events[last:] if h.server and h.rst), None)
        end = f", and it reset the connection after {view.took(last, reset.index)}" if reset else ""
        if ignored:
            return (
                f"; data was ignored too{end}: its accept queue is full, or the client's segments are lost"
                " behind this capture point"
            )
        return f"; nothing shows that it ever heard the client{end}"
    if ignored:
        return "; data was ignored too, until it took up the connection: its accept queue was full, or loss"
    if later and view.story.events[proof].acks in (Acks.DATA, Acks.FIN) and later[0].bare_ack:
        return (
            "; it went on when data came: TCP_DEFER_ACCEPT, or bare ACKs were lost behind this capture point"
        )
    return "; then it went on: the first ACK was lost behind this capture point, or dropped by the server"
