"""SYN016: a client that resets the SYN-ACK it asked for."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import corrected
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule


@rule("SYN016", "reset-after-syn-ack", Severity.WARNING)
def reset_after_syn_ack(case: Case) -> Iterator[Hit]:
    """The client answered the SYN-ACK with a reset.

    ## What it checks
    A valid SYN-ACK, and a RST of the client instead of the third segment. It says how soon the RST came, and
    whether a stack without such a connection sent it (RST alone) or one that aborts its own (RST with ACK),
    which it had opened when it got the SYN-ACK.

    ## Why it matters
    The service is open, and no connection came of it. A half-open port scan does this on purpose. So does a
    client that gave up before the answer came, or whose host no longer knows of the attempt.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.000 > R 1:1(0)                    # SYN016
    ```
    The client gave up, its ACK was lost before the capture point:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +2.500 > R. 1:1(0) ack 1             # SYN016
    ```

    ## Not flagged
    A connection that opens, and is reset then:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:6(5) ack 1
    +0.010 < . 1:1(0) ack 6
    +0.500 > R. 6:6(0) ack 1             # RST001
    ```
    Nor a client that rejects the answer to an old SYN (SYN013).

    ## What to do
    See how many ports and hosts this client asked: many in a row are a scan. One client at one service, and
    a RST long after the SYN-ACK: its connect time-out is shorter than the server's answer takes. A RST at
    once from a real client: its host has no such socket, so look for a spoofed or shared address, for a
    user-space program whose kernel interferes, and for a NAT that lost its entry.

    ## Limits
    Who sent the RST is taken from its address; a firewall between may have sent it.

    ## Sources
    - RFC 9293 §3.5.2, groups 1 and 2: a SYN-ACK that belongs to no attempt is answered with a reset
    - RFC 9293 §3.10.7.3: what a client in SYN-SENT does with a SYN-ACK
    - RFC 9293 §3.10.5: ABORT sends a reset, but none in SYN-SENT
    """
    story, opening = case.story, case.story.opening
    if opening.outcome is not Opened.RESET or opening.answer is None or opening.syn_ack is None:
        return
    reset, syn_ack = story.events[opening.answer], opening.syn_ack
    if reset.server or not reset.rst:
        return
    copies = [h for h in story.events[syn_ack + 1 : reset.index] if h.syn_ack and h.server]
    aborts = reset.ack

    def message(view: View) -> str:
        said = f"{view.client} reset the SYN-ACK of {view.server} {view.took(syn_ack, reset.index)} after it"
        if copies:
            said += f", which the server had repeated {units.times(len(copies))}"
        if aborts:
            # ABORT in SYN-SENT sends nothing: who acknowledges by a RST was open.
            return (
                f"{said}, with ACK: it had opened; its third segment was lost on the way here, or never sent"
            )
        return f"{said}, without ACK: its stack knows no such attempt, as in a half-open scan"

    evidence = [Says(reset.index, "RST instead of the third segment"), Says(syn_ack, "SYN-ACK")]
    evidence += [Says(opening.syn, "SYN")] if opening.syn is not None else []
    evidence += [Says(h.index, "SYN-ACK again") for h in copies]
    yield Hit(evidence, message, where=~corrected(case) & ~case.fact("one_sided").astype(bool))
