"""Which initial sequence numbers of a capture may be held against their host.

Knows everything about a row but what its number looks like. Refuses to judge numbers: a row is dropped for
what it repeats, never for its value, so what is kept is as random as the host made it. Its one idea is that a
good generator promises unrelated numbers for different 4-tuples only (RFC 6528 §3), so each 4-tuple enters
with its first number, and a packet that was captured several times enters once.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array, Table, column, selection
from handshake_inspect.integers import order, repeated
from handshake_inspect.isn.copies import copies
from handshake_inspect.isn.groups import groups
from handshake_inspect.isn.runs import gaps_ns, group_starts, place_in_run
from handshake_inspect.isn.samples import Chosen, Kind, Samples
from handshake_inspect.isn.series import MOST
from handshake_inspect.units import SECOND

RETRANSMITTED_NS = 150 * SECOND
"""The longest time between two equal segments of one attempt: a Linux client gives up after about 130 s.
Later, the same number on the same 4-tuple was chosen again."""

FEWEST_SYNS = 3
"With fewer SYNs no host is called a tool."


class Dropped(IntEnum):
    """Why a row does not count."""

    KEPT = 0
    RETRANSMISSION = 1
    "the same 4-tuple and number again"
    COPY = 2
    "the same packet with another 4-tuple: before and behind a NAT, or on two interfaces"
    REUSED = 3
    "not the first number of its 4-tuple: RFC 6528 lets those be related"
    BEYOND = 4
    "there were enough before it"


class Hosts(Table):
    """What became of the samples of each host, one row per host number."""

    kept: Array = column("i8", "samples", "that count")
    retransmissions: Array = column("i8", "samples", "dropped as Dropped.RETRANSMISSION")
    copies: Array = column("i8", "samples", "dropped as Dropped.COPY")
    reused: Array = column("i8", "samples", "dropped as Dropped.REUSED")
    beyond: Array = column("i8", "samples", "dropped as Dropped.BEYOND")
    groups: Array = column("i8", "groups", "stacks told apart behind the address")
    tool: Array = column("?", "", "it sends SYNs and hardly ever completes: a scanner, or made by hand")


class Prepared(NamedTuple):
    """What the preparation found, row for row of the samples, and host for host."""

    dropped: Array
    "u1, Dropped, one for each row of the samples"
    group: Array
    "i1, which of the stacks behind its host's address sent it; -1 for none in particular"
    hosts: Hosts


def prepare(samples: Samples) -> Prepared:
    """Tell for all hosts at once which rows count."""
    dropped = np.empty(len(samples), np.uint8)
    by_time = order(samples.time_ns).astype(np.int32)
    dropped[by_time] = _dropped(samples, by_time)
    group, counted = groups(samples, np.flatnonzero(dropped == Dropped.KEPT))
    kept = by_time[dropped[by_time] == Dropped.KEPT]
    kept = kept[order(samples.host[kept], samples.kind[kept], group[kept])]
    starts = group_starts(samples.host[kept], samples.kind[kept], group[kept])
    dropped[kept[place_in_run(starts) >= MOST]] = Dropped.BEYOND
    return Prepared(dropped, group, _hosts(samples, dropped, counted))


def _dropped(samples: Samples, by_time: Array) -> Array:
    """Why each of these rows, in the order of time, is dropped; before any are too many."""
    s = Chosen.part_of(samples).take(selection(by_time, len(samples)))
    dropped = np.zeros(len(s), np.uint8)
    # A SYN-ACK of a simultaneous opening has its SYN's number, chosen once (RFC 9293 §3.5 figure 7).
    # Most 4-tuples are seen once, and need no order.
    several = repeated(s.tuple)
    alike = several[order(s.tuple[several], s.isn[several])]
    again = ~group_starts(s.tuple[alike], s.isn[alike])
    gap_ns = gaps_ns(s.time_ns[alike])
    dropped[alike[again]] = np.where(gap_ns[again] > RETRANSMITTED_NS, Dropped.REUSED, Dropped.RETRANSMISSION)
    fresh = np.flatnonzero(dropped == Dropped.KEPT)
    copy = copies(s, fresh)
    several = fresh[repeated(s.tuple[fresh])]
    alike = several[order(s.tuple[several], s.kind[several])]
    # A copy takes its 4-tuple, too: what comes there later is not its first number.
    later = ~group_starts(s.tuple[alike], s.kind[alike])
    dropped[alike[later]] = Dropped.REUSED
    dropped[fresh[copy]] = Dropped.COPY
    return dropped


def _hosts(s: Samples, dropped: Array, counted: Array) -> Hosts:
    """The counts of every host, and which ones look like tools."""
    n = len(counted)
    by_reason = np.bincount(s.host * len(Dropped) + dropped, minlength=n * len(Dropped))
    kept, retransmissions, several, reused, beyond = by_reason.reshape(n, len(Dropped)).T
    attempts = (s.kind == Kind.SYN) & (dropped != Dropped.RETRANSMISSION) & (dropped != Dropped.COPY)
    syns = np.bincount(s.host[attempts], minlength=n)
    completed = np.bincount(s.host[attempts & s.completes], minlength=n)
    return Hosts(
        kept=kept,
        retransmissions=retransmissions,
        copies=several,
        reused=reused,
        beyond=beyond,
        groups=counted,
        # Under 10 %.
        tool=(syns >= FEWEST_SYNS) & (completed * 10 < syns),
    )
