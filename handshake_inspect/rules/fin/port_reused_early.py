"""FIN010: a 4-tuple that opened again soon after its close."""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.events import OWN_NEXT
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.incarnations import TIME_WAIT_NS
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Acks
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import copied, fate, stories_before
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.option import Option
from handshake_inspect.rules.registry import rule

ENDED = (Closed.CLOSED, Closed.CLOSING)
"Where one end is in TIME-WAIT, or will be."

OF_ANOTHER = (Acks.OLDER_SYN, Acks.STALE, Acks.UNSENT)
"What an acknowledgement of the old connection looks like in the new one."


@rule(
    "FIN010",
    "port-reused-early",
    Severity.NOTE,
    Option("seconds", TIME_WAIT_NS / units.SECOND, "s", "2 MSL, for which a closed connection is remembered"),
)
def port_reused_early(case: Case, *, seconds: float) -> Iterator[Hit]:
    """The same two ports opened again while the connection before might still be in TIME-WAIT.

    ## What it checks
    A SYN between the same addresses and ports within `seconds` (default 60) of the last segment of the
    connection before, which was closed by FIN or whose close was not captured. It says whether the new
    sequence number or timestamp is larger than the old one, as it has to be, or whether the other end
    answered from TIME-WAIT and so refused, which is told for up to 60 s even where `seconds` is less. A reuse
    that was refused and did not open is a warning. A copy of the SYN that had opened the connection before is
    told apart: it was long on its way, and nobody called.

    ## Why it matters
    TIME-WAIT keeps segments of an old connection out of a new one. Accepting a larger number early is legal
    and usual. When the number is not larger, the end in TIME-WAIT answers with an ACK of the old connection,
    the client resets that, and the call costs a retry or fails.

    ## Example
    A larger number is accepted:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 < F. 1:1(0) ack 1
    +0.010 > F. 1:1(0) ack 2
    +0.010 < . 2:2(0) ack 2
    +0.300 > S 90000:90000(0)            # FIN010
    +0.010 < S. 70000:70000(0) ack 90001
    +0.010 > . 90001:90001(0) ack 70001
    ```
    A smaller one is answered from TIME-WAIT:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 < F. 1:1(0) ack 1
    +0.010 > F. 1:1(0) ack 2
    +0.010 < . 2:2(0) ack 2
    +0.300 > S -90000:-90000(0)          # FIN010
    +0.010 < . 2:2(0) ack 2
    +0.001 > R 2:2(0)
    +0.012 > S -90000:-90000(0)
    +2.000 > S -90000:-90000(0)
    +0.010 < . 2:2(0) ack 2
    +0.001 > R 2:2(0)
    ```

    An old SYN comes late, after the connection that it opened:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > F. 1:1(0) ack 1
    +0.010 < F. 1:1(0) ack 2
    +0.010 > . 2:2(0) ack 2
    +0.900 > S 0:0(0)                    # FIN010
    +0.010 < S. 70000:70000(0) ack 1
    +0.001 > R 70001:70001(0)
    ```

    ## Not flagged
    A reuse after TIME-WAIT is over, or after a RST, after which stacks do not wait:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 < F. 1:1(0) ack 1
    +0.010 > F. 1:1(0) ack 2
    +0.010 < . 2:2(0) ack 2
    +70.00 > S 90000:90000(0)
    +0.010 < S. 70000:70000(0) ack 90001
    +0.010 > . 90001:90001(0) ack 70001
    ```
    Nor a SYN that meets a connection which is still open at the other end (ACK001, ACK004).

    ## What to do
    Ask why the port comes back so soon: a client that binds its source port, a NAT with too few ports, or
    more calls to one service than there are ports (`ss -tan state time-wait | wc -l`,
    `sysctl net.ipv4.ip_local_port_range net.ipv4.tcp_tw_reuse`, `conntrack -S`). Where reuse is refused, turn
    on timestamps at both ends, and see that the server does not run with `net.ipv4.tcp_rfc1337=1`.

    ## Limits
    RFC 9293 §3.5.2 has an end wait after a RST, too; no common stack does, and §3.10.5 does not ask it to.
    Which end is in TIME-WAIT is taken from who closed first. Only the timestamps of SYNs are compared. A
    client without them that begins every call with one number looks like an old SYN where its call did not
    open. Where the close was not captured, both ends may have forgotten the old connection by other means.

    ## Sources
    - RFC 9293 §3.6.1: an end may reopen from TIME-WAIT, with an initial number beyond those it used before
    - RFC 6191 §2: it accepts a SYN whose timestamp, or whose sequence number, is larger than the last
    - RFC 9293 §3.10.7.4, fourth: any other SYN in TIME-WAIT is answered by a challenge ACK
    - RFC 1122 §4.2.2.13: TIME-WAIT, and when it may be cut short
    """
    story = case.story
    first = story.events[0]
    if not case.all.reused or not first.opener or first.server:
        return
    before = case.neighbour(-1)
    facts = case.all.facts
    pause = np.where(before >= 0, case.time(0) - facts.last_time_ns[before], np.iinfo(np.int64).max)
    limit = units.nanoseconds(seconds)
    soon = pause <= limit
    # Who answers from TIME-WAIT is in it, whatever is said to be its length.
    recent = pause <= max(limit, TIME_WAIT_NS)
    if not recent.any():
        return
    answers = _answers(story)
    # What nothing answers may have met the old connection, and is not yet a new one (SYN002).
    answered = story.opening.outcome is not Opened.UNANSWERED
    for old, where in stories_before(case, recent):
        outcome = old.closing.outcome
        if answers and outcome in ENDED:
            yield _refused(story, answers, old, where & _of_the_old(case, answers[0].index))
        elif not answers and (outcome in ENDED or (_left_open(old) and answered)):
            where = where & soon
            late = where & copied(case)
            if story.opening.outcome is not Opened.ESTABLISHED and late.any():
                # A client that begins every connection with one number goes on with it (ISN004).
                yield _old_syn(story, old, late)
                where = where & ~late
            evidence = [Says(0, "SYN on a 4-tuple that was just in use"), *_close(old)]
            if story.opening.syn_ack is not None:
                evidence.append(Says(story.opening.syn_ack, "SYN-ACK"))
            message = partial(_accepted, closed=outcome in ENDED)
            yield Hit(evidence, message, where=where, explains=False)


