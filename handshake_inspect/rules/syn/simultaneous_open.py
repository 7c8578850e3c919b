"""SYN014: two ends that called each other."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Manner, Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.schedule import next_wait


@rule("SYN014", "simultaneous-open", Severity.NOTE)
def simultaneous_open(case: Case) -> Iterator[Hit]:
    """Both ends sent a SYN before they had received the other's.

    ## What it checks
    A SYN without ACK from each end, answered by each with a SYN-ACK that repeats its own number, and a
    connection that opened so. Where the SYNs, or the answer of one end, came to nothing and neither end reset
    the attempt, it is a WARNING.

    ## Why it matters
    It is legal and rare. Programs that make holes in NATs do it on purpose. Elsewhere it means that both
    sides connect instead of one listening. Who is called client here is only who was captured first.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.005 < S 0:0(0)                    # SYN014
    +0.010 > S. 0:0(0) ack 1
    +0.001 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 < . 1:1(0) ack 1
    ```
    Neither end hears the other:
    ```
    +0.000 > S 0:0(0)
    +0.005 < S 0:0(0)                    # SYN014
    +0.995 > S 0:0(0)
    +0.005 < S 0:0(0)
    ```

    ## Not flagged
    A server that answers a SYN with a bare SYN, after it has acknowledged it, splits the handshake (SYN015).
    ```
    +0.000 > S 0:0(0)
    +0.010 < . 0:0(0) ack 1
    +0.001 < S 0:0(0)                    # SYN015
    +0.010 > S. 0:0(0) ack 1
    +0.010 < . 1:1(0) ack 1
    ```

    ## What to do
    If it is not meant, look for a program on each end that binds a fixed source port and connects
    (`ss -tnp sport = :PORT`). Some firewalls and analysers do not understand it: expect them to report
    retransmissions, or to drop the second SYN. Where the ends mean it and do not meet, capture before and
    behind each NAT: one of them drops the other's SYN, or uses another port than the ends told each other.

    ## Limits
    When the SYN-ACK of one end was not captured, it looks like a split handshake. One that was not completed
    may have been a split handshake, too. It is only possible when the capture ends before the next try was
    due.

    ## Sources
    - RFC 9293 §3.5 figure 7: simultaneous connection synchronization
    - RFC 9293 §3.10.7.3, fourth: a SYN in SYN-SENT leads to SYN-RECEIVED and is answered with SYN-ACK
    - RFC 1122 §4.2.2.10: every TCP must support it
    """
    story, opening = case.story, case.story.opening
    # What the server answered, and nobody acknowledged, is SYN003.
    failed = opening.outcome is Opened.HALF_OPEN and opening.syn_ack is None
    if opening.manner is not Manner.SIMULTANEOUS and not failed:
        return
    ours = next((h for h in story.events if h.opener and not h.server), None)
    theirs = next((h for h in story.events if h.opener and h.server and not h.foreign), None)
    if ours is None or theirs is None:
        return
    answers = [h for h in story.events if h.syn_ack and h.valid]
    again = [h for h in story.events if failed and h.opener and h not in (ours, theirs)]

    def message(view: View) -> str:
        met = "but neither end completed the handshake" if failed else "and the connection opened"
        return (
            f"{view.client} and {view.server} called each other: their SYNs were captured "
            f"{view.took(ours.index, theirs.index)} apart, {met}"
        )

    evidence = [Says(theirs.index, "SYN from the other end"), Says(ours.index, "SYN")]
    evidence += [Says(h.index, "SYN-ACK for the other's SYN") for h in answers]
    evidence += [Says(h.index, "SYN again") for h in again]
    if not failed:
        yield Hit(evidence, message)
        return
    last = [h.index for h in story.events if h.syn and not h.server][-2:]
    yield Hit(
        evidence,
        message,
        doubtful=case.silence(len(story.events) - 1) <= next_wait([case.time(i) for i in last]),
        severity=Severity.WARNING,
    )
