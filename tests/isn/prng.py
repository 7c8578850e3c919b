"""The number generators that stacks really use, each written from its definition, one number at a time.

They are the other side of `handshake_inspect.isn.generators`: nothing is shared with it, so that a mistake in
one is seen by the other. Each is an endless stream of 32-bit numbers, begun from a seed of any size.
"""

import struct
from collections.abc import Callable, Iterator

import numpy as np

Stream = Iterator[int]
"Endless numbers in 0 … 2**32 - 1."

WORD = (1 << 32) - 1


def lcg(multiplier: int, increment: int, modulus: int = 1 << 32) -> Callable[[int], Stream]:
    """A linear congruential generator that shows its whole state."""

    def stream(seed: int) -> Stream:
        state = seed % modulus or 1
        while True:
            state = (state * multiplier + increment) % modulus
            yield state

    return stream


def xorshift32(first: int, second: int, third: int) -> Callable[[int], Stream]:
    """Marsaglia's xorshift with 32 bits of state (Xorshift RNGs, 2003)."""

    def stream(seed: int) -> Stream:
        state = seed & WORD or 1
        while True:
            state ^= state << first & WORD
            state ^= state >> second
            state ^= state << third & WORD
            yield state

    return stream


def xorshift128(seed: int) -> Stream:
    """Marsaglia's xor128: four words of state."""
    x, y, z, w = (seed * odd & WORD or 1 for odd in (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D, 0x27D4EB2F))
    while True:
        t = x ^ (x << 11 & WORD)
        x, y, z = y, z, w
        w ^= (w >> 19) ^ t ^ (t >> 8)
        yield w


def galois(taps: int) -> Callable[[int], Stream]:
    """A linear feedback shift register of 32 bits in Galois form."""

    def stream(seed: int) -> Stream:
        state = seed & WORD or 1
        while True:
            state = state >> 1 ^ (taps if state & 1 else 0)
            yield state

    return stream


def rand15(multiplier: int, increment: int) -> Callable[[int], Stream]:
    """rand() with 15 bits, as in ISO C's example and Microsoft's library; two calls make one number."""

    def stream(seed: int) -> Stream:
        state = seed & WORD
        while True:
            number = 0
            for _ in range(2):
                state = (state * multiplier + increment) & WORD
                number = number << 16 | (state >> 16 & 0x7FFF)
            yield number

    return stream


def rand48(seed: int) -> Stream:
    """mrand48() and java.util.Random.nextInt(): the upper 32 of 48 bits."""
    state = (seed << 16 | 0x330E) & ((1 << 48) - 1)
    while True:
        state = (state * 0x5DEECE66D + 0xB) & ((1 << 48) - 1)
        yield state >> 16


def glibc_random(seed: int) -> Stream:
    """random() of glibc with its usual state of 31 words (TYPE_3); 31 bits."""
    words = [seed % 0x7FFFFFFF or 1]
    for _ in range(30):
        words.append(words[-1] * 16807 % 0x7FFFFFFF)
    for position in range(31, 34):
        words.append(words[position - 31])
    shown = 0
    while True:
        words.append((words[-31] + words[-3]) & WORD)
        shown += 1
        if shown > 310:
            yield words[-1] >> 1
        del words[:-34]


def additive_feedback(seed: int) -> Stream:
    """A lagged Fibonacci generator with exclusive-or: R(103, 250), Kirkpatrick and Stoll 1981, shortened."""
    start = np.random.default_rng(seed)
    words = [int(word) for word in start.integers(0, 1 << 32, 55)]
    while True:
        words.append(words[-24] ^ words[-55])
        del words[0]
        yield words[-1]


def taus88(seed: int) -> Stream:
    """L'Ecuyer's taus88 (1996): three registers, linear over GF(2), 88 bits of state."""
    a, b, c = ((seed * odd & WORD) | 16 for odd in (0x9E3779B1, 0x85EBCA77, 0xC2B2AE3D))
    while True:
        a = (a & 0xFFFFFFFE) << 12 & WORD ^ ((a << 13 & WORD) ^ a) >> 19
        b = (b & 0xFFFFFFF8) << 4 & WORD ^ ((b << 2 & WORD) ^ b) >> 25
        c = (c & 0xFFFFFFF0) << 17 & WORD ^ ((c << 3 & WORD) ^ c) >> 11
        yield a ^ b ^ c


def mt19937(seed: int) -> Stream:
    """The Mersenne twister, as numpy has it."""
    twister = np.random.MT19937(seed)
    while True:
        yield from (int(word) for word in twister.random_raw(64))


def swapped(stream: Callable[[int], Stream]) -> Callable[[int], Stream]:
    """The same numbers with their bytes in the other order, as a stack without htonl() sends them."""

    def turned(seed: int) -> Stream:
        for number in stream(seed):
            yield struct.unpack("<I", struct.pack(">I", number))[0]

    return turned


def skipping(stream: Callable[[int], Stream], every: int) -> Callable[[int], Stream]:
    """Every nth number: what is seen when others use the generator in between."""

    def thinned(seed: int) -> Stream:
        numbers = stream(seed)
        while True:
            for _ in range(every - 1):
                next(numbers)
            yield next(numbers)

    return thinned
