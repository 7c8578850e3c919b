"""ACK001: a SYN on an open connection, answered by a challenge ACK."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Acks
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import distance, end, following


@rule("ACK001", "syn-challenged", Severity.WARNING)
def syn_challenged(case: Case) -> Iterator[Hit]:
    """A SYN came for a connection that was already open, and was answered by a challenge ACK.

    ## What it checks
    Whether a SYN or SYN-ACK reached an end that was open, and the next segment of that end was a bare ACK
    that acknowledged nothing new. It says whether the SYN was a copy of the connection's own, a new
    attempt, or looks as if someone else sent it, and what followed.

    ## Why it matters
    A copy is harmless. A new attempt means that one end restarted, or uses the port again, while the
    other still holds the old connection: the new one opens only after the old is gone. A stranger's SYN
    is an attempt to reset the connection blindly, which the challenge defeats.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    +5.000 > S 70000:70000(0)            # ACK001
    +0.001 < . 301:301(0) ack 101
    +1.000 > P. 101:201(100) ack 301
    +0.010 < . 301:301(0) ack 201
    ```

    ## Not flagged
    A SYN-ACK that is repeated because the third segment was lost further on:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +1.000 < S. 0:0(0) ack 1             # SYN005
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101
    ```
    A SYN after both ends had closed, which is answered from TIME-WAIT:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 < F. 1:1(0) ack 1
    +0.010 > F. 1:1(0) ack 2
    +0.010 < . 2:2(0) ack 2
    +1.000 > S 4294900000:4294900000(0)  # FIN010
    +0.010 < . 2:2(0) ack 2
    ```
    Nor the whole story of a restart (ACK004).

    ## What to do
    For a new attempt find out why one end forgot the connection (restart, crash, NAT that hands out a
    port again) and see on the other with `ss -tno` how long it keeps it. For a stranger's SYN compare TTL
    and capture point; on Linux `nstat -az TcpExtTCPSYNChallenge TcpExtTCPChallengeACK` counts the
    answers.

    ## Limits
    Linux sends no more than one challenge ACK per 500 ms for each connection, so a missing answer to a
    later SYN means nothing. Where the ACK acknowledges something new it may be an ordinary one, and the
    finding is only possible.

    ## Sources
    - RFC 5961 §4.2: a SYN in a synchronized state is answered by a challenge ACK
    - RFC 9293 §3.10.7.4, fourth: the same
    """
    story = case.story
    met = [(h, a) for h in story.events if (a := _answer(story, h)) is not None]
    if not met:
        return
    first, answer = met[0]
    late = [h for h in story.events if h.index >= first.index and _late(story, h)]
    syns = [h for h in late if h.server == first.server]
    after = [h for h in story.events if h.index > met[-1][1].index and not h.quote]
    doubtful: Array = case.column("ack", answer.index) != case.column("own_acked", answer.index)

    def message(view: View) -> str:
        who, other = end(view, server=first.server), end(view, server=not first.server)
        kind = "SYN-ACK" if first.syn_ack else "SYN"
        far = distance(view, first.index)
        count = f" {units.times(len(syns))}" if len(syns) > 1 else ""
        what = f"a new {kind}" if first.foreign else f"a copy of its {kind}"
        lead = f"{who} sent {what}{count} on its open connection to {other}{far}"
        return f"{lead}; {other} answered with a challenge ACK, and {_followed(after, first.server)}"

    new = "of another ISN" if first.foreign else "again"
    evidence = [Says(first.index, f"{'SYN-ACK' if first.syn_ack else 'SYN'} {new} on an open connection")]
    evidence += [Says(i, "challenge ACK") for i in sorted({a.index for _, a in met})]
    evidence += [Says(h.index, "SYN again") for h in syns[1:]]
    yield Hit(evidence, message, count=len(syns), doubtful=doubtful)


def _late(story: Story, syn: Happening) -> bool:
    """A SYN or SYN-ACK that its sender, once open, could not have had to send."""
    if syn.quote or not (syn.foreign or syn.syn):
        return False
    before = story.events[: syn.index]
    mine = [h for h in before if h.server == syn.server and h.plain and h.valid]
    theirs = [h for h in before if h.server != syn.server and h.plain and h.valid]
    opened = story.opening
    if opened.outcome is Opened.UNSEEN:
        return bool(mine and theirs) and syn.foreign
    if opened.outcome is not Opened.ESTABLISHED or opened.ack is None or opened.ack > syn.index:
        return False
    if not syn.foreign and not any(h.payload or h.acks is not Acks.SYN or not h.server for h in mine):
        # A server repeats its SYN-ACK until it has the third segment; what it sends shows when that was.
        return False
    # TIME-WAIT answers a SYN by rules of its own (RFC 9293 §3.10.7.4, fourth; RFC 6191).
    acked = {h.server for h in before if h.acks is Acks.FIN and not h.rst}
    return len(acked) < 2


def _answer(story: Story, syn: Happening) -> Happening | None:
    """The challenge ACK that a SYN met."""
    if not _late(story, syn):
        return None
    answer = following(story, syn.index, server=not syn.server)
    if answer is None or not answer.bare_ack:
        return None
    between = [h for h in story.events[syn.index + 1 : answer.index] if h.server == syn.server]
    return None if any(h.payload or h.fin for h in between) else answer


def _followed(after: list[Happening], server: bool) -> str:
    if any(h.rst and h.server == server for h in after[:2]):
        return "was reset"
    return "the connection went on" if any(h.plain for h in after) else "nothing followed"
