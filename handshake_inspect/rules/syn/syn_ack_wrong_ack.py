"""SYN009: a SYN-ACK that acknowledges what the client never sent."""

from collections.abc import Iterator

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Acks, Syn
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate, openers
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule

IMPOSSIBLE = (Acks.UNSENT, Acks.STALE)


@rule("SYN009", "syn-ack-wrong-ack", Severity.ERROR)
def syn_ack_wrong_ack(case: Case) -> Iterator[Hit]:
    """The server's SYN-ACK acknowledges a number that the client's SYN did not use.

    ## What it checks
    Whether the acknowledgement number lies behind the client's initial sequence number and not beyond what
    the client had sent. It says how far off it is, what the client did, and whether the connection opened
    later. Where the number belongs to the client's attempt before, it is a note: the answer is an old one.
    Where the connection is open already, a SYN-ACK that differs from the first in this number is a warning.

    ## Why it matters
    The client must reset it and go on waiting. Something on the way changes sequence numbers in one direction
    only, two boxes answer for one address, or the answer is forged. On an open connection it does no harm:
    the client answers with what it expects, and goes on.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 7777          # SYN009
    +0.010 > R 7777:7777(0)
    +1.000 > S 0:0(0)
    +0.010 < S. 9000:9000(0) ack 1
    +0.010 > . 1:1(0) ack 9001
    ```

    On a connection that is open:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 < S. 0:0(0) ack 999           # SYN009
    +0.001 > . 1:1(0) ack 1
    ```

    ## Not flagged
    Data in the SYN may be acknowledged or not.
    ```
    +0.000 > S 0:100(100)                <mss 1460,FO 0102030405060708>
    +0.010 < S. 0:0(0) ack 101           <mss 1460>
    +0.010 > . 101:101(0) ack 1
    ```
    A SYN-ACK that comes again on an open connection, with the right number:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 < S. 0:0(0) ack 1
    +0.001 > . 1:1(0) ack 1
    ```
    Nor an answer to an older SYN of the same attempt (SYN012, SYN013), nor a SYN-ACK of another initial
    sequence number on an open connection (ACK001, SYN011).

    ## What to do
    Find who rewrites the numbers: capture before and behind each firewall, load balancer and NAT on the way,
    and compare `tcp.seq_raw` and `tcp.ack_raw` of the SYN and the SYN-ACK in Wireshark. Sequence number
    randomization of firewalls and failover between boxes that do not share state are the usual causes.

    ## Limits
    When the SYN that was answered was not captured, a good answer looks wrong.

    ## Sources
    - RFC 9293 §3.10.7.3, first: an acknowledgement outside of what was sent is answered with a reset
    - RFC 9293 §3.5.2, group 2: so it is in every state before ESTABLISHED
    - RFC 9293 §3.10.7.4, first and fourth: once open, a SYN-ACK is answered with an ACK
    """
    story = case.story
    calls = openers(story)
    end = story.opening.ack if story.opening.ack is not None else len(story.events)
    late = [h for h in story.events[end:] if _again_but_wrong(story, h)]
    if calls and late:
        yield _on_open(story, late)
    wrong = [h for h in story.events[:end] if h.syn_ack and h.server and h.acks in IMPOSSIBLE]
    if not calls or not wrong:
        return
    first = wrong[0]
    syn = next((h for h in reversed(calls) if h.index < first.index), calls[0])
    reset = next((h for h in story.events[first.index : end] if h.rst and not h.server), None)

    def message(view: View) -> str:
        off = seq.ahead(view.event("ack", first.index), seq.add(view.event("seq", syn.index), 1))
        where = "beyond" if off > 0 else "before"
        said = f"{view.server} answered the SYN of {view.client} with a SYN-ACK for a number"
        said += f" {units.counted(abs(off), 'byte')} {where} the right one"
        if reset:
            said += f"; the client reset it {view.took(first.index, reset.index)} later"
        return f"{said}; {fate(story)}"

    evidence = [Says(first.index, "SYN-ACK with a wrong acknowledgement number"), Says(syn.index, "SYN")]
    evidence += [Says(h.index, "and again") for h in wrong[1:]]
    evidence += [Says(reset.index, "the client rejects it")] if reset else []
    evidence += [Says(h.index, "SYN again") for h in calls if h.index > first.index]
    old = _old(case, first)
    yield Hit(evidence, message, count=len(wrong), where=~old)
    yield Hit(evidence, message, count=len(wrong), where=old, severity=Severity.NOTE)


def _again_but_wrong(story: Story, h: Happening) -> bool:
    """A SYN-ACK of the number that opened the connection, for something else than was asked."""
    opened = story.opening.syn_ack is not None and story.opening.outcome is Opened.ESTABLISHED
    return opened and h.syn_ack and h.server and h.standing == Syn.AGAIN and h.acks in IMPOSSIBLE


def _on_open(story: Story, wrong: list[Happening]) -> Hit:
    first = wrong[0]
    reply = next((h for h in story.events[first.index + 1 :] if not h.quote), None)
    answer = reply if reply is not None and not reply.server and (reply.bare_ack or reply.rst) else None

    def message(view: View) -> str:
        off = seq.ahead(view.event("ack", first.index), view.event("peer_next", first.index))
        where = f"{'beyond' if off > 0 else 'behind'} what the client had sent"
        said = f"{view.server} sent its SYN-ACK again on its open connection to {view.client}, for a number"
        said += f" {units.counted(abs(off), 'byte')} {where}"
        if answer is None:
            return said
        return f"{said}; the client answered with {'a RST' if answer.rst else 'a challenge ACK'}"

    evidence = [Says(first.index, "SYN-ACK with a wrong acknowledgement number")]
    assert story.opening.syn_ack is not None
    evidence += [Says(story.opening.syn_ack, "the SYN-ACK that opened")]
    evidence += [Says(h.index, "and again") for h in wrong[1:]]
    evidence += [Says(answer.index, "the client's answer")] if answer else []
    return Hit(evidence, message, count=len(wrong), severity=Severity.WARNING)


def _old(case: Case, answer: Happening) -> Array:
    """Whether it acknowledges the SYN with which the client's life before began."""
    before = case.neighbour(-1)
    lives, events = case.all.lives, case.all.events
    first = lives.first[before]
    begun = (before >= 0) & (events.side[first] == lives.client[case.lives])
    old: Array = begun & (seq.add(events.seq[first], 1) == case.column("ack", answer.index))
    return old