def _old_syn(story: Story, old: Story, where: Array) -> Hit:
    resets = [h for h in story.events if h.rst and not h.server]

    def message(view: View) -> str:
        said = (
            f"the SYN with which {view.client} had opened its last connection to {view.server} came again"
            f" {_pause(view)} after that closed: an old one, that was long on its way"
        )
        if story.opening.syn_ack is not None:
            said += f"; {view.server} took it for a new call"
        return said + ("; the client reset the answer" if resets else f"; {fate(view.story)}")

    evidence = [Says(0, "an old SYN"), Says(-len(old.events), "the SYN it is a copy of"), *_close(old)]
    if story.opening.syn_ack is not None:
        evidence.append(Says(story.opening.syn_ack, "SYN-ACK for it"))
    evidence += [Says(h.index, "the client rejects that") for h in resets]
    return Hit(evidence, message, where=where)


def _answers(story: Story) -> Sequence[Happening]:
    """The server's ACKs of another connection, if that was its first answer."""
    answers = [h for h in story.events if h.server and not h.quote]
    if not answers or not answers[0].bare_ack or answers[0].acks not in OF_ANOTHER:
        return ()
    return [h for h in answers if h.bare_ack and h.acks in OF_ANOTHER]


def _left_open(old: Story) -> bool:
    """The old connection was seen to open, and not seen to end on both sides."""
    outcome = old.closing.outcome
    return old.opening.outcome is Opened.ESTABLISHED and outcome in (Closed.OPEN, Closed.HALF_CLOSED)


def _of_the_old(case: Case, answer: int) -> Array:
    """Whether that answer acknowledges just what the client had sent before its new SYN."""
    known = case.column("known", 0) & OWN_NEXT != 0
    exact: Array = known & (case.column("ack", answer) == case.column("own_next", 0))
    return exact


def _close(old: Story) -> list[Says]:
    """The end of the connection before, at positions before 0."""
    length = len(old.events)
    fins = [i for i in (old.closing.client_fin, old.closing.server_fin) if i is not None]
    said = [Says(i - length, "FIN of the connection before") for i in sorted(fins)]
    return said or [Says(-1, "the last segment of the connection before")]


def _refused(story: Story, answers: Sequence[Happening], old: Story, where: Array) -> Hit:
    opened = story.opening.outcome is Opened.ESTABLISHED
    resets = [h for h in story.events if h.rst and not h.server]
    again = [h for h in story.events[1:] if h.opener and not h.server]

    def message(view: View) -> str:
        did = "which the client reset" if resets else "which the client never reset"
        then = f"its next SYN, {view.took(0, again[0].index)} after the first, was accepted" if again else ""
        ending = then if opened and then else fate(view.story)
        return (
            f"{view.client} called {view.server} again {_pause(view)} after their last connection closed;"
            f" {view.server} answered from TIME-WAIT with an ACK of the old one, {did}; {ending}"
        )

    evidence = [Says(0, "SYN on a 4-tuple in TIME-WAIT"), *_close(old)]
    evidence += [Says(h.index, "ACK of the old connection") for h in answers]
    evidence += [Says(h.index, "RST for that") for h in resets]
    evidence += [Says(h.index, "SYN again") for h in again]
    severity = None if opened else Severity.WARNING
    return Hit(evidence, message, count=len(answers), where=where, severity=severity)


def _pause(view: View) -> str:
    return units.duration(-view.gap(0, -1))


def _accepted(view: View, *, closed: bool) -> str:
    how = "closed" if closed else "was last heard and not seen to close"
    lead = (
        f"{view.client} called {view.server} again from the same port {_pause(view)} after their last"
        f" connection {how}"
    )
    return f"{lead}; {_larger(view)}; {fate(view.story)}"


def _larger(view: View) -> str:
    """Whether the new SYN may be accepted in TIME-WAIT, in words."""
    if view.event("known", 0) & OWN_NEXT:
        beyond = seq.ahead(view.event("seq", 0), view.event("own_next", 0))
        if beyond >= 0:
            return "its new sequence number is larger than the old ones, so that is legal"
        stamps = _timestamps(view)
        if stamps and seq.ahead(stamps[1], stamps[0]) > 0:
            return "its number is smaller than the old ones, but its timestamp is larger, so that is legal"
        return (
            "its sequence number is not larger than the old ones, so segments of the old may be taken for new"
        )
    return "whether its sequence number is larger than the old ones cannot be told"


def _timestamps(view: View) -> tuple[int, int] | None:
    """TSval of the old SYN of this end and of the new one, where both have timestamps."""
    new = view.offer(0)
    side = view.event("side", 0)
    old_life = View(view.all, view.life - 1)
    syns = [h for h in old_life.story.events if h.syn and old_life.event("side", h.index) == side]
    old = old_life.offer(syns[0].index) if syns else None
    if not new or not old or not (new["timestamps"] and old["timestamps"]):
        return None
    return old["tsval"], new["tsval"]
