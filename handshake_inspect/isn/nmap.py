"""nmap's numbers for a series of ISNs: GCD, ISR and SP, for comparison with its scans.

It knows nmap's formulas, and draws no conclusion: SP calls the RFC 793 clock a good choice. nmap sends its
probes 100 ms apart, so the ISNs are taken as if they were, and a clock is set to that pace. Source: nmap's
"TCP/IP Fingerprinting Methods Supported by Nmap", SEQ, GCD, ISR and SP.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.isn.clocks import moved
from handshake_inspect.isn.grid import Grid

PROBE_S = 0.1
FEWEST = 4
"ISNs that nmap needs."
SCALE = 8
"nmap counts in eighths of an octave."
LARGE = 9
"A greater GCD is divided out before SP is measured."


def numbers(grid: Grid, rate_hz: Array) -> tuple[Array, Array, Array]:
    """GCD, ISR and SP of each view, -1 where there are too few ISNs.

    `rate_hz` is the rate of a view's clock, nan for one without.
    """
    enough = grid.samples >= FEWEST
    pairs = grid.real & (grid.place >= 1)
    paced = np.where(np.isnan(rate_hz), 0, rate_hz)[:, None] * (PROBE_S - grid.elapsed_s)
    counted = (grid.increment + np.where(np.isnan(rate_hz)[:, None], np.uint32(0), moved(paced))).view(
        np.int32
    )
    steps = np.where(pairs, np.abs(counted.astype(np.int64)), 0)
    gcd = np.gcd.reduce(steps, axis=1)
    count = np.maximum(grid.samples - 1, 1)
    rate = steps.sum(axis=1) / count / PROBE_S
    unit = np.where(gcd > LARGE, gcd, 1)
    away = np.where(pairs, steps / PROBE_S - rate[:, None], 0) / unit[:, None]
    spread = np.sqrt((away * away).sum(axis=1) / np.maximum(count - 1, 1))
    isr, sp = (_octaves(np.where(gcd > 0, value, 0)) for value in (rate, spread))
    return np.where(enough, gcd, -1), np.where(enough, isr, -1), np.where(enough, sp, -1)


def _octaves(values: Array) -> Array:
    """Eighths of an octave, rounded; 0 up to a value of one."""
    return np.floor(SCALE * np.log2(np.maximum(values, 1)) + 0.5).astype(np.int64)
