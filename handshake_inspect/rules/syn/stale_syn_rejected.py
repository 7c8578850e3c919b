"""SYN013: an old SYN that was answered, rejected, and did no harm."""

from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Acks, Syn
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import correcting, openers, stories_before
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule


class _Recovery(NamedTuple):
    """The three steps, as positions of events."""

    old: int
    answers: list[int]
    reset: int


@rule("SYN013", "stale-syn-rejected", Severity.NOTE)
def stale_syn_rejected(case: Case) -> Iterator[Hit]:
    """The server answered an old SYN, the client rejected that, and the newer SYN opened the connection.

    ## What it checks
    A SYN-ACK, or a challenge ACK from SYN-RECEIVED, that acknowledges an older SYN than the client's newest;
    a RST of the client against it; and then a handshake that succeeds. When the newer SYN was captured only
    after the RST, it must follow at its heels.

    ## Why it matters
    This is the handshake doing what it was made for: the third segment exists so that an old SYN cannot open
    a connection. It costs a round trip or two. If it is frequent, something delays or repeats SYNs.

    ## Example
    ```
    +0.000 > S -5000:-5000(0)            # SYN013
    +0.200 > S 0:0(0)
    +0.010 < S. 0:0(0) ack -4999
    +0.010 > R -4999:-4999(0)
    +0.012 > S 0:0(0)
    +0.010 < S. 30000:30000(0) ack 1
    +0.010 > . 1:1(0) ack 30001
    ```
    The first SYN-ACK was lost, and a challenge ACK speaks for it:
    ```
    +0.000 > S -5000:-5000(0)            # SYN013
    +0.200 > S 0:0(0)
    +0.010 < . 1:1(0) ack -4999
    +0.010 > R -4999:-4999(0)
    +0.012 > S 0:0(0)
    +0.010 < S. 30000:30000(0) ack 1
    +0.010 > . 1:1(0) ack 30001
    ```
    The newer SYN was still on its way when the old one was answered:
    ```
    +0.000 > S -5000:-5000(0)            # SYN013
    +0.001 < S. 0:0(0) ack -4999
    +0.010 > R -4999:-4999(0)
    +0.003 > S 0:0(0)
    +0.001 < S. 30000:30000(0) ack 1
    +0.010 > . 1:1(0) ack 30001
    ```

    ## Not flagged
    A client that resets the answer and calls again much later:
    ```
    +0.000 > S -5000:-5000(0)
    +0.001 < S. 0:0(0) ack -4999
    +0.010 > R -4999:-4999(0)            # SYN016
    +5.000 > S 0:0(0)
    +0.001 < S. 30000:30000(0) ack 1
    +0.010 > . 1:1(0) ack 30001
    ```

    ## What to do
    Nothing, when it is rare. Else find where SYNs wait or are doubled: compare TTL, IP identification and TCP
    timestamp of the old SYN with those of the newer one, and capture nearer to the client.

    ## Limits
    Where the newer SYN was captured only after the RST, a client that was restarted within a tenth of a
    second looks the same; such a finding is only likely.

    ## Sources
    - RFC 9293 §3.5 figure 8: recovery from an old duplicate SYN
    - RFC 9293 §3.10.7.3, first: the client resets what acknowledges another SYN
    - RFC 9293 §3.10.7.4, first: in SYN-RECEIVED a SYN outside the window is answered with an ACK
    - RFC 1122 §4.2.2.11: for that, SYN-RECEIVED remembers which kind of opening led to it
    """
    story = case.story
    if story.opening.outcome is not Opened.ESTABLISHED or story.opening.syn is None:
        return
    found = _within(story)
    if found:
        yield Hit(_evidence(story, found, 0), partial(_message, found=found))
        return
    if not story.events[0].opener:
        return
    for before, where in stories_before(case, correcting(case)):
        over = _before(before)
        if over:
            evidence = _evidence(story, over, len(before.events))
            yield Hit(
                evidence,
                partial(_message, found=over),
                where=where,
                proved=False,
            )


def _within(story: Story) -> _Recovery | None:
    """All of it in one life."""
    for rst in story.events[: story.opening.ack]:
        calls = [h for h in openers(story) if h.index < rst.index]
        changed = [k for k, h in enumerate(calls) if k and h.standing != Syn.AGAIN]
        if not rst.rst or rst.server or not changed:
            continue
        newest, older = calls[changed[-1]], calls[changed[-1] - 1]
        answers = [h for h in story.events[older.index : rst.index] if h.server and not h.quote and not h.rst]
        stale = [h.index for h in answers if h.acks is Acks.OLDER_SYN]
        if stale:
            return _Recovery(older.index, stale, rst.index)
        # The old one came second: the client goes back to the number it had begun with.
        back = next((h for h in openers(story) if h.index > rst.index), None)
        valid = [h.index for h in answers if h.valid and h.index > newest.index]
        if valid and back and back.standing == Syn.BACK:
            return _Recovery(newest.index, valid, rst.index)
    return None


def _before(story: Story) -> _Recovery | None:
    """The old SYN, its answer and the RST as a life of their own, at positions before 0."""
    opening = story.opening
    if opening.outcome is not Opened.RESET or opening.syn is None or opening.syn_ack is None:
        return None
    reset = opening.answer
    if reset is None or story.events[reset].server or reset != len(story.events) - 1:
        return None
    length = len(story.events)
    return _Recovery(opening.syn - length, [opening.syn_ack - length], reset - length)


def _evidence(story: Story, found: _Recovery, before: int) -> list[Says]:
    evidence = [Says(found.old, "an old SYN")]
    for index in found.answers:
        events = story.events
        challenge = index >= 0 and not events[index].syn_ack
        evidence.append(Says(index, "challenge ACK for it" if challenge else "SYN-ACK for it"))
    evidence.append(Says(found.reset, "the client rejects the answer"))
    evidence += [Says(h.index, "the newer SYN") for h in openers(story) if h.index != found.old]
    if story.opening.syn_ack is not None:
        evidence.append(Says(story.opening.syn_ack, "SYN-ACK for the newer SYN"))
    return evidence


def _message(view: View, *, found: _Recovery) -> str:
    opening = view.story.opening
    said = f"{view.server} answered an old SYN of {view.client}; the client reset the answer"
    said += f" {view.took(found.answers[-1], found.reset)} later"
    if opening.syn_ack is None:
        return f"{said}, and its newer SYN opened the connection"
    took = view.took(found.reset, opening.syn_ack)
    return f"{said}, and its newer SYN was answered {took} after that: the handshake worked as designed"
