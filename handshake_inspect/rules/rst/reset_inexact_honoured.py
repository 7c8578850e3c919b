"""RST006: a RST that was not exact, and that its receiver obeyed."""

from collections.abc import Iterator

from handshake_inspect import seq, units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.events import PEER_ACKED
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Reset
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import distance, end
from handshake_inspect.units import SECOND

ANSWER_NS = SECOND
"A challenge ACK leaves at once, and few round trips are longer (RFC 6298 appendix A)."


@rule("RST006", "reset-inexact-honoured", Severity.WARNING)
def reset_inexact_honoured(case: Case) -> Iterator[Hit]:
    """A RST that was in the window but not exact ended the connection without being asked about.

    ## What it checks
    Whether a RST lay in its receiver's window, but neither at the number that one expected next nor at the
    end of what the sender had sent, and the receiver sent nothing more, or only RSTs, although the
    recording went on for 1 s or more. An end that follows RFC 5961 would have answered with a challenge ACK.

    ## Why it matters
    Such an end can be reset by anyone who guesses a number in its window, which takes few tries where the
    window is large. With the challenge, one number in 2^32 fits.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    +1.000 > R 1101:1101(0)              # RST006
    +2.000 > P. 101:201(100) ack 301
    +0.010 < R 301:301(0)                # RST003
    ```

    ## Not flagged
    A RST that was asked about:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    +1.000 > R 1101:1101(0)              # ACK002
    +0.001 < . 301:301(0) ack 101
    +2.000 > P. 101:201(100) ack 301
    +0.010 < . 301:301(0) ack 201
    ```
    Nor one of several RSTs of which another was exact.

    ## What to do
    See which system the end that obeyed runs: Linux since 3.6 and current BSD and Windows ask. For routers
    and embedded systems look for an update. Compare the TTL of the RST with that of its sender's other
    segments to see who sent it.

    ## Limits
    A challenge ACK may have been lost before the observer, so without a RST of the receiver afterwards
    the finding is only likely.

    ## Sources
    - RFC 5961 §3.2: a RST in the window that is not exact should end nothing, but draw a challenge ACK
    - RFC 9293 §3.10.7.4, second: the same, and what a stack without it does
    """
    story = case.story
    rst = _obeyed(story)
    if rst is None:
        return
    after = [h for h in story.events if h.index > rst.index and not h.quote]
    tried = next((h for h in after if h.server == rst.server and not h.rst), None)
    answer = next((h for h in after if tried and h.index > tried.index and h.server != rst.server), None)
    # How far off it was, only a receiver tells that had acknowledged something.
    judged = case.column("known", rst.index) & PEER_ACKED != 0

    def message(view: View) -> str:
        who, other = end(view, server=rst.server), end(view, server=not rst.server)
        off = seq.ahead(view.event("seq", rst.index), view.event("peer_acked", rst.index))
        by = f"{units.counted(off, 'byte')} beyond what {other} expected next"
        lead = f"a RST in the name of {who} was {by}{distance(view, rst.index)}"
        if answer is not None:
            return f"{lead}; {other} obeyed it without a challenge ACK, and reset what came later"
        return f"{lead}; {other} sent no challenge ACK and has been silent since"

    evidence = [Says(rst.index, "RST, in the window but not exact")]
    evidence += [Says(tried.index, "goes on")] if tried else []
    evidence += [Says(answer.index, "RST: the connection is gone")] if answer else []
    evidence += [Says(h.index, "RST") for h in after if h.rst and h.server == rst.server]
    yield Hit(
        evidence,
        message,
        where=judged & (case.silence(rst.index) >= ANSWER_NS),
        proved=answer is not None,
    )


def _obeyed(story: Story) -> Happening | None:
    """The one inexact RST that nothing but itself explains."""
    if story.opening.outcome not in (Opened.ESTABLISHED, Opened.UNSEEN):
        return None
    since = -1 if story.opening.ack is None else story.opening.ack
    rsts = [h for h in story.events if h.rst and h.index > since]
    rst = rsts[0] if rsts else None
    if rst is None or rst.reset is not Reset.IN_WINDOW or not story.effects[rst.index].taken:
        return None
    exact = any(h.server == rst.server and h.reset is not Reset.IN_WINDOW for h in rsts)
    closed = any(h.fin for h in story.events[: rst.index])
    return None if exact or closed else rst
