"""ACK004: a restarted client, and a server that still held the old connection."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Acks, Syn
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule

OLD = (Acks.OLDER_SYN, Acks.STALE, Acks.UNSENT)
"What an acknowledgement of another connection looks like."


@rule("ACK004", "half-open-recovered", Severity.WARNING)
def half_open_recovered(case: Case) -> Iterator[Hit]:
    """The server still held an old connection: it challenged the client's SYN, and the client reset it.

    ## What it checks
    Whether a SYN was answered by an ACK with a number of another connection, and the client answered that
    with a RST at this number. It says whether the client tried again, and whether the connection opened
    then.

    ## Why it matters
    The client restarted, or lost its state, and came back from the same port. The old connection hung on
    at the server until the RST ended it. The recovery is how TCP is meant to work, and costs the client a
    retry; that the client forgot a connection is what should be looked into.

    ## Example
    ```
    +0.000 > S 0:0(0)                    # comes from the port of an older connection
    +0.010 < . 900000:900000(0) ack 700000   # ACK004
    +0.010 > R 700000:700000(0)
    +1.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101
    ```

    ## Not flagged
    The answer of a host in TIME-WAIT, whose connection both ends had closed:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 < F. 1:1(0) ack 1
    +0.010 > F. 1:1(0) ack 2
    +0.010 < . 2:2(0) ack 2
    +1.000 > S 4294900000:4294900000(0)  # FIN010
    +0.010 < . 2:2(0) ack 2
    +0.010 > R 2:2(0)
    ```

    ## What to do
    Find out why the client forgot: a restart, a crash, a container or virtual machine that moved, a NAT
    that gave the port to another host. On the server `ss -tno` shows such leftovers; keep-alives
    (`SO_KEEPALIVE`, `net.ipv4.tcp_keepalive_time`) find them sooner.

    ## Limits
    When the capture did not see the older connection close, a host in TIME-WAIT that refuses the SYN
    looks the same. A firewall that drops the challenge ACK or the RST hides the recovery, and only SYNs
    are seen.

    ## Sources
    - RFC 9293 §3.5.1, figure 9: half-open connection discovery
    - RFC 5961 §4.2: the challenge ACK
    - RFC 9293 §3.10.7.3, first: an unacceptable ACK in SYN-SENT is answered by a RST at its number
    """
    story = case.story
    found = _found(story)
    if found is None:
        return
    syn, challenge, reset = found
    again = [h for h in story.events if h.index > reset.index and h.opener and not h.server]
    opened = story.opening.outcome is Opened.ESTABLISHED and bool(again)
    syn_ack, ack = story.opening.syn_ack, story.opening.ack

    def message(view: View) -> str:
        before = view.life - 1
        held = "an older connection"
        if before >= 0 and view.all.lives.flow[before] == view.all.lives.flow[view.life]:
            held = f"a connection last heard {units.duration(-view.gap(0, -1))} before"
        lead = f"{view.server} still held {held}; it challenged the SYN of {view.client}, which reset that"
        if opened and ack is not None:
            return f"{lead}, tried again and got through after {view.took(syn.index, ack)}"
        if again:
            return f"{lead} and tried again, but did not get through"
        return f"{lead} and did not try again"

    evidence = [
        Says(challenge.index, "ACK of an older connection"),
        Says(syn.index, "SYN"),
        Says(reset.index, "RST at the number acknowledged"),
    ]
    evidence += [Says(h.index, "SYN again") for h in again]
    if opened:
        evidence += [Says(i, says) for i, says in ((syn_ack, "SYN-ACK"), (ack, "opened")) if i is not None]
    exact: Array = case.column("seq", reset.index) == case.column("ack", challenge.index)
    yield Hit(evidence, message, where=exact & ~_explained(case))


def _found(story: Story) -> tuple[Happening, Happening, Happening] | None:
    """The SYN, the answer from another connection, and the RST for that."""
    for syn in story.events:
        if not syn.opener or syn.server or syn.standing not in (Syn.FIRST, Syn.AGAIN):
            continue
        rest = [h for h in story.events[syn.index + 1 :] if not h.quote]
        challenge = next((h for h in rest if h.server), None)
        if challenge is None or not challenge.bare_ack or challenge.acks not in OLD:
            return None
        reset = next((h for h in rest if not h.server and h.index > challenge.index), None)
        if reset is not None and reset.rst and not reset.ack:
            return syn, challenge, reset
        if reset is None or not reset.opener:
            return None
    return None


def _explained(case: Case) -> Array:
    """Whether the life before explains the answer: TIME-WAIT, or an attempt that was still opening."""
    before = case.neighbour(-1)
    others = (Closed.CLOSED, Closed.CLOSING, Closed.NEVER_OPENED)
    other = np.array([s.closing.outcome in others for s in case.all.stories], bool)
    explained: Array = (before >= 0) & other[case.all.shapes.of[np.maximum(before, 0)]]
    return explained
