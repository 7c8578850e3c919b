"""RST012: a RST that a client in SYN-SENT has to ignore."""

from collections.abc import Iterator

from handshake_inspect import seq, units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.shape import Acks
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate, openers
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import distance


@rule("RST012", "reset-not-for-this-syn", Severity.WARNING)
def reset_not_for_this_syn(case: Case) -> Iterator[Hit]:
    """A reset came back that does not acknowledge the SYN, so the client must ignore it.

    ## What it checks
    RSTs of the server before any valid answer, to a client that has sent nothing but SYNs: whether they lack
    ACK, or acknowledge a number that the SYN did not use. It says how far off the number is, and how the
    attempt went on.

    ## Why it matters
    The client cannot know that the reset is for its attempt, so it waits and repeats its SYN, and fails with
    a time-out instead of a refusal. A firewall that builds its resets wrongly, a box that rewrites sequence
    numbers, a reset of an earlier connection, or someone who guesses, is the cause.

    ## Example
    A box that rejects, and gets the number wrong:
    ```
    +0.000 > S 0:0(0)
    +0.001 < R. 0:0(0) ack 5000          # RST012
    +0.999 > S 0:0(0)
    +0.001 < R. 0:0(0) ack 5000
    ```
    Without ACK:
    ```
    +0.000 > S 0:0(0)
    +0.001 < R 0:0(0)                    # RST012
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    ```

    ## Not flagged
    A RST that acknowledges the SYN is a refusal:
    ```
    +0.000 > S 0:0(0)
    +0.010 < R. 0:0(0) ack 1             # SYN007
    ```
    Nor one that acknowledges an older SYN of the same attempt (SYN012, SYN013).

    ## What to do
    Compare `tcp.ack_raw` of the RST with `tcp.seq_raw` of the SYN in Wireshark: they must differ by one, or
    by one and the length of data in the SYN. Capture before and behind each firewall on the way to see who
    sends it or changes it; its TTL against that of the server's other segments tells how far away it is.
    Restarting the client's attempt from another port shows whether an earlier connection is the cause.

    ## Limits
    When the SYN that was reset was not captured, a good RST looks wrong. A few old stacks believe any RST.

    ## Sources
    - RFC 9293 §3.10.7.3, second: in SYN-SENT a RST is believed only when it acknowledges the SYN
    - RFC 9293 §3.5.3: how a RST is validated
    - RFC 5961 §3.1, §3.2: resets that someone guesses; one that does not fit is dropped in silence
    """
    story = case.story
    resets = _resets(story)
    calls = openers(story)
    asked = [h for h in calls if resets and h.index < resets[0].index]
    if not asked:
        return
    first = resets[0]
    syn_ack = story.opening.syn_ack

    def message(view: View) -> str:
        said = f"{view.server} sent {view.client} a RST that"
        if first.ack:
            off = seq.ahead(view.event("ack", first.index), seq.add(view.event("seq", asked[-1].index), 1))
            side = "beyond" if off > 0 else "before"
            said += f" acknowledges a number {units.counted(abs(off), 'byte')} {side} the right one"
        else:
            said += " acknowledges nothing"
        said += f", {view.took(asked[-1].index, first.index)} after the SYN"
        said += f", and {units.counted(len(resets) - 1, 'more such RST')}" if len(resets) > 1 else ""
        return f"{said}; {fate(story)}{distance(view, first.index)}"

    evidence = [Says(first.index, "RST that does not acknowledge the SYN")]
    evidence += [Says(h.index, "and again") for h in resets[1:]]
    evidence += [Says(h.index, "SYN again" if k else "SYN") for k, h in enumerate(calls)]
    evidence += [Says(syn_ack, "SYN-ACK all the same")] if syn_ack is not None else []
    yield Hit(evidence, message, count=len(resets))


def _resets(story: Story) -> list[Happening]:
    """The server's RSTs that met SYN-SENT and do not acknowledge the SYN."""
    found = []
    calling = False
    for h in story.events:
        if h.quote or h.foreign:
            continue
        if h.opener and not h.server:
            calling = True
        elif not h.rst or not h.server:
            # Anything but the SYN of the client, or a valid answer of the server, leaves SYN-SENT behind.
            if not h.server or h.opener or h.valid:
                break
        elif h.valid:
            break
        elif calling and h.acks is not Acks.OLDER_SYN:
            found.append(h)
    return found
