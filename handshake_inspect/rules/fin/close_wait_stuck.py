"""FIN003: one end closed, and the other let it wait."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.option import Option
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end


# By default as long as Linux keeps an orphan in FIN-WAIT-2 (`tcp_fin_timeout`).
@rule(
    "FIN003",
    "close-wait-stuck",
    Severity.WARNING,
    Option("seconds", 60.0, "s", "how long an end may leave the other waiting for its FIN"),
)
def close_wait_stuck(case: Case, *, seconds: float) -> Iterator[Hit]:
    """One end closed, the other acknowledged it and then neither sent data nor closed.

    ## What it checks
    Whether an end that had acknowledged its peer's FIN stayed silent for `seconds` (default 60) or more: no
    data, no FIN, no RST. It says how long, and what ended it: a late close, a RST, or the end of the capture.

    ## Why it matters
    Its socket is in CLOSE-WAIT, which no timer ends: only its application can, by closing. One that never
    does leaks a socket for every connection until it runs out of them.

    ## Example
    ```
    +0.000  > S 0:0(0)
    +0.010  < S. 0:0(0) ack 1
    +0.010  > . 1:1(0) ack 1
    +0.100  > F. 1:1(0) ack 1
    +0.040  < . 1:1(0) ack 2             # FIN003
    +75     < F. 1:1(0) ack 2
    +0.010  > . 2:2(0) ack 2
    ```
    The end that waits has forgotten the connection meanwhile:
    ```
    +0.000  > S 0:0(0)
    +0.010  < S. 0:0(0) ack 1
    +0.010  > . 1:1(0) ack 1
    +0.100  > F. 1:1(0) ack 1
    +0.040  < . 1:1(0) ack 2             # FIN003
    +75     < F. 1:1(0) ack 2
    +0.010  > R 2:2(0)
    ```

    ## Not flagged
    A half-closed connection over which the other end still sends:
    ```
    +0.000  > S 0:0(0)
    +0.010  < S. 0:0(0) ack 1
    +0.010  > . 1:1(0) ack 1
    +0.100  > F. 1:1(0) ack 1             # FIN008
    +0.040  < . 1:1(0) ack 2
    +40     < P. 1:101(100) ack 2
    +0.010  > . 2:2(0) ack 101
    +40     < P. 101:201(100) ack 2
    +0.010  > . 2:2(0) ack 201
    +1      < F. 201:201(0) ack 2
    +0.010  > . 2:2(0) ack 202
    ```
    Nor a close that follows sooner.

    ## What to do
    On the end that did not close, list such sockets and their processes: `ss -tnp state close-wait`. When
    their number only grows, the application loses sockets: it must close when a read returns end-of-file.

    ## Limits
    A long half-close in which the other end works before it answers looks the same. The end of the
    capture ends the wait that can be seen, so a capture shorter than that never shows it.

    ## Sources
    - RFC 9293 §3.6, case 2: the user of the end that received a FIN is expected to close
    - RFC 1122 §4.2.2.13: half-closed connections
    - RFC 9293 §3.3.2: CLOSE-WAIT waits for a request of the local user
    """
    events, closing = case.story.events, case.story.closing
    opened = case.story.opening.outcome in (Opened.ESTABLISHED, Opened.UNSEEN)
    if closing.by_server is None or closing.event is None or not opened:
        return
    first = events[closing.event]
    acked = closing.server_fin_ack if first.server else closing.client_fin_ack
    if not first.fin or acked is None or events[acked].fin:
        return
    closed = closing.client_fin if first.server else closing.server_fin
    if closed is not None and closed < acked:
        return
    stop = next((h for h in events if h.index > acked and _ends(h, case, waiting=first.server)), None)
    since = _since(case, acked, stop)
    waited: Array = (case.time(stop.index) if stop else case.capture_end_ns) - since

    def message(view: View) -> str:
        stuck, other = end(view, server=not first.server), end(view, server=first.server)
        life = np.array([view.life])
        one = Case(view.story, view.all, life, view.all.end_ns, case.two_sided)
        begin = int(_since(one, acked, stop)[0])
        until = view.time(stop.index) if stop else view.all.end_ns
        waited = units.duration(until - begin)
        lead = f"{stuck} stayed silent in CLOSE-WAIT for {waited} after {other} had closed"
        if stop is None:
            return f"{lead}, until the capture ended"
        if stop.rst:
            return f"{lead}; then {other if stop.server == first.server else stuck} reset"
        gone = next((h for h in events if h.index > stop.index and h.rst and h.server == first.server), None)
        if gone is not None:
            return f"{lead}; then it closed, and {other} no longer knew the connection"
        return f"{lead}; then it closed"

    evidence = [Says(acked, "acknowledges the FIN, and does not close"), Says(first.index, "FIN")]
    if stop is not None:
        evidence.append(Says(stop.index, "RST" if stop.rst else "closes at last"))
        evidence += [Says(h.index, "RST") for h in events if h.rst and h.index > stop.index]
    yield Hit(
        evidence,
        message,
        where=(waited >= units.nanoseconds(seconds)) & ~case.fact("one_sided").astype(bool),
        proved=stop is not None,
    )


def _ends(h: Happening, case: Case, *, waiting: bool) -> bool:
    """A FIN of the end that is waited for, or a RST that counts."""
    if h.rst:
        effect = case.story.effects[h.index]
        return effect.taken or effect.meant
    return h.fin and h.server != waiting


def _since(case: Case, acked: int, stop: Happening | None) -> Array:
    """When the end in CLOSE-WAIT was last seen to send data, or acknowledged the FIN, ns."""
    last = stop.index if stop else len(case.story.events)
    server = case.story.events[acked].server
    since = case.time(acked)
    before = case.column("bytes", acked)
    for h in case.story.events[acked + 1 : last]:
        if h.server != server or h.quote:
            continue
        # Data between two kept segments was sent by the time of the second at the latest.
        sent = case.column("bytes", h.index)
        since = np.where(sent > before, case.time(h.index), since)
        before = sent
    return since
