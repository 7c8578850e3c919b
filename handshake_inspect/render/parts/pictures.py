"""Two pictures of a host's initial sequence numbers: when they came, and what its model makes of them.

It knows in which picture a model is a line, and refuses to prove anything. The one idea: a line, a clock or a
cloud is seen at once, so beside what was counted stand the numbers themselves.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.isn.host import Host
from handshake_inspect.isn.model import Model
from handshake_inspect.isn.samples import Samples
from handshake_inspect.render.parts.plot import plot
from handshake_inspect.render.parts.screen import Screen

ROWS = 8
MARGIN = 12
"Columns of what stands left of a picture."
WIDEST = 60
NARROWEST = 26
"Columns of the longest title: where two pictures get less, one stands below the other."
GAP = 3

BITS = 32


class Picture(NamedTuple):
    """Points, and what is written around them."""

    x: Array
    "from 0 to 1"
    y: Array
    "from 0 to 1"
    top: str
    "what the greatest y stands for"
    bottom: str
    "and the least"
    title: str


def print_pictures(screen: Screen, host: Host, samples: Samples) -> None:
    """Draw the numbers of these samples, which are in the order of time and of this host."""
    columns = (screen.width - 2 - GAP) // 2 - MARGIN
    pictures = [_by_time(samples), _explained(host, samples)]
    screen.blank()
    if columns >= NARROWEST - 1:
        columns = min(columns, WIDEST)
        for one, other in zip(*(_drawn(screen, columns, each) for each in pictures), strict=True):
            screen.row(f"  {one.ljust(MARGIN + columns + GAP)}{other}".rstrip())
        return
    for picture in pictures:
        for line in _drawn(screen, min(screen.width - 2 - MARGIN, WIDEST), picture):
            screen.row(f"  {line}")


def _by_time(samples: Samples) -> Picture:
    whole = units.duration(int(samples.time_ns[-1] - samples.time_ns[0]))
    return _of_numbers(samples.time_ns, samples.isn, f"ISN over {whole}")


def _explained(host: Host, samples: Samples) -> Picture:
    """The picture in which the model is a line, or where there is none, the step to each next number."""
    match host.model:
        case Model.PEER_ISN | Model.OFFSET_FROM_PEER_ISN:
            return _of_numbers(samples.peer_isn, samples.isn, "ISN by the one it answers")
        case Model.PEER_ADDRESS | Model.OFFSET_FROM_ADDRESS:
            return _of_numbers(samples.peer, samples.isn, "ISN by the peer's address")
        case Model.LOW_BITS | Model.HIGH_BITS | Model.STUCK_BITS:
            return _of_bits(samples.isn)
    steps = seq.ahead(samples.isn[1:], samples.isn[:-1]).astype(np.int64)
    low, high = f"{steps.min():+d}", f"{steps.max():+d}"
    if host.model == Model.CLOCK:
        return Picture(_share(np.diff(samples.time_ns)), _share(steps), high, low, "step by the time it took")
    return Picture(_share(np.arange(len(steps))), _share(steps), high, low, "step from one to the next")


def _of_numbers(x: Array, isn: Array, title: str) -> Picture:
    return Picture(_share(x), _share(isn), str(isn.max()), str(isn.min()), title)


def _of_bits(isn: Array) -> Picture:
    """How often each bit is set: a good generator has a level line at one half."""
    falling = np.arange(BITS)[::-1]
    often = (isn.astype(np.int64)[:, None] >> falling & 1).mean(axis=0)
    return Picture(_share(falling)[::-1], often, "always", "never", "set bits, from 31 to 0")


def _share(values: Array) -> Array:
    """Where the values lie between the least and the greatest, 0 to 1; in the middle where all are one."""
    values = values.astype(np.float64) - values.min()
    most = values.max()
    share: Array = values / most if most else np.full(len(values), 0.5)
    return share


def _drawn(screen: Screen, columns: int, picture: Picture) -> list[str]:
    """A picture with its axis to the left, and its title below."""
    lines = plot(picture.x, picture.y, columns, ROWS, unicode=screen.unicode)
    labels = [""] * ROWS
    labels[0], labels[-1] = picture.top, picture.bottom
    if picture.top == picture.bottom:
        labels = [""] * ROWS
        labels[ROWS // 2] = picture.top
    axis = screen.signs.lifeline
    drawn = [f"{label:>{MARGIN - 1}}{axis}{line}" for label, line in zip(labels, lines, strict=True)]
    return [*drawn, " " * MARGIN + picture.title]
