"""4-tuples that were used again: how the number moved from one connection to the next.

Knows steps and the time between them. Refuses to see predictability in them: from one life of a 4-tuple to
the next a number should grow with a clock (RFC 6528 §3, RFC 9293 §3.4.1), so that segments of the old
connection cannot be taken for the new one's. That it grows is no weakness, and that it does not may be a
danger.
"""

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array, Table, column
from handshake_inspect.flow.incarnations import TIME_WAIT_NS
from handshake_inspect.isn.preparation import Dropped
from handshake_inspect.isn.rate import rate_hz
from handshake_inspect.isn.runs import gaps_ns, group_starts
from handshake_inspect.isn.samples import Samples

TIME_WAIT_STEP = 65_537
"Linux opens from TIME-WAIT with the last number it sent and this added: more than any window without scale."

MOST_SENT = 1 << 20
"Bytes. A connection that sent more before TIME-WAIT is not recognised by its step."

FEWEST_STEPS = 4
"Two determine a rate, and two more have to agree with it."

MOST_CLOCKS = 1000
"Hosts whose clock is sought, those with most reuses: it is a hint, and the only work done host by host."


class Reuses(Table):
    """One row per connection whose 4-tuple had been used before, by 4-tuple and then by time."""

    later: Array = column("i8", "", "where its number is in the samples")
    earlier: Array = column("i8", "", "where the number of the connection before it is")
    step: Array = column("i4", "", "how far the number moved on; negative where it fell back")
    gap_ns: Array = column("i8", "ns", "between the two openings")
    quiet_ns: Array = column("i8", "ns", "from the last segment of the old connection to the new opening")
    time_wait: Array = column("?", "", "it grew as Linux lets it grow out of TIME-WAIT")


class Habits(Table):
    """What a host does with the numbers of 4-tuples used again, one row per host and kind that did."""

    host: Array = column("i8", "", "the number of its address")
    kind: Array = column("u1", "Kind", "of the segments")
    reuses: Array = column("i8", "connections", "on a 4-tuple used before")
    repeated: Array = column("i8", "connections", "with the number of the connection before")
    backward: Array = column("i8", "connections", "with a smaller number")
    time_wait: Array = column("i8", "connections", "opened as Linux opens out of TIME-WAIT")
    clock_hz: Array = column("f8", "Hz", "of the clock behind its numbers; nan where none is seen")


def reuses(samples: Samples, dropped: Array, ended_ns: Array) -> Reuses:
    """All reuses of a 4-tuple.

    `dropped` is from the preparation; `ended_ns` is, for each row, the time of the last segment of the
    connection it belongs to. A number seen again in the same connection is no reuse, unless so late that it
    must have been chosen again.
    """
    s = samples
    order = np.lexsort((s.time_ns, s.kind, s.tuple))
    first = group_starts(s.tuple[order], s.kind[order])
    another_life = np.append(True, s.life[order][1:] != s.life[order][:-1])[: len(s)]
    chosen = first | another_life | (dropped[order] != Dropped.RETRANSMISSION)
    order, first = order[chosen], first[chosen]
    again = np.flatnonzero(~first)
    later, earlier = order[again], order[again - 1]
    step = seq.ahead(s.isn[later], s.isn[earlier])
    # The end of the old connection is not known where both were taken for one.
    ended = np.where(s.life[later] == s.life[earlier], s.time_ns[earlier], ended_ns[earlier])
    quiet_ns = np.maximum(s.time_ns[later] - ended, 0)
    return Reuses(
        later=later,
        earlier=earlier,
        step=step,
        gap_ns=gaps_ns(s.time_ns[order])[again],
        quiet_ns=quiet_ns,
        time_wait=(step >= TIME_WAIT_STEP) & (step < TIME_WAIT_STEP + MOST_SENT) & (quiet_ns <= TIME_WAIT_NS),
    )


def habits(samples: Samples, found: Reuses) -> Habits:
    """What each host makes of its reuses."""
    host, kind = samples.host[found.later], samples.kind[found.later]
    order = np.lexsort((kind, host))
    starts = np.flatnonzero(group_starts(host[order], kind[order]))
    step = found.step[order]

    def count(marks: Array) -> Array:
        return np.add.reduceat(marks, starts, dtype=np.int64) if len(starts) else starts

    number = np.diff(starts, append=len(order))
    clock_hz = np.full(len(starts), np.nan)
    # A number out of TIME-WAIT follows the old connection, not the clock.
    ticking = ~found.time_wait[order]
    for position in np.argsort(-number, kind="stable")[:MOST_CLOCKS]:
        mine = slice(starts[position], starts[position] + number[position])
        rows = order[mine][ticking[mine]]
        if len(rows) >= FEWEST_STEPS:
            clock_hz[position] = rate_hz(found.gap_ns[rows], found.step[rows])
    return Habits(
        host=host[order][starts],
        kind=kind[order][starts],
        reuses=number,
        repeated=count(step == 0),
        backward=count(step < 0),
        time_wait=count(found.time_wait[order]),
        clock_hz=clock_hz,
    )
