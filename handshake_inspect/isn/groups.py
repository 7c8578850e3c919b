"""Several hosts behind one address, told apart by what their stacks put into a SYN.

Knows initial TTLs and layouts of options. Refuses to claim that a group is one host: a group is only another
way to look at the same rows, chosen without a glance at the numbers, so the evidence found in all of them may
be averaged, and stays evidence. That is its one idea, and its price is the number of groups.
"""

import numpy as np

from handshake_inspect.columns import Array, selection
from handshake_inspect.integers import order
from handshake_inspect.isn.runs import group_starts, run_numbers
from handshake_inspect.isn.samples import Kind, Samples
from handshake_inspect.isn.verdict import FEWEST

INITIAL_TTLS = np.array([32, 64, 128, 255])
"What stacks start with. A captured TTL is a few hops below one of them."

MOST_GROUPS = 8
"Of one host. The largest are taken; each halves or worse what one of them can show."


def groups(s: Samples, rows: Array) -> tuple[Array, Array]:
    """For each row of `s` its group, and for each host number how many groups it has.

    Only `rows`, the positions that count, are divided. The groups of a host are numbered from 0, SYNs and
    SYN-ACKs together, but no group holds both. Rows in no group of their own have -1, and a host with one
    stack has no groups at all.
    """
    hosts = int(s.host.max()) + 1 if len(s) else 0
    group = np.full(len(s), -1, np.int8)
    counted = np.zeros(hosts, np.int64)
    at = selection(rows, len(s))
    kind, host = s.kind[at], s.host[at]
    initial = np.searchsorted(INITIAL_TTLS, s.ttl[at]).astype(np.uint8)
    # The options of a SYN-ACK are an answer to the SYN's: they say more about the peer than about the host.
    stack = np.where(kind == Kind.SYN, s.stack[at], -1)
    by = order(host, kind, initial, stack)
    host, kind = host[by], kind[by]
    starts = group_starts(host, kind, initial[by], stack[by])
    first = np.flatnonzero(starts)
    if len(first) == len(np.flatnonzero(group_starts(host, kind))):
        return group, counted
    size = np.diff(first, append=len(rows))
    begins = group_starts(host[first], kind[first])
    alone = begins & np.append(begins[1:], True)
    size[alone] = 0
    # The largest first, in the order of their keys where they are equally large.
    by_size = order(host[first], -size)
    # Fewer can raise no alarm, so a view of their own would only cost.
    taken = size[by_size] >= FEWEST
    begins = group_starts(host[first][by_size])
    # How many of its host were taken before it.
    place: Array = np.cumsum(taken) - taken
    place -= place[begins][run_numbers(begins)]
    taken &= place < MOST_GROUPS
    number = np.full(len(first), -1)
    number[by_size[taken]] = place[taken]
    group[rows[by]] = number[run_numbers(starts)]
    counted += np.bincount(host[first][number >= 0], minlength=hosts)
    return group, counted
