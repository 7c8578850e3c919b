"""The expert for several generators behind one address, or in one host: a counter each, and one law."""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.coders import BINS, PRIOR, SIZES, UNIFORM_SHARE, bins
from handshake_inspect.isn.experts import Bet, Expert
from handshake_inspect.isn.grid import Grid
from handshake_inspect.isn.model import Model
from handshake_inspect.seq import MODULUS

ANCHORS = 16
"The last ISNs, each as likely as the others to be the one that is counted on from."
LEARNING = 8
"Increments; while fewer are known, the nearest anchor is taken for the right one."


def nearest(grid: Grid) -> Bet:
    """One of the last ISNs and an increment, whose law is learned from the most likely anchors."""
    rows = np.arange(len(grid))
    learned = np.full((len(grid), BINS), PRIOR)
    density = np.zeros(grid.isn.shape)
    offsets = np.zeros(grid.isn.shape, np.int32)
    for place in range(1, grid.width):
        # The latest first, for it wins where two are equally likely.
        anchors = grid.isn[:, max(0, place - ANCHORS) : place][:, ::-1]
        ahead = (grid.isn[:, place : place + 1] - anchors).view(np.int32)
        bin_of = bins(ahead)
        each = learned[rows[:, None], bin_of] * (MODULUS / place) / SIZES[bin_of]
        density[:, place] = each.mean(axis=1)
        distance = np.abs(ahead.astype(np.int64))
        chosen = each.argmax(axis=1) if place > LEARNING else distance.argmin(axis=1)
        learned[rows, bin_of[rows, chosen]] += 1
        offsets[:, place] = ahead[rows, chosen]
    won: Array = np.log2((1 - UNIFORM_SHARE) * density + UNIFORM_SHARE)
    return Bet(np.where(grid.from_place(1), won, 0)[None], offsets[None], float(ANCHORS))


EXPERTS = (Expert(Model.SEVERAL_COUNTERS, 1 / 16, nearest),)
