"""HOST004: a service ignores the third ACK of several connections at a time."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules import crowds
from handshake_inspect.rules.case import Hit, Whole, WholeHit
from handshake_inspect.rules.registry import rule
from handshake_inspect.units import SECOND

IGNORED = 3
"Third ACKs lost in so short a time at one service are no accident, while others arrive."
WITHIN_NS = 10 * SECOND
"How close the connections begin."
SHOWN = 5
"Frames of evidence."


@rule("HOST004", "accept-queue-full", Severity.WARNING, whole=True, last=True)
def accept_queue_full(whole: Whole) -> Iterator[WholeHit]:
    """A service ignored the third ACK of several connections at the same time.

    ## What it checks
    At least 3 connections with SYN005 at one service that began within 10 s: the server repeated its SYN-ACK
    although the client had acknowledged it. It says how many of them lost data as well, and how many other
    connections the service opened at that time.

    It takes the place of SYN005 on each of those connections, and is as severe.

    ## Why it matters
    The accept queue is full: the application does not call `accept()` fast enough, and the system drops the
    ACKs that would make further connections. Clients believe to be connected and wait for answers.

    ## Example
    ```
    +0.00 [1] > S 0:0(0)
    +0.01 [1] < S. 0:0(0) ack 1
    +0.01 [1] > . 1:1(0) ack 1
    +0.01 [2] > S 0:0(0)
    +0.01 [2] < S. 0:0(0) ack 1
    +0.01 [2] > . 1:1(0) ack 1
    +0.01 [3] > S 0:0(0)
    +0.01 [3] < S. 0:0(0) ack 1
    +0.01 [3] > . 1:1(0) ack 1
    +0.10 [1] > P. 1:101(100) ack 1
    +0.90 [1] < S. 0:0(0) ack 1          # HOST004
    +0.01 [1] > . 101:101(0) ack 1
    +0.01 [2] < S. 0:0(0) ack 1
    +0.01 [2] > . 1:1(0) ack 1
    +0.01 [3] < S. 0:0(0) ack 1
    +0.01 [3] > . 1:1(0) ack 1
    ```

    ## Not flagged
    A single connection whose ACK was ignored: that may be loss.
    ```
    +0.00 [1] > S 0:0(0)
    +0.01 [1] < S. 0:0(0) ack 1
    +0.01 [1] > . 1:1(0) ack 1
    +0.01 [2] > S 0:0(0)
    +0.01 [2] < S. 0:0(0) ack 1
    +0.01 [2] > . 1:1(0) ack 1
    +1.00 [1] < S. 0:0(0) ack 1          # SYN005
    +0.01 [1] > . 1:1(0) ack 1
    ```

    ## What to do
    On the server, `ss -lnt` shows the queue (Recv-Q) and its limit (Send-Q) of each listening socket, and
    `nstat -az TcpExtListenOverflows TcpExtListenDrops` counts what was dropped. Make the application accept
    sooner; a longer queue (its backlog, capped by `net.core.somaxconn`) only helps against bursts.

    ## Limits
    Where no data was ignored, `TCP_DEFER_ACCEPT` looks the same, and so do losses on the way to the server,
    so the finding is only possible. A server that answers with SYN cookies, or that resets when the queue is
    full (`net.ipv4.tcp_abort_on_overflow`), repeats nothing and is not seen.

    ## Sources
    - RFC 9293 §3.10.7.4, fifth: in SYN-RECEIVED a valid ACK makes the connection ESTABLISHED
    - RFC 9293 §3.10.8: the SYN-ACK is retransmitted until it is acknowledged
    """
    all_ = whole.all
    ignored = whole.marked("SYN005")
    lives = np.flatnonzero(ignored)
    if len(lives) < IGNORED:
        return
    services, times = whole.parties.services, all_.facts.first_time_ns
    deaf = crowds.told_by(all_, _data_ignored)
    opened = ~ignored & crowds.told_by(all_, lambda s: s.opening.outcome is Opened.ESTABLISHED)
    again = {
        life: told.hit.evidence[0].event
        for told in whole.told["SYN005"]
        if isinstance(told.hit, Hit)
        for life in told.lives.tolist()
    }
    found = []
    for group in crowds.groups(all_, lives, services[lives], IGNORED):
        close = group[crowds.dense(times[group], IGNORED, WITHIN_NS)]
        if len(close):
            found.append(close)
    for group, count in crowds.largest(all_, found):
        view = View(all_, int(group[0]))
        lost = int(deaf[group].sum())
        begun = times[group]
        beside = (times >= begun.min() - WITHIN_NS) & (times <= begun.max() + WITHIN_NS)
        fine = int((opened & beside & (services == services[group[0]])).sum())
        where = view.server if count == 1 else f"{count} more services"
        message = f"{where} ignored the third ACK of {units.counted(len(group), 'connection')} at a time"
        message += f", and data of {lost} of them" if lost else ""
        message += f", while it opened {fine} others" if fine and count == 1 else ""
        message += (
            ": its accept queue is full" if lost else ": its accept queue is full, or it waits for data"
        )
        yield crowds.hit(
            whole,
            group,
            message,
            [(life, again[int(life)], "SYN-ACK again, after the ACK") for life in group[:SHOWN]],
            about=view.server if count == 1 else "others",
            display_filter=crowds.service(view),
            certain=lost > 0,
            proved=False,
        )


def _data_ignored(story: Story) -> bool:
    """The server repeated its SYN-ACK after data of the client was captured."""
    last = max((h.index for h in story.events if h.server and h.syn_ack), default=0)
    return any(h.payload and not h.server for h in story.events[:last])
