"""How stacks, good and bad, choose their initial sequence numbers: small simulated ones, with known truth.

Each is a function of a random generator and a number of connections. All randomness comes from that
generator, so the same seed is the same stack. Times, peers and ports are those of a server that is called
about once a second, or of a client that calls; what the stack does between two captured connections, its
own clock and its unseen connections, is part of the stack.

`alarms_by` is the number of connections by which 99 of 100 such hosts must have raised an alarm.
"""

from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.isn import prng

Random = np.random.Generator
Numbers = NDArray[Any]

MODULUS = 1 << 32
START_NS = 1_700_000_000_000_000_000


class Openings(NamedTuple):
    """What a capture shows of one host: n connections, in the order of time, all with different 4-tuples."""

    time_ns: Numbers
    "i8, since 1970; rising."
    isn: Numbers
    "u4, the host's own."
    peer_isn: Numbers
    "u4, what its SYN-ACK answers; 0 for a host that sends SYNs."
    answers: Numbers
    "Whether it sends SYN-ACKs, the same for all."
    address: Numbers
    "i8, the host's IPv4 address as a number."
    peer: Numbers
    "i8, the other end's."
    port: Numbers
    "u2, the host's."
    peer_port: Numbers
    "u2, the other end's."


Play = Callable[[Random, int], Openings]
Law = Callable[[Random, Numbers], Any]
"(random, seconds since the stack was started, one for each connection) → its ISNs, modulo 2**32 or not."


class Stack(NamedTuple):
    """A simulated stack and what must be found out about it."""

    name: str
    play: Play
    alarms_by: int | None
    "By how many connections 99 % of such hosts raise an alarm; None where none ever may."


def calls(random: Random, n: int, *, client: bool = False) -> tuple[Numbers, Openings]:
    """n connections about a second apart with no ISNs yet, and the seconds since the stack was started."""
    seconds = np.cumsum(random.exponential(1.0, n) + 1e-5)
    time_ns = START_NS + (random.integers(0, 86_400_000_000_000) + (seconds * 1e9).astype(np.int64))
    fixed, asked = np.full(n, random.integers(1 << 10, 1 << 16)), np.full(n, random.choice([22, 80, 443]))
    ephemeral = 32768 + (int(random.integers(28000)) + np.cumsum(random.integers(1, 9, n))) % 28000
    opened = Openings(
        time_ns,
        np.zeros(n, np.uint32),
        np.zeros(n, np.uint32) if client else random.integers(0, MODULUS, n, np.uint32),
        np.full(n, not client),
        0xC0000200 + fixed % 256,
        0xC6330000 + random.permutation(1 << 16)[np.arange(n) % (1 << 16)],
        (ephemeral if client else asked).astype(np.uint16),
        (asked if client else ephemeral).astype(np.uint16),
    )
    return seconds + random.uniform(0, 86_400), opened


def serving(law: Law) -> Play:
    """A server whose SYN-ACKs follow this law."""

    def play(random: Random, n: int) -> Openings:
        seconds, opened = calls(random, n)
        return opened._replace(isn=np.asarray(law(random, seconds) % MODULUS).astype(np.uint32))

    return play


def start(random: Random) -> int:
    """Where a counter stands when the capture begins."""
    return int(random.integers(MODULUS))


def clock(hertz: float) -> Law:
    """One clock for all connections, from the boot on."""
    return lambda random, seconds: start(random) + (seconds * hertz).astype(np.int64)


def adds(least: int, most: int) -> Law:
    """The last ISN and a random number from `least` to `most`."""
    return lambda random, seconds: (
        start(random) + np.cumsum(random.integers(least, most + 1, len(seconds)), dtype=np.int64)
    )


def below(bits: int, shift: int = 0) -> Law:
    """A random number of this many bits, shifted up."""
    return lambda random, seconds: random.integers(0, 1 << bits, len(seconds)) << shift


def generator(stream: Callable[[int], prng.Stream]) -> Law:
    """The numbers of a generator, one for each connection."""
    return lambda random, seconds: np.array([*islice(stream(start(random)), len(seconds))], np.uint64)


