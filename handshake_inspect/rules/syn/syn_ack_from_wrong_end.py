"""SYN024: a SYN-ACK of the end that had called."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule


@rule("SYN024", "syn-ack-from-wrong-end", Severity.WARNING)
def syn_ack_from_wrong_end(case: Case) -> Iterator[Hit]:
    """The client, which had called, answered with a SYN-ACK as if it had been called.

    ## What it checks
    A SYN-ACK of the end that sent the SYN, although the other end never sent a SYN without ACK. Only ends
    that called each other, and clients of a split handshake, answer so.

    ## Why it matters
    A client answers a SYN-ACK with an ACK. A server that gets a second SYN instead asks back with a challenge
    ACK, or does not answer at all. A faulty stack does this, a box that rewrites flags, or a probe that looks
    how filters take it.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > S. 0:0(0) ack 1             # SYN024
    +0.010 < . 1:1(0) ack 1
    ```

    ## Not flagged
    ```
    +0.000 > S 0:0(0)
    +0.005 < S 0:0(0)                    # SYN014
    +0.010 > S. 0:0(0) ack 1
    +0.001 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 < . 1:1(0) ack 1
    ```

    ## What to do
    Capture beside the client. If it sends a plain ACK there, a box on the way changes it; else look at what
    stack it runs. TTL and window of the SYN-ACK against those of the SYN show whether both have one sender.

    ## Limits
    When the other end's SYN was not captured, two ends that called each other look the same. Without a
    SYN-ACK of the server the finding is therefore only likely.

    ## Sources
    - RFC 9293 §3.5 figure 6: the answer to a SYN-ACK is an ACK
    - RFC 9293 §3.10.7.3, fourth: only a SYN without ACK is answered by a SYN-ACK in SYN-SENT
    - RFC 9293 §3.10.7.4, fourth: what a server in SYN-RECEIVED does with a SYN
    """
    story = case.story
    opening = story.opening
    syn = next((h for h in story.events if h.opener and not h.server), None)
    if syn is None or any(h.opener and h.server for h in story.events):
        return
    wrong = [h for h in story.events[: opening.ack] if h.syn_ack and not h.server and not h.foreign]
    wrong = [h for h in wrong if h.index > syn.index]
    if not wrong:
        return
    answer = next((h for h in story.events if h.syn_ack and h.server), None)

    def message(view: View) -> str:
        after = answer if answer and answer.index < wrong[0].index else syn
        what = "SYN-ACK" if after is answer else "own SYN"
        whose = f"the {what} of {view.server}" if after is answer else f"its {what} to {view.server}"
        lead = f"{view.client} sent a SYN-ACK {view.took(after.index, wrong[0].index)} after {whose}"
        return f"{lead}, as if it had been called; {fate(view.story)}"

    evidence = [Says(wrong[0].index, "SYN-ACK of the client"), Says(syn.index, "its SYN")]
    evidence += [Says(answer.index, "SYN-ACK of the server")] if answer else []
    evidence += [Says(h.index, "SYN-ACK of the client again") for h in wrong[1:]]
    yield Hit(evidence, message, count=len(wrong), proved=answer is not None)
