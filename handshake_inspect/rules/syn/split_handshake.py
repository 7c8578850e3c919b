"""SYN015: a server that answers a SYN with a SYN of its own."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Manner
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import PROMPT_NS, openers
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import nowhere
from handshake_inspect.rules.registry import rule


@rule("SYN015", "split-handshake", Severity.WARNING)
def split_handshake(case: Case) -> Iterator[Hit]:
    """The server answered the SYN with a bare SYN instead of a SYN-ACK, and the connection opened so.

    ## What it checks
    A SYN without ACK from the server that follows the client's and is no crossing call: the server had
    acknowledged the client's SYN before, or it never sent a SYN-ACK of its own. The opening takes four or
    five segments. When the server had not acknowledged before, the finding is only likely.

    ## Why it matters
    The client's stack believes the server, and answers with a SYN-ACK. A firewall that takes the sender of
    the SYN-ACK for the server now has the roles the wrong way round, and may apply the rules of the other
    direction, or none. No ordinary stack opens like this: it is a test, an attack on clients, or a box that
    builds handshakes by itself.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < . 0:0(0) ack 1
    +0.001 < S 0:0(0)                    # SYN015
    +0.010 > S. 0:0(0) ack 1
    +0.010 < . 1:1(0) ack 1
    ```
    Without the acknowledgement it is four segments:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S 0:0(0)                    # SYN015
    +0.000 > S. 0:0(0) ack 1
    +0.010 < . 1:1(0) ack 1
    ```

    ## Not flagged
    SYNs that cross, after which each end answers the other's with a SYN-ACK (SYN014):
    ```
    +0.000 > S 0:0(0)
    +0.005 < S 0:0(0)                    # SYN014
    +0.010 > S. 0:0(0) ack 1
    +0.001 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 < . 1:1(0) ack 1
    ```

    ## What to do
    Find out what answers at that address. If it is your own server, look for a user-space stack, a proxy or
    a test tool on it; capture there to see whether the bare SYN leaves it. On the way, let the firewall drop
    SYNs from outside to ports of clients, and see that it refuses split handshakes. Wireshark:
    `tcp.flags.syn == 1 && tcp.flags.ack == 0`, once for each direction of the stream.

    ## Limits
    Four segments can also be two ends that call each other on purpose while the client's SYN is lost behind
    the capture point, as programs do that make holes in NATs. Where the bare SYN came later than an answer
    takes, the finding says so, and is a note and only possible.

    ## Sources
    - RFC 9293 §3.5 figure 6: the answer to a SYN is a SYN-ACK
    - RFC 9293 §3.10.7.2, third: in LISTEN a SYN is answered with SYN and ACK
    - RFC 9293 §3.10.7.3, fourth: why the client goes along: a bare SYN in SYN-SENT leads to SYN-RECEIVED
    """
    story = case.story
    if story.opening.manner is not Manner.SPLIT:
        return
    theirs = next(h for h in story.events if h.opener and h.server and not h.foreign)
    calls = [h for h in openers(story) if h.index < theirs.index]
    if not calls:
        return
    first = calls[0]
    heard = [h for h in story.events[first.index : theirs.index] if h.server and h.plain and h.valid]
    after = story.events[theirs.index :]
    answers = [h for h in after if h.syn_ack and h.valid]
    answered = any(h.server for h in answers)
    # Two ends that only acknowledge each other's bare SYN have no SYN-ACK that could be taken.
    following = story.events[answers[0].index :] if answers and not answered else ()
    taken = next((h for h in following if h.server and h.plain and h.valid), None)

    alone = nowhere(case)
    if taken and not heard:
        # Who answers does so within a round trip; who calls, when it likes.
        trip = case.time(taken.index) - case.time(answers[0].index)
        alone = case.time(theirs.index) - case.time(calls[-1].index) > trip + PROMPT_NS

    def called(view: View) -> str:
        late = view.took(calls[-1].index, theirs.index)
        said = f"{view.server} sent {view.client} a SYN of its own {late} after the client's"
        return f"{said}, later than an answer: it called too, or answered without ACK; the connection opened"

    def message(view: View) -> str:
        said = f"{view.server} answered the SYN of {view.client} with a bare SYN"
        said += f" {view.took(first.index, theirs.index)} later"
        said += ", after an ACK for it" if heard else "" if answered else ", and never with a SYN-ACK"
        return f"{said}; the client went along, and the connection opened"

    evidence = [Says(theirs.index, "bare SYN of the server"), Says(first.index, "SYN")]
    evidence += [Says(h.index, "ACK for the SYN, without a SYN") for h in heard]
    evidence += [Says(h.index, f"SYN-ACK of the {'server' if h.server else 'client'}") for h in answers]
    evidence += [Says(taken.index, "the server acknowledges that")] if taken else []
    evidence += [Says(h.index, "SYN again") for h in calls[1:]]
    yield Hit(evidence, message, proved=bool(heard), where=~alone)
    yield Hit(evidence, called, doubtful=alone, where=alone, severity=Severity.NOTE)