def constant(random: Random, seconds: Numbers) -> Numbers:
    """One ISN for all (Nut/Net: 1 000 000)."""
    return np.full(len(seconds), start(random))


def slirp(random: Random, seconds: Numbers) -> Any:
    """4.4BSD and slirp: 64 000 at each connection and at each slow timer, twice a second."""
    return start(random) + 64_000 * (np.arange(len(seconds)) + np.floor(seconds * 2).astype(np.int64))


def lwip(random: Random, seconds: Numbers) -> Any:
    """lwIP's default: the last ISN and the number of half seconds since the start."""
    return 6510 + np.cumsum(np.floor(seconds * 2).astype(np.int64))


def solaris(random: Random, seconds: Numbers) -> Any:
    """Solaris with tcp_strong_iss 1: 250 000 a second, and up to 250 000 more at each connection."""
    extra = np.cumsum(random.integers(0, 250_001, len(seconds)))
    return start(random) + (seconds * 250_000).astype(np.int64) + extra


def linux26(random: Random, seconds: Numbers) -> Any:
    """Linux 2.6: 24 bits of a hash, a count that changes every five minutes, and a clock of 1 MHz."""
    hashed = random.integers(0, 1 << 24, len(seconds))
    count = np.floor(seconds / 300).astype(np.int64) << 24
    return start(random) + hashed + count + (seconds * 1e6).astype(np.int64)


def netbsd9(random: Random, seconds: Numbers) -> Any:
    """NetBSD up to 9 without RFC 1948: 24 random bits on a count of connections and half seconds."""
    count = np.arange(len(seconds)) + np.floor(seconds * 2).astype(np.int64)
    return random.integers(0, 1 << 24, len(seconds)) + ((start(random) >> 24) + count << 24)


def unknown_lcg(random: Random, seconds: Numbers) -> Any:
    """A linear congruential generator modulo 2**32 with constants of its own."""
    multiplier, increment = (int(random.integers(1 << 29)) << 3 | 5), start(random) | 1
    return generator(prng.lcg(multiplier, increment))(random, seconds)


def picotcp(random: Random, seconds: Numbers) -> Any:
    """picoTCP: a known generator, exclusive-ored with the inverse of a clock of milliseconds."""
    state, numbers = start(random), []
    for tick in (seconds * 1000).astype(int):
        state = (state * 1664525 + 1013904223) % MODULUS ^ (MODULUS - 1 - int(tick))
        numbers.append(state)
    return np.array(numbers, np.uint64)


def stuck_bit(random: Random, seconds: Numbers) -> Any:
    """Random, but for one bit that is always set."""
    return random.integers(0, MODULUS, len(seconds)) | 1 << int(random.integers(32))


def reboots(random: Random, seconds: Numbers) -> Any:
    """A good generator with the same seed at each boot: the first 20 numbers over and over."""
    return np.resize(random.integers(0, MODULUS, 20), len(seconds))


def uniform(random: Random, seconds: Numbers) -> Any:
    """True randomness, as in OpenBSD."""
    return random.integers(0, MODULUS, len(seconds))


def rfc6528(hertz: float) -> Law:
    """RFC 6528 §3: a clock and a keyed hash of the 4-tuple, which are all different here."""
    return lambda random, seconds: uniform(random, seconds) + clock(hertz)(random, seconds)


def echo(random: Random, n: int) -> Openings:
    """The peer's ISN, sent back."""
    _, opened = calls(random, n)
    return opened._replace(isn=opened.peer_isn)


def syn_cookies(random: Random, n: int) -> Openings:
    """Linux: two keyed hashes, the peer's ISN, a count of minutes, and two bits for the MSS."""
    seconds, opened = calls(random, n)
    minutes = np.floor(seconds / 60).astype(np.int64)
    second = (random.integers(0, 1 << 24, n) + random.integers(0, 4, n)) % (1 << 24)
    isn = random.integers(0, MODULUS, n) + opened.peer_isn + (minutes << 24) + second
    return opened._replace(isn=(isn % MODULUS).astype(np.uint32))


