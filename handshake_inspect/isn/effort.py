"""How many initial sequence numbers are looked at: all of them, or as many as a linter has time for.

A decision about what to look at never depends on the numbers themselves, so evidence stays evidence.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.series import MOST

LEAST = 8
"Numbers of one view: fewer show little but the plainest generators."

IN_PASSING = 2_000
"Numbers that cost about a twentieth of a second."

SEGMENTS_EACH = 1_000
"In a long capture one number for so many segments: a twentieth of the time that those take."

EVERYTHING = 1 << 40
"More numbers than there are."


def in_passing(segments: int) -> int:
    """The numbers there is time for in a recording of so many segments."""
    return max(IN_PASSING, segments // SEGMENTS_EACH)


def fair(sizes: Array, budget: int) -> int:
    """How many numbers each may have, where so many are there, so that all together keep to the budget.

    Never fewer than 8, nor more than 1024.
    """
    low, high = LEAST, MOST
    while low < high:
        middle = (low + high + 1) // 2
        if int(np.minimum(sizes, middle).sum()) <= budget:
            low = middle
        else:
            high = middle - 1
    return low


def affordable(sizes: Array, budget: int) -> Array:
    """Which of these keep to the budget together, the largest first."""
    largest = np.argsort(-sizes, kind="stable")
    kept = np.zeros(len(sizes), bool)
    kept[largest[np.cumsum(sizes[largest]) <= budget]] = True
    return kept
