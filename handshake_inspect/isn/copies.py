"""The same packet seen with several 4-tuples: before and behind a NAT, or on two interfaces of a router.

Knows what a translator leaves as it was: the number, and of a SYN the port that chose it, of a SYN-ACK what
it answers. Refuses to call many rows copies: a packet shows a few 4-tuples at most, and who sends the same
number to many peers at once is a scanner with one number, which is what should be found.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.integers import order, repeated
from handshake_inspect.isn.runs import gaps_ns, group_starts, place_in_run
from handshake_inspect.isn.samples import Chosen

WINDOW_NS = 500_000_000
"How long a packet may take from one place of a capture to another."

MOST_COPIES = 3
"More in one window are no copies."


def copies(s: Chosen, rows: Array) -> Array:
    """For each of these rows whether it is a copy of an earlier one of them.

    `rows` are positions in `s`, in the order of time; a retransmission is not among them. A window begins at
    a row that is outside all windows before it, and its next three rows are copies of that row.
    """
    copy = np.zeros(len(rows), bool)
    # Who shares its number with no other row has no copy.
    at = repeated(s.host[rows].astype(np.int64) << 32 | s.isn[rows])
    if not len(at):
        return copy
    mine = rows[at]
    answers = s.answers[mine]
    kept_by_nat = np.where(answers, s.peer_isn[mine], s.port[mine])
    keys = (s.host[mine], s.kind[mine], s.isn[mine], answers, kept_by_nat)
    alike = order(*keys)
    opening = _windows(s.time_ns[mine[alike]], group_starts(*(key[alike] for key in keys)))
    place = place_in_run(opening)
    copy[at[alike]] = (place > 0) & (place <= MOST_COPIES)
    return copy


def _windows(time_ns: Array, starts: Array) -> Array:
    """Which rows open a window: the first of each run, and each first row behind the window before.

    Each row knows the row that would follow its own window. What is reached from the first rows by such
    steps is found by doubling: after k rounds, everything less than 2**k windows away.
    """
    n = len(time_ns)
    # A gap longer than a window is as good as any other, and so is the one between two runs. With gaps cut to
    # that, the times of all runs are one rising line, and no times are too far apart for it.
    gap_ns = np.minimum(gaps_ns(time_ns), WINDOW_NS + 1)
    gap_ns[starts] = WINDOW_NS + 1
    line = np.cumsum(gap_ns)
    after = np.append(np.searchsorted(line, line + WINDOW_NS, side="right"), n)
    reached = np.append(starts, False)
    longest = int(place_in_run(starts).max()) + 1
    for _ in range(longest.bit_length()):
        reached[after[reached]] = True
        after = after[after]
    return reached[:n]
