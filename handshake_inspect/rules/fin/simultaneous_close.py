"""FIN007: both ends closed at the same moment."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.machine.letters import Letter
from handshake_inspect.machine.states import State
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule


@rule("FIN007", "simultaneous-close", Severity.NOTE)
def simultaneous_close(case: Case) -> Iterator[Hit]:
    """Both ends sent a FIN before they received the other's.

    ## What it checks
    Whether both ends passed through CLOSING: each sent its FIN, then received the FIN of the other, and only
    then the acknowledgement of its own.

    ## Why it matters
    It is a legal way to close, and rare. Both ends stay in TIME-WAIT afterwards, so both hold the pair of
    ports for a while.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > F. 1:1(0) ack 1             # FIN007
    +0.001 < F. 1:1(0) ack 1
    +0.010 > . 2:2(0) ack 2
    +0.001 < . 2:2(0) ack 2
    ```

    ## Not flagged
    A FIN that acknowledges the other one, however soon it follows:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > F. 1:1(0) ack 1
    +0.001 < F. 1:1(0) ack 2
    +0.010 > . 2:2(0) ack 2
    ```

    ## What to do
    Nothing. If it happens often, both applications close on the same time-out or on the same message; let one
    of them wait for the other's FIN.

    ## Limits
    What an end received is known only from what it acknowledged. Where a FIN was repeated, the order in which
    things arrived may not be known, and this rule is silent.

    ## Sources
    - RFC 9293 §3.6, figure 13: simultaneous close
    - RFC 9293 §3.10.7.4, eighth: a FIN in FIN-WAIT-1 leads to CLOSING
    """
    story, closing = case.story, case.story.closing
    parts = (story.client, story.server)
    if closing.client_fin is None or closing.server_fin is None:
        return
    if not all(State.CLOSING in part.replay.path for part in parts):
        return
    first, second = sorted((closing.client_fin, closing.server_fin))

    def message(view: View) -> str:
        gap = view.took(first, second)
        return f"{view.client} and {view.server} both closed before they had the other's FIN, {gap} apart"

    evidence = [Says(first, "FIN"), Says(second, "FIN, not yet acknowledging the first")]
    acks = {closing.client_fin_ack, closing.server_fin_ack} - {None, first, second}
    evidence += [Says(i, "acknowledges the FIN") for i in sorted(i for i in acks if i is not None)]
    yield Hit(evidence, message, proved=_proved(story))


def _proved(story: Story) -> bool:
    """Whether each end is known to have received the other's FIN."""
    return all(
        any(l.letter is Letter.MET_FIN and l.proof is not None for l in part.letters)
        for part in (story.client, story.server)
    )
