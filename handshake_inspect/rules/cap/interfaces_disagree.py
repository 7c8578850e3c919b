"""CAP012: two interfaces of one capture have different clocks."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.notices import Apart, Kind
from handshake_inspect.integers import distinct
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.noticed import connections_of, evidence
from handshake_inspect.rules.registry import rule

TELLING_NS = 1_000_000
"Two interfaces of one host stamp the same packet within microseconds."


@rule("CAP012", "interfaces-disagree", Severity.WARNING, whole=True)
def interfaces_disagree(whole: Whole) -> Iterator[WholeHit]:
    """Two interfaces of the capture have clocks that disagree.

    ## What it checks
    Packets that two interfaces captured. What goes one way passes the first of them earlier, and what goes
    the other way passes it later. Where one interface is later by more than 1 ms in both directions, its
    clock is ahead.

    ## Why it matters
    Times of frames from different interfaces cannot be compared. An answer may seem to come before what it
    answers, and a round trip may seem too long or too short.

    ## Example
    A pcapng of two hosts, merged, in which the second interface sees every packet of both ends 30 ms after
    the first.

    ## Not flagged
    A round trip between two interfaces: one direction is later at the one, the other at the other.

    ## What to do
    Set the clocks of both hosts by the same source (`chronyc tracking`). Correct the file of one of them by
    the difference (`editcap -t -0.030 late.pcapng right.pcapng`) before you merge them.

    ## Limits
    The difference must be below half a second, for later no packet is known again. Without an IP
    identification a packet is known again for 4 ms only. One direction alone proves nothing.

    ## Sources
    - RFC 5905 §8: the offset of two clocks is half the sum of the differences in both directions
    """
    apart = whole.all.recording.noticed.apart
    if not len(apart):
        return
    for pair in distinct(apart.pair).tolist():
        bounds = _bounds(apart.take(apart.pair == pair))
        if bounds is None:
            continue
        least, most = bounds
        first, second = pair >> 32, pair & 0xFFFFFFFF
        ahead, behind = (second, first) if most > 0 else (first, second)
        low, high = sorted((abs(least), abs(most)))
        yield WholeHit(
            f"{_name(whole, ahead)} has its clock {units.duration(low)} to {units.duration(high)} ahead of"
            f" {_name(whole, behind)}, by the packets that both captured",
            connections_of(whole.all, Kind.COPY_INTERFACE),
            evidence(whole.all, Kind.COPY_INTERFACE, "the same packet as frame {}, on another interface"),
            about=f"{first} {second}",
            weakens=True,
        )


def _bounds(apart: Apart) -> tuple[int, int] | None:
    """By how much the higher interface is later at least and at most, ns; None where that may be the way."""
    both = np.flatnonzero((apart.lane[1:] == apart.lane[:-1] + 1) & (apart.lane[:-1] & 1 == 0))
    if not len(both):
        return None
    least = np.minimum(apart.least_ns[both], apart.least_ns[both + 1])
    most = np.maximum(apart.most_ns[both], apart.most_ns[both + 1])
    ahead, behind = bool((least > TELLING_NS).all()), bool((most < -TELLING_NS).all())
    return (int(least.min()), int(most.max())) if ahead or behind else None


def _name(whole: Whole, index: int) -> str:
    names = [capture.interfaces[index].name for capture in whole.captures if index < len(capture.interfaces)]
    return next((name for name in names if name), f"interface {index}")
