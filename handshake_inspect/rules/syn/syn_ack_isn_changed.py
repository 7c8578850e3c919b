"""SYN011: two SYN-ACKs for one SYN that begin at different numbers."""

from collections.abc import Iterator, Sequence

from handshake_inspect import seq
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.shape import Acks, Syn
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import first_of
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import distance, following


@rule("SYN011", "syn-ack-isn-changed", Severity.WARNING)
def syn_ack_isn_changed(case: Case) -> Iterator[Hit]:
    """Two SYN-ACKs for the same SYN carried different initial sequence numbers.

    ## What it checks
    SYN-ACKs of one attempt that acknowledge the same number and begin at different ones, with no reset
    between them. It says which of them the client acknowledged, and whether a repeated SYN lies between them:
    then a server that keeps no state, as with SYN cookies, may have made each anew, and it is only likely.

    ## Why it matters
    A server chooses one number for an attempt and repeats it. Two numbers are two senders: two servers behind
    one address, two hosts with the same address, a load balancer that sends the copies of a SYN to different
    servers, or an injector. Whichever the client did not choose resets the connection, or is reset by it.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.002 < S. 5000:5000(0) ack 1       # SYN011
    +0.010 > . 1:1(0) ack 1
    ```
    The SYN was repeated, and another server, or another cookie, answered the second:
    ```
    +0.000 > S 0:0(0)
    +0.950 < S. 0:0(0) ack 1
    +0.050 > S 0:0(0)                    # SYN001
    +0.950 < S. 5000:5000(0) ack 1       # SYN011
    +0.010 > . 1:1(0) ack 5001
    ```

    ## Not flagged
    The same number again:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.002 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    ```
    Nor answers to two different SYNs (SYN012, SYN013), nor a second attempt after a reset, nor the answer to
    an old SYN that came when both ends had closed.

    ## What to do
    Compare TTL, IP identification, MAC address and options of the two SYN-ACKs: what differs tells the two
    senders apart. On one link, `arping -D -I eth0 ADDRESS` shows an address that is used twice. Behind a load
    balancer, see that it keeps all segments of a 4-tuple on one server. On a Linux server
    `nstat -az TcpExtSyncookiesSent TcpExtSyncookiesFailed` tells whether cookies are in use.

    ## Limits
    A host that restarts between two SYN-ACKs, and a service that is moved to another host, look the same.

    ## Sources
    - RFC 9293 §3.4.1: how an initial sequence number is chosen, once for a connection
    - RFC 9293 §3.10.8: what is retransmitted is the segment that was not acknowledged
    - RFC 6528 §3: the number is a function of the 4-tuple, a secret and the time
    - RFC 4987 §3.6: SYN cookies, and what a server without state gives up
    """
    story = case.story
    answers = [h for h in story.events if h.syn_ack and h.server]
    changed = [k for k, h in enumerate(answers) if k and h.standing in (Syn.OTHER, Syn.BACK, Syn.FOREIGN)]
    changed = [k for k in changed if not _closed(case.story, answers[k])]
    pairs = [(answers[k - 1], answers[k]) for k in changed if not _reset_between(case, answers, k)]
    for k, where in first_of([_same_question(case, *pair) for pair in pairs]):
        yield _hit(case, *pairs[k], answers, where)


def _closed(story: Story, answer: Happening) -> bool:
    """Whether both ends had closed before: it answers an old SYN that came late, and opens nothing here."""
    before = story.events[: answer.index]
    acked = {h.server for h in before if h.acks is Acks.FIN and not h.rst}
    return len(acked) > 1


def _reset_between(case: Case, answers: Sequence[Happening], k: int) -> bool:
    return any(h.rst for h in case.story.events[answers[k - 1].index : answers[k].index])


def _same_question(case: Case, one: Happening, other: Happening) -> Array:
    same: Array = case.column("ack", one.index) == case.column("ack", other.index)
    changed: Array = case.column("seq", one.index) != case.column("seq", other.index)
    return same & changed


def _hit(case: Case, one: Happening, other: Happening, answers: Sequence[Happening], where: Array) -> Hit:
    story = case.story
    between = story.events[one.index : other.index]
    again = [h for h in between if h.opener and not h.server]
    reset = next((h for h in story.events[other.index :] if h.rst and story.effects[h.index].taken), None)
    asked = [h for h in story.events if h.opener and not h.server and h.index < one.index]
    chosen = next(
        (h for h in story.events[one.index :] if not h.server and h.plain and h.valid),
        None,
    )
    after = following(story, other.index, server=False)
    challenge = after if after and after.bare_ack and after is not chosen else None

    def message(view: View) -> str:
        said = f"{view.server} answered {view.client} with two SYN-ACKs {view.took(one.index, other.index)}"
        said += " apart that begin at different numbers"
        said += f"{distance(view, other.index)}"
        if again:
            said += "; the SYN was repeated between them, so these may be SYN cookies"
        if chosen:
            said += f"; the client chose the {_which(view)}"
        else:
            said += "; the client acknowledged neither"
        if reset:
            who = _resetter(view, one, other, reset)
            said += f"; {who} reset the connection {view.took(other.index, reset.index)} later"
        return said

    def _which(view: View) -> str:
        number = view.event("ack", chosen.index) if chosen else 0
        first = seq.add(view.event("seq", one.index), 1)
        second = seq.add(view.event("seq", other.index), 1)
        near_first = abs(int(seq.ahead(number, first))) <= abs(int(seq.ahead(number, second)))
        return "first" if near_first else "second"

    evidence = [Says(other.index, "SYN-ACK with another number"), Says(one.index, "SYN-ACK")]
    evidence += [Says(h.index, "SYN") for h in asked[-1:]]
    evidence += [Says(h.index, "SYN again") for h in again]
    evidence += [Says(chosen.index, "the client's choice")] if chosen else []
    evidence += [Says(challenge.index, "the client challenges the other")] if challenge else []
    evidence += [Says(reset.index, "RST")] if reset else []
    evidence += [Says(h.index, "SYN-ACK again") for h in answers if h not in (one, other)]
    return Hit(evidence, message, where=where, proved=not again)


def _resetter(view: View, one: Happening, other: Happening, reset: Happening) -> str:
    """Who reset, as far as the TTL tells which of two servers it was."""
    if not reset.server:
        return "the client"
    first, second, last = (view.event("ttl", h.index) for h in (one, other, reset))
    return "the sender of the second" if last == second != first else "the server"
