"""Which rules say how a connection ended up, for those who expected it to.

It knows words on both sides and no reasons: the outcomes of `flow`, and codes.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.errors import UsageError
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.opening import Opened

SAID_BY: dict[str, frozenset[str]] = {
    Opened.ESTABLISHED: frozenset(),
    Opened.HALF_OPEN: frozenset({"SYN003", "SYN014"}),
    Opened.UNANSWERED: frozenset({"SYN002"}),
    Opened.REFUSED: frozenset({"SYN007"}),
    Opened.REJECTED: frozenset({"SYN008"}),
    Opened.RESET: frozenset({"SYN016", "RST001", "RST003", "RST004"}),
    Opened.INVALID: frozenset({"SYN009", "SYN010"}),
    Opened.UNSOLICITED: frozenset({"SYN020", "RST013", "FIN011"}),
    Opened.UNSEEN: frozenset({"CAP003"}),
    Closed.CLOSED: frozenset(),
    Closed.CLOSING: frozenset({"FIN002", "FIN013"}),
    Closed.HALF_CLOSED: frozenset({"FIN002", "FIN003"}),
    Closed.RESET_AFTER_FIN: frozenset({"RST002"}),
    Closed.OPEN: frozenset({"FIN009"}),
    Closed.NEVER_OPENED: frozenset({"SYN002", "SYN003", "SYN007", "SYN008"}),
}
"outcome of an opening or a closing → the codes that say nothing but that; `reset` is both"


def check(outcome: str) -> None:
    """UsageError when there is no such outcome."""
    if outcome not in SAID_BY:
        raise UsageError(f"{outcome} is no outcome; there are {', '.join(sorted(SAID_BY))}")


def ended(all_: Connections, outcome: str) -> Array:
    """For each connection whether it opened or closed that way. UsageError for an unknown outcome."""
    check(outcome)
    told = [outcome in (story.opening.outcome, story.closing.outcome) for story in all_.stories]
    return np.array(told, bool)[all_.shapes.of] if told else np.zeros(0, bool)
