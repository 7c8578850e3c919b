"""ISN006: a 4-tuple was used again too soon for its initial number."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import seq, units
from handshake_inspect.columns import Array, distinct
from handshake_inspect.finding import Severity
from handshake_inspect.flow.events import OWN_NEXT
from handshake_inspect.flow.view import View
from handshake_inspect.isn.samples import Kind
from handshake_inspect.rules import crowds
from handshake_inspect.rules.case import Hit, Whole, WholeHit
from handshake_inspect.rules.foretold import frame
from handshake_inspect.rules.registry import rule

SHOWN = 3
"Reuses of evidence."


@rule("ISN006", "isn-unsafe-reuse", Severity.WARNING, whole=True, last=True)
def isn_unsafe_reuse(whole: Whole) -> Iterator[WholeHit]:
    """A 4-tuple was used again with an initial number that its last connection had passed already.

    ## What it checks
    A connection between the same addresses and ports as one that had opened, begun within 60 s of its last
    segment, where an end's initial number is not beyond all it had sent before, and its timestamps do not show
    the new segments to be new. All such reuses of one host are one finding.

    ## Why it matters
    A segment of the old connection that was delayed on the way fits into the new one, and is taken for its
    data. For this the initial number is to follow a clock, so that it grows from one connection of a 4-tuple
    to the next; between different 4-tuples it must not be guessable (ISN001).

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > R. 1:1(0) ack 1             # RST001
    +0.300 > S -5000:-5000(0)            # ISN006
    +0.010 < S. 70000:70000(0) ack -4999
    +0.010 > . -4999:-4999(0) ack 70001
    +1.000 > S -9000:-9000(0)
    ```

    ## Not flagged
    A number that has grown:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > R. 1:1(0) ack 1             # RST001
    +0.300 > S 90000:90000(0)
    +0.010 < S. 70000:70000(0) ack 90001
    +0.010 > . 90001:90001(0) ack 70001
    ```

    ## What to do
    Update the stack, or keep it from using ports again so soon. Timestamps protect, too (RFC 7323 §5): turn
    them on at both ends. Between a translator and a server, give the translator more ports.

    ## Limits
    A smaller number that was refused from TIME-WAIT is FIN010, and a host whose numbers can be foretold is
    told once for all of its connections. Whether an old segment was still on its way cannot be seen.

    ## Sources
    - RFC 9293 §3.4.1: initial numbers follow a clock, so that old segments are not taken for new ones
    - RFC 9293 §3.4.2: none may be used again within a maximum segment lifetime
    - RFC 6528 §3: a keyed hash keeps the clock, for each 4-tuple
    - RFC 6191 §2: a larger timestamp makes up for a smaller number
    """
    all_, numbers = whole.all, whole.numbers
    if not all_.reused:
        return
    samples, reused = numbers.samples, numbers.reused
    events = all_.events
    refused = np.zeros(len(all_), bool)
    for told in whole.told.get("FIN010", ()):
        if isinstance(told.hit, Hit) and told.hit.explains:
            refused[told.lives] = True
    alarmed = np.zeros(len(numbers.openings.life), bool)
    alarmed[numbers.alarmed] = True
    at = numbers.event[reused.later]
    passed = (events.known[at] & OWN_NEXT != 0) & (seq.ahead(events.seq[at], events.own_next[at]) < 0)
