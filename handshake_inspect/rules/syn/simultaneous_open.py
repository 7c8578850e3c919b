"""SYN014: two ends that called each other."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Manner
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule


@rule("SYN014", "simultaneous-open", Severity.NOTE)
def simultaneous_open(case: Case) -> Iterator[Hit]:
    """Both ends sent a SYN before they had received the other's.

    ## What it checks
    A SYN without ACK from each end, answered by each with a SYN-ACK that repeats its own number, and a
    connection that opened so.

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
    retransmissions, or to drop the second SYN.

    ## Limits
    When the SYN-ACK of one end was not captured, it looks like a split handshake.

    ## Sources
    - RFC 9293 §3.5 figure 7: simultaneous connection synchronization
    - RFC 9293 §3.10.7.3, fourth: a SYN in SYN-SENT leads to SYN-RECEIVED and is answered with SYN-ACK
    - RFC 1122 §4.2.2.10: every TCP must support it
    """
    story = case.story
    if story.opening.manner is not Manner.SIMULTANEOUS:
        return
    ours = next((h for h in story.events if h.opener and not h.server), None)
    theirs = next((h for h in story.events if h.opener and h.server and not h.foreign), None)
    if ours is None or theirs is None:
        return
    answers = [h for h in story.events if h.syn_ack and h.valid]

    def message(view: View) -> str:
        return (
            f"{view.client} and {view.server} called each other: their SYNs were captured "
            f"{view.took(ours.index, theirs.index)} apart, and the connection opened"
        )

    evidence = [Says(theirs.index, "SYN from the other end"), Says(ours.index, "SYN")]
    evidence += [Says(h.index, "SYN-ACK for the other's SYN") for h in answers]
    yield Hit(evidence, message)
