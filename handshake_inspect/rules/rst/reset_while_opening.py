"""RST004: a RST into a handshake that was under way."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import openers
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import distance, end


@rule("RST004", "reset-while-opening", Severity.WARNING)
def reset_while_opening(case: Case) -> Iterator[Hit]:
    """One end reset the connection while it was being opened.

    ## What it checks
    A RST that ended an attempt, and is neither a refusal of the SYN (SYN007) nor the client's answer to a
    SYN-ACK (SYN016): the server resets what it had answered with SYN-ACK, an end resets a handshake in which
    both called, or the client resets before anything came back. It says how long the attempt had lasted.

    ## Why it matters
    The server was willing, and then was not: it gave up waiting for the third segment, its service stopped,
    or a firewall on the way reset the attempt in its name. A client that is still in SYN-SENT drops an
    attempt in silence, so a RST from it answers something that the capture does not show.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.005 < R. 1:1(0) ack 1             # RST004
    ```
    The server waits for the third segment in vain, and says that it gives up:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +1.000 < S. 0:0(0) ack 1
    +2.000 < S. 0:0(0) ack 1
    +4.000 < R. 1:1(0) ack 1             # RST004
    ```
    The client resets what it began:
    ```
    +0.000 > S 0:0(0)
    +0.300 > R 1:1(0)                    # RST004
    ```

    ## Not flagged
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.005 < R. 1:1(0) ack 1             # RST001
    ```
    Nor a RST that its receiver does not have to believe (RST005, RST012).

    ## What to do
    On the server look at the state of the attempt (`ss -tn state syn-recv`) and at the listener (`ss -lnt`):
    did the service restart just then? `nstat -az TcpAttemptFails TcpOutRsts` counts there whether the host
    itself sent the reset; if it did not grow, a box on the way sent it, and its TTL shows from how far away.
    Where the server had repeated its SYN-ACK, ask why the third segment did not come (SYN003).

    ## Limits
    A third segment that was lost before the capture point makes a RST of an open connection look like this.

    ## Sources
    - RFC 9293 §3.10.7.4, second: a RST in SYN-RECEIVED ends the attempt
    - RFC 9293 §3.10.5: ABORT sends a reset in SYN-RECEIVED, and nothing in SYN-SENT
    - RFC 9293 §3.5.3: what a RST does in each state
    """
    story, opening = case.story, case.story.opening
    if opening.outcome is not Opened.RESET or opening.answer is None or opening.syn is None:
        return
    reset = story.events[opening.answer]
    effect = story.effects.get(reset.index)
    if effect is None or not (effect.taken or effect.meant):
        return
    calls = [h for h in openers(story) if h.index < reset.index]
    if not calls or (opening.syn_ack is not None and not reset.server):
        return
    answers = [h for h in story.events[: reset.index] if h.syn_ack and h.server]
    crossing = [h for h in story.events[: reset.index] if h.opener and h.server]

    def message(view: View) -> str:
        who, other = end(view, server=reset.server), end(view, server=not reset.server)
        said = (
            f"{who} reset the attempt of {other}" if reset.server else f"{who} reset its attempt to {other}"
        )
        said += f" {view.took(calls[0].index, reset.index)} after the SYN"
        if reset.server and answers:
            said += f" and {view.took(answers[-1].index, reset.index)} after its SYN-ACK"
            said += f", which it had sent {units.times(len(answers))}" if len(answers) > 1 else ""
        elif crossing:
            said += "; both had called"
        else:
            said += "; nothing had come back"
        return said + distance(view, reset.index)

    evidence = [Says(reset.index, f"RST of the {'server' if reset.server else 'client'}")]
    evidence += [Says(h.index, "SYN again" if k else "SYN") for k, h in enumerate(calls)]
    evidence += [Says(h.index, "SYN of the other end") for h in crossing]
    evidence += [Says(h.index, "SYN-ACK again" if k else "SYN-ACK") for k, h in enumerate(answers)]
    yield Hit(evidence, message, where=~case.fact("one_sided").astype(bool))
