"""ACK007: a second SYN that met SYN-RECEIVED, and was answered for the first one."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Acks
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate, openers
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule


@rule("ACK007", "challenge-in-syn-received", Severity.NOTE)
def challenge_in_syn_received(case: Case) -> Iterator[Hit]:
    """A second SYN with another number met a half-open connection, and was answered for the first one.

    ## What it checks
    Two SYNs of one client with different sequence numbers, and a bare ACK of the server that acknowledges the
    older one: a challenge ACK of an end in SYN-RECEIVED. It says what the client did, and whether the
    connection opened; one that did not is a warning.

    ## Why it matters
    The server had taken the first SYN and cannot know which of the two is old, so it asks back. The client
    has to reset the answer, and then its SYN gets through at the next try. Where it does not, the call waits
    until the server forgets the first SYN, for about a minute.

    ## Example
    ```
    +0.000 > S -5000:-5000(0)
    +0.010 < S. 0:0(0) ack -4999
    +0.300 > S 0:0(0)
    +0.010 < . 1:1(0) ack -4999          # ACK007
    +1.000 > S 0:0(0)
    +0.010 < . 1:1(0) ack -4999
    ```

    ## Not flagged
    The client resets the answer, and its newer SYN succeeds: SYN013 tells that as a whole.
    ```
    +0.000 > S -5000:-5000(0)            # SYN013
    +0.200 > S 0:0(0)
    +0.010 < . 1:1(0) ack -4999
    +0.010 > R -4999:-4999(0)
    +0.012 > S 0:0(0)
    +0.010 < S. 30000:30000(0) ack 1
    +0.010 > . 1:1(0) ack 30001
    ```

    ## What to do
    Find where the two numbers come from: compare TTL, IP identification and timestamp of the two SYNs. It may
    be one host that begins anew on the same port, two hosts behind one NAT, or an old SYN that waited
    somewhere. Then capture beside the client: does the challenge ACK arrive, and does its RST leave?

    ## Limits
    When the first SYN was not captured, the answer looks like one of an older connection (ACK004, ACK005).

    ## Sources
    - RFC 9293 §3.10.7.4, first: in SYN-RECEIVED a SYN outside the window is answered with an ACK
    - RFC 5961 §4.2: the same ACK once the connection is open, there called a challenge
    - RFC 9293 §3.5 figure 8: recovery from an old duplicate SYN
    """
    story = case.story
    challenges = _challenges(story)
    if not challenges:
        return
    first = challenges[0]
    calls = [h for h in openers(story) if h.index < first.index]
    resets = [h for h in story.events if h.rst and not h.server and h.index > first.index]
    again = [h for h in story.events if h.opener and not h.server and h.index > first.index]

    def message(view: View) -> str:
        did = "reset that" if resets else "did not reset that"
        did += " and tried again" if again else ""
        took = view.took(calls[0].index, calls[-1].index)
        return (
            f"{view.client} sent {view.server} a SYN with another initial sequence number {took} after its"
            f" first; {view.server}, in SYN-RECEIVED, answered for the first one with a challenge ACK;"
            f" the client {did}; {fate(view.story)}"
        )

    evidence = [Says(first.index, "challenge ACK for the first SYN")]
    evidence += [
        Says(h.index, "SYN with another number" if k else "the first SYN") for k, h in enumerate(calls)
    ]
    evidence += [Says(h.index, "challenge ACK again") for h in challenges[1:]]
    evidence += [Says(h.index, "RST for that") for h in resets]
    evidence += [Says(h.index, "SYN again") for h in again]
    opened = story.opening.outcome is Opened.ESTABLISHED
    yield Hit(evidence, message, count=len(challenges), severity=None if opened else Severity.WARNING)


def _challenges(story: Story) -> list[Happening]:
    """The server's bare ACKs of the older of two SYNs, before the connection opened."""
    early = story.events[: story.opening.ack]
    # Where the older one is what the connection took, the newer is a stranger to it.
    newer = next((h.index for h in early if h.foreign and h.opener and not h.server), len(early))
    return [
        h
        for h in early
        if h.server and h.bare_ack and (h.acks is Acks.OLDER_SYN or (h.acks is Acks.SYN and h.index > newer))
    ]
