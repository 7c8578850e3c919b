"""HOST001: a flood of SYNs at one service."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array, selection
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.integers import among
from handshake_inspect.rules import crowds
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.option import Option
from handshake_inspect.rules.registry import rule
from handshake_inspect.units import SECOND


# Ten half-open fill a small backlog; loss leaves one or two behind. Where nothing is answered, fewer than a
# hundred are what any dead server sees (HOST006).
@rule(
    "HOST001",
    "syn-flood",
    Severity.ERROR,
    Option("half_open", 10, "attempts", "how many make a flood at a service that answers some", least=1),
    Option("unanswered", 100, "attempts", "how many make a flood at a service that answers none", least=1),
    Option("seconds", 10.0, "s", "within what time there are so many"),
    whole=True,
    last=True,
)
def syn_flood(whole: Whole, *, half_open: int, unanswered: int, seconds: float) -> Iterator[WholeHit]:
    """Many SYNs came to one service at once, and nobody completed the handshakes.

    ## What it checks
    Attempts at one address and port whose client sent one SYN and nothing more: at least `half_open` (default
    10) within `seconds` (default 10) where the service answered some, at least `unanswered` (default 100)
    where it answered none. They are at least half of all attempts at the service in that time. It says from
    how many addresses they came, how fast, how many the service answered, and what became of the others.

    It takes the place of SYN002, SYN003 and SYN011 on each of those connections, and is as severe.

    ## Why it matters
    Each half-open connection holds a place in the SYN backlog for a minute or so. When the backlog is full,
    real clients are dropped, unless the service answers with SYN cookies.

    ## Example
    Ten half-open connections within a second:
    ```
    +0.00 [1] > S 0:0(0)                 # HOST001
    +0.01 [1] < S. 0:0(0) ack 1
    +0.01 [2] > S 0:0(0)
    +0.01 [2] < S. 0:0(0) ack 1
    +0.01 [3] > S 0:0(0)
    +0.01 [3] < S. 0:0(0) ack 1
    +0.01 [4] > S 0:0(0)
    +0.01 [4] < S. 0:0(0) ack 1
    +0.01 [5] > S 0:0(0)
    +0.01 [5] < S. 0:0(0) ack 1
    +0.01 [6] > S 0:0(0)
    +0.01 [6] < S. 0:0(0) ack 1
    +0.01 [7] > S 0:0(0)
    +0.01 [7] < S. 0:0(0) ack 1
    +0.01 [8] > S 0:0(0)
    +0.01 [8] < S. 0:0(0) ack 1
    +0.01 [9] > S 0:0(0)
    +0.01 [9] < S. 0:0(0) ack 1
    +0.01 [10] > S 0:0(0)
    +0.01 [10] < S. 0:0(0) ack 1
    +1.00 [1] < S. 0:0(0) ack 1
    ```

    ## Not flagged
    A real client repeats its SYN when no answer comes, so what repeats is no part of a flood.
    ```
    +0.00 [1] > S 0:0(0)                 # SYN002
    +0.01 [2] > S 0:0(0)                 # SYN002
    +1.00 [1] > S 0:0(0)
    +0.01 [2] > S 0:0(0)
    ```

    ## What to do
    Look at the service: `ss -Hn state syn-recv | wc -l` counts the half-open, and
    `nstat -az TcpExtTCPReqQFullDrop TcpExtTCPReqQFullDoCookies TcpExtSyncookiesSent` says whether the
    backlog overflowed and what was done. Keep `net.ipv4.tcp_syncookies=1`. Addresses that never answer are
    forged, so filter by rate and not by address. The connections are left out of the findings about single
    connections; `handshake-inspect connections` lists them.

    ## Limits
    A capture that misses the third segments, because of its filter or of the way they take, looks the same.
    Where nothing shows that the handshakes were not completed, the finding is only possible. Repeated
    SYN-ACKs show it: the service still waits. SYN cookies are never repeated.

    ## Sources
    - RFC 4987 §2: the attack, and why the addresses are forged
    - RFC 4987 §3.6: SYN cookies
    - RFC 6298 §2.1: a client that wants to connect repeats its SYN after 1 s
    """
    all_, facts = whole.all, whole.all.facts
    answered = crowds.told_by(all_, lambda s: s.opening.outcome is Opened.HALF_OPEN)
    silent = crowds.told_by(all_, crowds.unanswered)
    attempts = crowds.attempts(all_)
    once = attempts & (answered | silent) & (facts.client_syns == 1) & ~facts.one_sided
    lives = np.flatnonzero(once)
    services = whole.parties.services
    asked = services[selection(lives, len(all_))]
    floods = [
        flood
        for group in crowds.groups(all_, lives, asked, min(half_open, unanswered))
        if len(flood := _flood(whole, group, answered, (half_open, unanswered), units.nanoseconds(seconds)))
    ]
    others = np.flatnonzero(attempts & ~once)
    theirs = services[others]
    near = among(theirs, np.array([services[flood[0]] for flood in floods], np.int64))
    others, theirs = others[near], theirs[near]
    sure = [flood for flood in floods if len(_during(whole, flood, others, theirs)) <= len(flood)]
    for flood, count in crowds.largest(all_, sure):
        view = View(all_, int(flood[0]))
        more = f"{count} more services got SYNs that nobody followed up, {len(flood)} in all"
        again = facts.server_syn_acks[flood] > 1
        yield crowds.hit(
            whole,
            flood,
            more if count > 1 else partial(_message, whole, flood, answered, others, theirs),
            [(flood[0], 0, "the first SYN of the flood"), (flood[-1], 0, "the last one")],
            about=view.server if count == 1 else "others",
            display_filter=f"{crowds.service(view)} && tcp.flags.syn == 1",
            certain=bool((again | ~answered[flood]).any() or _completed(whole)),
            proved=bool(again.any()),
        )


def _flood(whole: Whole, group: Array, answered: Array, least: tuple[int, int], within_ns: int) -> Array:
    """Those of one service that stand close enough: so many where some are answered, so many where none."""
    times = whole.all.facts.first_time_ns[group]
    if answered[group].any():
        flood = group[crowds.dense(times, least[0], within_ns)]
        if answered[flood].any():
            return flood
    return group[crowds.dense(times, least[1], within_ns)]


def _during(whole: Whole, flood: Array, others: Array, services: Array) -> Array:
    """The other attempts at the flooded service in that time."""
    if not len(others):
        return others
    times = whole.all.facts.first_time_ns
    begun = times[others]
    inside = (begun >= times[flood].min()) & (begun <= times[flood].max() + SECOND)
    same: Array = services == whole.parties.services[flood[0]]
    found: Array = others[inside & same]
    return found


def _completed(whole: Whole) -> bool:
    """Whether this capture shows any completed handshake: a filter for SYNs shows none."""
    return any(_opened(story) and story.opening.ack is not None for story in whole.all.stories)


def _opened(story: Story) -> bool:
    return story.opening.outcome is Opened.ESTABLISHED


def _message(whole: Whole, flood: Array, half_open: Array, others: Array, services: Array) -> str:
    facts = whole.all.facts
    others = _during(whole, flood, others, services)
    view = View(whole.all, int(flood[0]))
    took = crowds.span(whole, flood)
    rate = f", {len(flood) * SECOND / took:.0f} each second" if took > SECOND // 100 else ""
    answered = int(half_open[flood].sum())
    again = int((facts.server_syn_acks[flood] > 1).sum())
    reply = f"it answered {answered}" if answered else "it answered none"
    reply += f", {'each' if again == answered else f'{again} of them'} more than once" if again else ""
    text = (
        f"{view.server} got {units.counted(len(flood), 'SYN')} within {units.duration(took)}{rate}, from"
        f" {crowds.count_of(whole.parties.clients[flood], 'address', 'addresses')}, and nobody completed a"
        f" handshake: {reply}"
    )
    if not len(others):
        return text
    opened = crowds.told_by(whole.all, _opened)[others]
    text += f"; of {units.counted(len(others), 'other attempt')} in that time {int(opened.sum())} opened"
    late = int((opened & (facts.client_syns[others] > 1)).sum())
    return f"{text}, {late} only after its SYN was repeated" if late else text
