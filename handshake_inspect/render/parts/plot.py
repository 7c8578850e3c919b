"""A cloud of points in a terminal: eight to a character where Braille can be shown, one elsewhere.

It knows positions from 0 to 1, and nothing of what they mean.
"""

import numpy as np

from handshake_inspect.columns import Array

BRAILLE = 0x2800
"Braille Patterns (The Unicode Standard, §21.1): eight dots, two wide and four high."

DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])
"The bit of each dot, by row and column."

STAR = "*"


def plot(x: Array, y: Array, columns: int, rows: int, *, unicode: bool) -> list[str]:
    """The points as `rows` lines of up to `columns` characters; `y` rises from the last line to the first."""
    high, wide = DOTS.shape if unicode else (1, 1)
    across = np.minimum((x * columns * wide).astype(np.int64), columns * wide - 1)
    down = np.minimum(((1 - y) * rows * high).astype(np.int64), rows * high - 1)
    cells = np.zeros((rows, columns), np.int64)
    bits = DOTS[down % high, across % wide] if unicode else np.ones(len(x), np.int64)
    np.bitwise_or.at(cells, (down // high, across // wide), bits)
    return ["".join(map(_sign if unicode else _star, line)).rstrip() for line in cells.tolist()]


def _sign(bits: int) -> str:
    return chr(BRAILLE | bits) if bits else " "


def _star(bits: int) -> str:
    return STAR if bits else " "
