"""What a bet wins: log2 of the probability that was given to what came, over that of a uniform law.

It knows two ways of spending a probability of one over 2**32 values, and nothing of what predicts. Both learn
from the row they stand in, and never look ahead: a factor depends on the entries before it. Rows are along
the last axis of an array of any shape.

The residual coder is for a point prediction: the distance to it falls into one of 63 bins, whose masses are
learned, and is uniform inside its bin. The hit coder is for a set of named values: the mass of the set is
learned, inside and outside it is uniform.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.seq import MODULUS

UNIFORM_SHARE = 1 / 16
"What the residual coder keeps on the uniform law: a reboot or an outlier costs 4 bits and no more."
BINS = 63
SIZES = np.array([1.0, *(2.0**k for k in range(31)), *(2.0**k for k in range(30)), 2.0**30 + 1])
"Values in each bin: the distance 0, 31 octaves ahead and 31 behind; -2**31 is in the last."
PRIOR = 1 / BINS
"Weight of a bin nobody was in, in observations (Dirichlet)."
HALF = 0.5
"Weight of hit and of miss before the first one, in observations (Krichevsky and Trofimov)."

_NO_BET = BINS
_FEW = 32
"Rows up to this long are compared entry by entry; longer ones are sorted."


def bit_length(values: Array) -> Array:
    """How many bits these numbers from 0 to 2**52 have, as int.bit_length has it."""
    exponent = (values.astype(np.float64).view(np.int64) >> 52) - 1022
    lengths: Array = np.maximum(exponent, 0)
    return lengths


def bins(offsets: Array) -> Array:
    """The bin of each distance (i4): 0, then 31 octaves ahead, then 31 behind."""
    length = bit_length(np.abs(offsets.astype(np.int64)))
    found = np.where(offsets < 0, np.minimum(31 + length, BINS - 1), length)
    return found.astype(np.uint8)


def earlier(keys: Array) -> Array:
    """For each entry how many entries before it in its row are equal to it."""
    n = keys.shape[-1]
    counts = np.zeros(keys.shape, np.int32)
    if n <= _FEW:
        for lag in range(1, n):
            counts[..., lag:] += keys[..., lag:] == keys[..., :-lag]
        return counts
    order = np.argsort(keys, axis=-1, kind="stable")
    ranked = np.take_along_axis(keys, order, -1)
    place = np.arange(n, dtype=np.int32)
    new = np.ones(keys.shape, bool)
    np.not_equal(ranked[..., 1:], ranked[..., :-1], out=new[..., 1:])
    start = np.maximum.accumulate(np.where(new, place, 0), axis=-1)
    np.put_along_axis(counts, order, place - start, -1)
    return counts


def before(marks: Array) -> Array:
    """For each entry how many marks stand before it in its row."""
    counts: Array = np.cumsum(marks, axis=-1) - marks
    return counts


def residual_bits(offsets: Array, bets: Array) -> Array:
    """log2 factors of point predictions that were off by `offsets` (i4), where they were made, `bets`."""
    bin_of = np.where(bets, bins(offsets), np.uint8(_NO_BET))
    mass = (earlier(bin_of) + PRIOR) / (before(bets) + 1)
    density = mass * _DENSITIES[bin_of]
    factors = (1 - UNIFORM_SHARE) * density + UNIFORM_SHARE
    bits: Array = np.log2(np.where(bets, factors, 1))
    return bits


def hit_bits(hits: Array, sizes: Array | float, bets: Array) -> Array:
    """log2 factors of naming `sizes` values, one of which came where `hits`; `bets` is where it was done."""
    hits = hits & bets
    mass = (before(hits) + HALF) / (before(bets) + 2 * HALF)
    inside, outside = mass * MODULUS / sizes, (1 - mass) * MODULUS / (MODULUS - sizes)
    bits: Array = np.log2(np.where(bets, np.where(hits, inside, outside), 1))
    return bits


_DENSITIES = np.append(MODULUS / SIZES, 1)
"How much denser than uniform a mass of one is in each bin."
