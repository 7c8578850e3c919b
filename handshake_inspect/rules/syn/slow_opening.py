"""SYN017: an opening that took long although nothing was lost."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.option import Option
from handshake_inspect.rules.registry import rule

PART = 10
"A tenth of what is slow is within what a busy host or a long path takes."
TIMES_SLOWER = 10


@rule(
    "SYN017",
    "slow-opening",
    Severity.NOTE,
    Option("seconds", 1.0, "s", "the longest that either half of the handshake may take"),
)
def slow_opening(case: Case, *, seconds: float) -> Iterator[Hit]:
    """The handshake took long although nothing was retransmitted.

    ## What it checks
    Whether the SYN-ACK came more than `seconds` (default 1) after the SYN, or the acknowledgement of it that
    long after the SYN-ACK. An acknowledgement is also called slow when it took more than a tenth of that and
    ten times as long as this client's quickest answer to anything later: the path is not what delayed it.

    ## Why it matters
    The time of the handshake is added to every new connection. It tells a slow server from a slow client: a
    full backlog or a lazy proxy answers late, a client that delays its acknowledgements does so on purpose.

    ## Example
    ```
    +0     > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.200 > . 1:1(0) ack 1              # SYN017
    +0.010 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    ```

    ## Not flagged
    A capture near the server sees every acknowledgement a round trip later; so it is with all that follows.
    ```
    +0     > S 0:0(0)
    +0.001 < S. 0:0(0) ack 1
    +0.200 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.001 < P. 1:301(300) ack 101
    +0.200 > . 101:101(0) ack 301
    ```
    Nor an opening in which a SYN or SYN-ACK was repeated: the loss explains the time.

    ## What to do
    Of a slow SYN-ACK, look at the server: its load, its listen backlog, what stands in front of it. Of a slow
    acknowledgement, look at the client: Linux delays it when TCP_QUICKACK is off or the host is busy.

    ## Limits
    The time is what the capture saw: from the middle of a path, each half holds one side's round trip.

    ## Sources
    - RFC 6298 §2.1: the first time-out is 1 s; what takes longer is close to being repeated
    - RFC 1122 §4.2.3.2: an acknowledgement may be delayed, by less than 0.5 s
    """
    opening = case.story.opening
    if opening.outcome is not Opened.ESTABLISHED or opening.syn is None or opening.syn_ack is None:
        return
    again = [h for h in case.story.events if h.syn and h.standing != 0]
    if again:
        return
    syn, syn_ack, ack = opening.syn, opening.syn_ack, opening.ack
    slow_ns = units.nanoseconds(seconds)
    answered = case.time(syn_ack) - case.time(syn)

    def server_slow(view: View) -> str:
        return f"{view.server} took {view.took(syn, syn_ack)} to answer the SYN of {view.client}"

    slow = answered > slow_ns
    if slow.any():
        says = [Says(syn_ack, "SYN-ACK"), Says(syn, "SYN")]
        yield Hit(says, server_slow, where=slow)
    if ack is None:
        return
    acknowledged = case.time(ack) - case.time(syn_ack)
    quickest = _quickest(case, ack)
    hesitant = (acknowledged > slow_ns // PART) & (acknowledged > TIMES_SLOWER * quickest)
    slow = (acknowledged > slow_ns) | hesitant

    def client_slow(view: View) -> str:
        return (
            f"{view.client} took {view.took(syn_ack, ack)} to acknowledge the SYN-ACK of {view.server}, "
            f"which had come after {units.duration(view.gap(syn, syn_ack))}"
        )

    if slow.any():
        yield Hit([Says(ack, "acknowledges the SYN-ACK"), Says(syn_ack, "SYN-ACK")], client_slow, where=slow)


def _quickest(case: Case, ack: int) -> Array:
    """The client's quickest answer to data after the handshake, ns; a very long time where there was none."""
    quickest = np.full(len(case), np.iinfo(np.int64).max // TIMES_SLOWER)
    for asked, answer in pairwise(case.story.events):
        if asked.index > ack and asked.server and asked.payload and answer.bare_ack and not answer.server:
            quickest = np.minimum(quickest, case.time(answer.index) - case.time(asked.index))
    return quickest
