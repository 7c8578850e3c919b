"""CAP003: the capture began after the connection did."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.story import Story
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.registry import rule


@rule("CAP003", "joined-late", Severity.NOTE, whole=True)
def joined_late(whole: Whole) -> Iterator[WholeHit]:
    """The capture began after the connection did.

    ## What it checks
    Connections whose opening is not in the capture although both ends speak as in an open one.

    ## Why it matters
    Who opened the connection, with which options and how long it took cannot be known; the client is guessed
    from the ports, or else it is who spoke first.

    ## Example
    ```
    +0.000 > P. 5001:5101(100) ack 9001  # CAP003
    +0.010 < . 9001:9001(0) ack 5101
    ```

    ## Not flagged
    A lone RST, FIN or SYN-ACK that answers nothing captured. Nor a lone segment without data that got a RST:
    who sent that says that there is no connection, as to a scanner.

    ## What to do
    Start the capture before the connections, or look at the others only.

    ## Limits
    All such connections of a recording are one finding.

    ## Sources
    - RFC 9293 §3.5: a connection begins with a SYN
    """
    late = np.array([s.opening.outcome is Opened.UNSEEN and not _probe(s) for s in whole.all.stories], bool)
    lives = np.flatnonzero(late[whole.all.shapes.of]) if len(late) else np.empty(0, np.int64)
    if not len(lives):
        return
    first = int(lives[whole.all.facts.first_frame[lives].argmin()])
    message = f"the capture began after {units.counted(len(lives), 'connection')} had been opened"
    yield WholeHit(message, lives, [whole.frame(first, "the first segment seen of the first of them")])


def _probe(story: Story) -> bool:
    """A segment that says nothing, and RSTs for it."""
    heard = [h for h in story.events if not h.quote]
    sent = [h for h in heard if not h.rst]
    return len(sent) == 1 and not sent[0].payload and heard[-1].rst and heard[-1].server != sent[0].server
