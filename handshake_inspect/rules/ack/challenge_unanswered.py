"""ACK005: a SYN that is challenged again and again, and no RST ever answers the challenge."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Acks
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import PROMPT_NS, stories_before
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.schedule import schedule
from handshake_inspect.rules.sender import end

OF_ANOTHER = (Acks.OLDER_SYN, Acks.STALE, Acks.UNSENT)
"What an acknowledgement of the old connection looks like to the new attempt."


class _Stuck(NamedTuple):
    """SYNs of one end, and the challenge ACKs of the other."""

    syns: list[Happening]
    challenges: list[Happening]


@rule("ACK005", "challenge-unanswered", Severity.WARNING)
def challenge_unanswered(case: Case) -> Iterator[Hit]:
    """A SYN was answered by challenge ACKs only, and no RST answered these.

    ## What it checks
    Whether an end repeated its SYN after a challenge ACK for it, every answer it got was such an ACK, and it
    never sent the RST by which a living end disowns the old connection.

    ## Why it matters
    The other end still holds an old connection and asks whether it is over. The caller has to say so with a
    RST; without that every try meets the same answer until the old connection times out, which may take
    hours. Mostly a firewall drops the challenge ACK before the caller or the RST behind it, because neither
    fits a connection it knows.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < . 900000:900000(0) ack 700000   # ACK005
    +1.000 > S 0:0(0)
    +0.010 < . 900000:900000(0) ack 700000
    +2.000 > S 0:0(0)
    +0.010 < . 900000:900000(0) ack 700000
    ```

    ## Not flagged
    A caller that answers with RST, and so gets through:
    ```
    +0.000 > S 0:0(0)
    +0.010 < . 900000:900000(0) ack 700000   # ACK004
    +0.010 > R 700000:700000(0)
    +1.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    ```
    Nor the SYN of a stranger, while the connection goes on (ACK001).

    ## What to do
    Capture beside the caller. If the challenge ACK does not get there, the firewall before it drops what it
    has no state for (on Linux, conntrack state INVALID). If a RST leaves the caller and is not seen here, a
    box drops that. Either let both pass, or make old connections end sooner at the other end: keep-alives
    (`ss -tno` there shows the leftover, `ss -K` ends it).

    ## Limits
    A capture before the box that drops the RST would see it, and tell the story as ACK004 that did not get
    through. After a single challenge ACK the finding is only likely: its RST may simply have been lost.

    ## Sources
    - RFC 5961 §4.2: the challenge ACK, and the RST that a restarted end answers it with
    - RFC 9293 §3.5.1, figure 9: half-open connection discovery
    - RFC 9293 §3.10.7.3, first: an unacceptable ACK in SYN-SENT is answered by a RST
    """
    story = case.story
    stuck = _opening(story) or _open(story)
    if stuck is None:
        return
    syns, challenges = stuck
    caller = syns[0].server

    def message(view: View) -> str:
        who, other = end(view, server=caller), end(view, server=not caller)
        tries = f"{who} sent its SYN to {other} {units.times(len(syns))}"
        if len(timed := _timed_out(view, syns, challenges)) > 1:
            tries += f", {schedule(view, timed).text}"
        count = units.counted(len(challenges), "challenge ACK")
        answers = f"{other} answered with {count} of an older connection"
        return f"{tries}; {answers}, and no RST of {who} said that this is over"

    evidence = [Says(challenges[0].index, "challenge ACK that no RST answers")]
    evidence += [Says(h.index, "SYN again" if k else "SYN") for k, h in enumerate(syns)]
    evidence += [Says(h.index, "challenge ACK again") for h in challenges[1:]]
    where = None
    if case.all.reused and not syns[0].foreign:
        # In TIME-WAIT, and while an attempt is still open, the answer means something else.
        where = case.neighbour(-1) < 0
        for old, follows in stories_before(case, ~where):
            if old.closing.outcome not in (Closed.CLOSED, Closed.CLOSING, Closed.NEVER_OPENED):
                where |= follows
    yield Hit(evidence, message, count=len(challenges), where=where, proved=len(challenges) > 1)


def _timed_out(view: View, syns: list[Happening], challenges: list[Happening]) -> list[int]:
    """The first SYN, and those that a time-out repeated: Linux sends one more right after a wrong answer."""
    timed = [syns[0].index]
    for before, h in pairwise(syns):
        since = max([before.index, *(a.index for a in challenges if a.index < h.index)])
        if view.gap(since, h.index) > PROMPT_NS:
            timed.append(h.index)
    return timed


def _opening(story: Story) -> _Stuck | None:
    """SYNs of a life of their own, whose predecessor was captured apart or not at all."""
    if story.opening.outcome is not Opened.INVALID:
        return None
    events = [h for h in story.events if not h.quote]
    syns = [h for h in events if not h.server]
    answers = [h for h in events if h.server]
    challenged = all(h.bare_ack and h.acks in OF_ANOTHER for h in answers)
    if not challenged or not all(h.opener for h in syns):
        return None
    return _stuck(syns, answers)


def _open(story: Story) -> _Stuck | None:
    """SYNs of another number within the life of the old connection, whose sender says nothing else."""
    first = next((h for h in story.events if h.foreign and h.opener), None)
    if first is None or story.opening.outcome not in (Opened.ESTABLISHED, Opened.UNSEEN):
        return None
    after = [h for h in story.events[first.index :] if not h.quote]
    syns = [h for h in after if h.server == first.server]
    answers = [h for h in after if h.server != first.server]
    if not all(h.foreign and h.opener for h in syns) or not all(h.bare_ack for h in answers):
        return None
    return _stuck(syns, answers)


def _stuck(syns: list[Happening], answers: list[Happening]) -> _Stuck | None:
    """Both, where a SYN came again after an answer."""
    again = bool(answers) and syns[0].index < answers[0].index < syns[-1].index
    return _Stuck(syns, answers) if again else None
