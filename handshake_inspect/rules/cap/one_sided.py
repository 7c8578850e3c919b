"""CAP002: only one direction was captured."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.unasked import unanswered_answers


@rule("CAP002", "one-sided", Severity.WARNING, whole=True)
def one_sided(whole: Whole) -> Iterator[WholeHit]:
    """The capture shows only one direction of a connection.

    ## What it checks
    Connections in which one end sends what only an answer explains, an acknowledgement for instance, while
    the other end is never seen.

    ## Why it matters
    Half of the conversation is missing, so nothing can be said of answers. Asymmetric routes, a SPAN port for
    one direction and capture filters do this.

    ## Example
    ```
    +0.000 > S 0:0(0)                    # CAP002
    +0.020 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.020 > . 101:101(0) ack 301
    ```

    ## Not flagged
    A SYN that was never answered: nothing shows that there was an answer.

    ## What to do
    Capture where both directions pass, or join two captures (`mergecap`).

    ## Limits
    All such connections of a recording are one finding.

    ## Sources
    - RFC 9293 §3.5: an end acknowledges a SYN only after it has received it
    """
    # A SYN-ACK that nobody asked for is no half of a conversation.
    lives = np.flatnonzero(whole.all.facts.one_sided & ~unanswered_answers(whole.all))
    if not len(lives):
        return
    first = int(lives[whole.all.facts.first_frame[lives].argmin()])
    message = f"only one direction was captured of {units.counted(len(lives), 'connection')}"
    if not whole.two_sided:
        message += "; no connection of this recording shows both"
    yield WholeHit(message, lives, [whole.frame(first, "the first segment of the first of them")])
