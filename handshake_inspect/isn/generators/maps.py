"""Generators that show their whole state, so that one number gives the next, whatever was hidden between.

The bet names the next 16 numbers after the last one seen: connections outside the capture, and everything
else that draws from the generator, may have taken some of them.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.generators.bet import (
    MISSES,
    WORD,
    Bet,
    Generator,
    before,
    from_place,
    settled,
)

STEPS = 16
"How far ahead the bet looks."

Map = Callable[[Array], Array]

HALF = np.uint64(0x7FFFFFFF)

LCG32 = (
    (1664525, 1013904223),  # Numerical Recipes
    (1103515245, 12345),  # ISO C's example, BSD rand()
    (1103515245, 1),
    (1103515245, 24691),
    (214013, 2531011),  # Microsoft
    (22695477, 1),  # Borland C
    (134775813, 1),  # Turbo Pascal, Delphi
    (134775813, 0),
    (69069, 1),  # VAX
    (69069, 0),
    (1812433253, 1),  # Knuth, after Borosh and Niederreiter
    (1566083941, 1),  # Knuth, after Waterman
    (1597334677, 1013904223),  # L'Ecuyer's multiplier
    (16807, 0),
)
"Multiplier and increment, modulo 2**32."

LCG31 = ((1103515245, 12345), (214013, 2531011), (1664525, 1013904223), (65539, 0))
"Modulo 2**31: glibc's random() with its smallest state, and RANDU the last."

MINIMAL = (16807, 48271, 69621, 630360016)
"Multipliers modulo the prime 2**31 - 1: Park and Miller 1988 and 1993, and Simscript."

XORSHIFTS = ((13, 17, 5), (5, 9, 7))
"Left, right and left again: Marsaglia, Xorshift RNGs, 2003."

TAPS = (0xA3000000, 0x80200003)
"Of shift registers in Galois form, with 32 bits."


def affine(multiplier: int, increment: int, mask: np.uint64, x: Array) -> Array:
    """One step of a linear congruential generator modulo a power of two."""
    stepped: Array = (x * np.uint64(multiplier) + np.uint64(increment)) & mask
    return stepped


def minimal(multiplier: int, x: Array) -> Array:
    """One step of a multiplicative generator modulo 2**31 - 1."""
    stepped: Array = x * np.uint64(multiplier) % HALF
    return stepped


def xorshift(left: int, right: int, again: int, x: Array) -> Array:
    """One step of a 32-bit xorshift."""
    x = x ^ ((x << np.uint64(left)) & WORD)
    x = x ^ (x >> np.uint64(right))
    stepped: Array = x ^ ((x << np.uint64(again)) & WORD)
    return stepped


def galois(taps: int, x: Array) -> Array:
    """One step of a shift register."""
    return (x >> np.uint64(1)) ^ (np.uint64(taps) * (x & np.uint64(1)))


def ahead_of(step: Map, numbers: Array) -> Array:
    """For each number whether it is one of the next 16 after the one before it."""
    state = before(numbers)
    hit = np.zeros(numbers.shape, bool)
    for _ in range(STEPS):
        state = step(state)
        hit |= state == numbers
    return hit & from_place(numbers, 1)


def bet(step: Map, numbers: Array, time_ns: Array) -> Bet:
    """Bet on the next 16 numbers of a map."""
    # A view that loses its first bets has no others, and nearly all do: look at those bets alone.
    early = numbers[..., : MISSES + 1]
    hit = np.zeros(numbers.shape, bool)
    hit[..., : MISSES + 1] = ahead_of(step, early)
    promising = hit.any(axis=-1)
    if numbers.shape[-1] > MISSES + 1 and promising.any():
        hit[promising] = ahead_of(step, numbers[promising])
    return settled(hit, STEPS, from_place(numbers, 1))


STEPPED: tuple[tuple[str, Map], ...] = (
    *((f"LCG mod 2^32 ({a}, {c})", partial(affine, a, c, WORD)) for a, c in LCG32),
    *((f"LCG mod 2^31 ({a}, {c})", partial(affine, a, c, HALF)) for a, c in LCG31),
    *((f"LCG mod 2^31-1 ({a})", partial(minimal, a)) for a in MINIMAL),
    *((f"xorshift32 ({a}, {b}, {c})", partial(xorshift, a, b, c)) for a, b, c in XORSHIFTS),
    *((f"LFSR ({taps:#x})", partial(galois, taps)) for taps in TAPS),
)

MAPS = tuple(Generator(name, 1 / 16 / (len(STEPPED) + 1), partial(bet, step)) for name, step in STEPPED)
"Together with xorshift128 they share 1/16."
