"""SYN003: a SYN-ACK that nothing ever acknowledged."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.icmp_names import icmp_name
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import openers, replaced
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.schedule import next_wait, schedule


@rule("SYN003", "third-ack-missing", Severity.WARNING)
def third_ack_missing(case: Case) -> Iterator[Hit]:
    """The server's SYN-ACK was never acknowledged.

    ## What it checks
    A valid SYN-ACK after which no segment of the client acknowledges it: the server is known to have come no
    further than SYN-RECEIVED. It says how often and how long the server repeated its SYN-ACK, and what the
    client did meanwhile.

    ## Why it matters
    The server holds a half-open connection until it gives up, and its application never sees it. Many of
    them at once fill the SYN backlog: that is what a SYN flood does.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1             # SYN003
    +1.000 < S. 0:0(0) ack 1
    +2.000 < S. 0:0(0) ack 1
    ```
    The client does not hear the server, and calls again:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1             # SYN003
    +1.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +2.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    ```
    The server gave up before the first acknowledgement came:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1             # SYN003
    +1.000 < S. 0:0(0) ack 1
    +3.500 > P. 1:11(10) ack 1
    +0.000 < R 1:1(0)
    ```

    ## Not flagged
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    ```
    Nor a client that resets the SYN-ACK (SYN016), or drops the attempt for a new one (SYN012).

    ## What to do
    Look at what the client does. If it repeats its SYN, the SYN-ACK does not reach it: check the way back and
    filters that drop it as invalid. If it is silent, its ACK is lost, or its address is spoofed: compare
    `nstat -az TcpExtTCPTimeouts TcpExtSyncookiesSent` and `ss -tn state syn-recv` on the server; against
    floods `net.ipv4.tcp_syncookies` should be 1. Wireshark: `tcp.flags.syn == 1 && tcp.flags.ack == 1 &&
    tcp.analysis.retransmission`.

    ## Limits
    A server that answers with SYN cookies never repeats its SYN-ACK, so one SYN-ACK alone is only likely.
    It is only likely, too, when the capture ends before the next repetition was due, and only possible when
    it ends before the first.

    ## Sources
    - RFC 9293 §3.5 figure 6: the third segment acknowledges the server's SYN
    - RFC 9293 §3.10.8: the SYN-ACK is retransmitted until then
    - RFC 4987 §2: what half-open connections do to a server
    """
    story = case.story
    if story.opening.outcome is not Opened.HALF_OPEN or story.opening.syn_ack is None:
        return
    later = story.events[story.opening.syn_ack :]
    sent = [h.index for h in later if h.syn_ack and h.server and h.valid]
    calls = [h for h in openers(story) if h.index > sent[0]]
    error = next((h for h in story.events if h.quote and not h.server and h.standing == 0), None)
    ended = story.opening.answer is not None and not story.events[story.opening.answer].quote
    late = _late(story.events, story.opening.answer) if ended else None
    due = next_wait([case.time(i) for i in sent[-2:]])
    pending: Array = np.zeros(len(case), bool) if ended else case.silence(sent[-1]) <= due

    def message(view: View) -> str:
        said = f"nothing acknowledged the SYN-ACK of {view.server} to {view.client}: it was sent "
        said += units.times(len(sent))
        if len(sent) > 2 or (calls and len(sent) > 1):
            said += f" over {view.took(sent[0], sent[-1])}"
        if len(sent) > 1 and not calls:
            said += f", again {schedule(view, sent).text}"
        if calls:
            said += f"; the client called again {units.times(len(calls))}, so it does not hear the server"
        if error:
            who, kind, code = view.quote(error.index)
            said += f"; {who} said of it: {icmp_name(':' in who, kind, code)}"
        if late:
            said += f"; what came {view.took(sent[0], late.index)} after the first was answered with RST,"
            said += " for the server had given up"
        elif not ended and view.all.end_ns - view.time(sent[-1]) <= schedule(view, sent[-2:]).next_ns:
            said += "; the capture ends before the next was due"
        return said

    first = "SYN-ACK, never acknowledged" if late is None else "SYN-ACK, not acknowledged in time"
    evidence = [Says(i, "SYN-ACK again" if k else first) for k, i in enumerate(sent)]
    evidence += [Says(h.index, "SYN again") for h in calls]
    evidence += [Says(error.index, "ICMP error about the SYN-ACK")] if error else []
    if late and story.opening.answer is not None:
        evidence += [Says(late.index, "the first acknowledgement"), Says(story.opening.answer, "RST")]
    evidence += [Says(story.opening.syn, "SYN")] if story.opening.syn is not None else []
    yield Hit(
        evidence,
        message,
        count=len(sent),
        where=~replaced(case) & ~case.fact("one_sided").astype(bool),
        proved=~pending & (len(sent) > 1),
        # A SYN-ACK sent again says by itself that no acknowledgement had come in time.
        doubtful=pending & (len(sent) == 1),
    )


def _late(events: tuple[Happening, ...], answer: int | None) -> Happening | None:
    """The client's segment that the server's RST answered."""
    return next((h for h in reversed(events[:answer]) if not h.server and h.plain), None)