def mirai(random: Random, n: int) -> Openings:
    """Mirai's scanner: the ISN of a SYN is the address it is sent to."""
    _, opened = calls(random, n, client=True)
    peer = random.choice(1 << 32, n, replace=False)
    return opened._replace(peer=peer, isn=peer.astype(np.uint32), answers=np.zeros(n, bool))


def scanner(random: Random, n: int) -> Openings:
    """A half-open scanner with one ISN for a whole run."""
    _, opened = calls(random, n, client=True)
    return opened._replace(isn=np.full(n, start(random), np.uint32))


def behind_nat(first: Law, others: int, law: Law) -> Play:
    """Clients behind one address: one that follows `first`, and some that follow `law`, all as busy."""

    def play(random: Random, n: int) -> Openings:
        seconds, opened = calls(random, n, client=True)
        isn = np.zeros(n, np.int64)
        whose = random.integers(0, others + 1, n)
        for host in range(others + 1):
            mine = whose == host
            isn[mine] = (first if host == 0 else law)(random, seconds[mine]) % MODULUS
        return opened._replace(isn=isn.astype(np.uint32))

    return play


BAD = (
    Stack("constant", serving(constant), 3),
    Stack("fixed step 64000", serving(adds(64_000, 64_000)), 3),
    Stack("uC/TCP-IP 65527", serving(adds(65_527, 65_527)), 3),
    Stack("echo of the peer's ISN", echo, 3),
    Stack("Mirai", mirai, 3),
    Stack("scanner with one ISN", scanner, 3),
    Stack("RFC 793 clock", serving(clock(250_000)), 4),
    Stack("ms ticks", serving(clock(1000)), 4),
    Stack("uIP", serving(clock(20)), 4),
    Stack("FNET", serving(adds(1, 255)), 4),
    Stack("slirp", serving(slirp), 4),
    Stack("lwIP", serving(lwip), 4),
    Stack("Windows 2000", serving(adds(1, 1 << 16)), 4),
    Stack("Solaris", serving(solaris), 4),
    Stack("increments below 2^20", serving(adds(1, 1 << 20)), 4),
    Stack("16-bit values", serving(below(16)), 4),
    Stack("24-bit values", serving(below(24)), 6),
    Stack("increments below 2^24", serving(adds(1, 1 << 24)), 6),
    Stack("low byte zero", serving(below(24, 8)), 6),
    Stack("Linux 2.6", serving(linux26), 8),
    Stack("NetBSD 9", serving(netbsd9), 9),
    Stack("known LCG", serving(generator(prng.lcg(1664525, 1013904223))), 4),
    Stack("known LCG, every third", serving(generator(prng.skipping(prng.lcg(69069, 1), 3))), 4),
    Stack("unknown LCG", serving(unknown_lcg), 7),
    Stack("picoTCP", serving(picotcp), 4),
    Stack("one stuck bit", serving(stuck_bit), 39),
    Stack("same seed at every boot", serving(reboots), 24),
    Stack("glibc random()", serving(generator(prng.glibc_random)), 34),
    Stack("MT19937", serving(generator(prng.mt19937)), 626),
)
"Stacks that must be found out."

MIXED = (
    Stack("one counter, 4 random hosts", behind_nat(adds(64_000, 64_000), 4, uniform), 40),
    Stack("one counter, 9 random hosts", behind_nat(adds(64_000, 64_000), 9, uniform), 200),
)
"Hosts behind one address, of which one must be found out: by then about half of such mixtures are."

GOOD = (
    Stack("random", serving(uniform), None),
    Stack("RFC 6528, 250 kHz", serving(rfc6528(250_000)), None),
    Stack("RFC 6528, 64 ns", serving(rfc6528(15_625_000)), None),
    Stack("SYN cookies", syn_cookies, None),
    Stack("NAT of good hosts", behind_nat(uniform, 3, rfc6528(15_625_000)), None),
)
"Stacks nothing may be said against, at any number of connections."
