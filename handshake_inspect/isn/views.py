"""The views of each host: the same kept samples, looked at from a few sides.

A host has its SYNs, its SYN-ACKs, both together where it sends both, and the SYNs or SYN-ACKs of each stack
behind its address. Which views there are is decided without a glance at the numbers, so the evidence of all
views of a host may be averaged: the average of e-values is an e-value.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array, Table, column
from handshake_inspect.integers import order
from handshake_inspect.isn.effort import EVERYTHING, affordable, fair
from handshake_inspect.isn.preparation import Dropped, Prepared
from handshake_inspect.isn.runs import group_starts, place_in_run, run_numbers
from handshake_inspect.isn.samples import Kind, Samples
from handshake_inspect.isn.sight import Sight
from handshake_inspect.isn.verdict import FEWEST


class Views(Table):
    """One row per view, in the order of hosts."""

    host: Array = column("i8", "", "whose")
    sight: Array = column("u1", "Sight", "which of its segments")
    group: Array = column("i8", "", "only this stack behind its address; -1 for all")
    samples: Array = column("i8", "samples", "in it")


class Viewed(NamedTuple):
    """The views, and the samples in each."""

    rows: Array
    "i4, positions in the samples; by view, then by time"
    view: Array
    "i4, the view of each of these rows, as a position in `views`"
    views: Views


def views(samples: Samples, prepared: Prepared, fewest: int = FEWEST, budget: int = EVERYTHING) -> Viewed:
    """The views that have at least `fewest` samples: none with more than 1024, and all within the budget."""
    rows = order(samples.time_ns).astype(np.int32)
    rows = rows[prepared.dropped[rows] == Dropped.KEPT]
    host, kind, group = samples.host[rows], samples.kind[rows], prepared.group[rows]
    hosts = len(prepared.hosts)
    sends = [np.bincount(host[kind == one], minlength=hosts) > 0 for one in Kind]
    two = np.logical_and.reduce(sends)
    mixed, split = np.flatnonzero(two[host]), np.flatnonzero(group >= 0)
    of = np.concatenate([np.arange(len(rows)), mixed, split], dtype=np.int32)
    sight = np.concatenate([kind, np.full(len(mixed), Sight.BOTH, kind.dtype), kind[split]])
    part = np.concatenate([np.full(len(rows) + len(mixed), -1, group.dtype), group[split]])
    # Each of the three is in the order of time, and no two of them have a view in common.
    sorting = order(host[of], part, sight)
    of, sight, part = of[sorting], sight[sorting], part[sorting]
    starts = group_starts(host[of], sight, part)
    within = place_in_run(starts) < fair(np.bincount(run_numbers(starts)), budget)
    of, sight, part, starts = of[within], sight[within], part[within], starts[within]
    view = run_numbers(starts)
    size = np.bincount(view, minlength=int(starts.sum()))
    enough = (size >= fewest) & affordable(size, budget)
    number = np.cumsum(enough, dtype=np.int32) - 1
    taken = enough[view]
    table = Views(host=host[of][starts], sight=sight[starts], group=part[starts], samples=size)
    return Viewed(rows[of][taken], number[view[taken]], table.take(np.flatnonzero(enough)))
