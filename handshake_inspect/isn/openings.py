"""From connections to samples: which SYNs and SYN-ACKs of a recording tell how their hosts choose numbers.

It knows where events, ends and offers lie, and nothing of what makes a number good. Its one idea: in a flood
nearly every address is seen once, and one number proves nothing, so what is rare is dropped by one sort
before anything is looked up.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect import seq
from handshake_inspect.columns import Array, selection
from handshake_inspect.decode.segments import CONTROL, Flag, Offers
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.events import QUOTE, Events
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.parties import Parties
from handshake_inspect.integers import distinct, frequent, order, places
from handshake_inspect.isn.effort import fair
from handshake_inspect.isn.runs import group_starts, place_in_run
from handshake_inspect.isn.samples import Kind, Samples
from handshake_inspect.isn.verdict import FEWEST

SPARE = 4
"Of so many segments of a host one may count, the others being repetitions and copies: no more are prepared."


class Openings(NamedTuple):
    """The samples of a recording, and whose they are."""

    samples: Samples
    event: Array
    "for each sample its position among the events"
    life: Array
    "for each host number a connection it was an end of"
    server: Array
    "for each host number whether it was the server of that connection"


def openings(all_: Connections, parties: Parties, budget: int) -> Openings:
    """All that may be worth looking at, the first ones of each address.

    An address is, with three SYNs or SYN-ACKs, and with a 4-tuple that was used again. About `budget` numbers
    are to be looked at later.
    """
    at, host, hosts = _chosen(all_, parties, budget)
    lives = all_.lives
    life = lives.rows.of[at]
    example = np.empty(hosts, np.int32)
    # Written backwards, the first one stays.
    example[host[::-1]] = np.arange(len(host), dtype=np.int32)[::-1]
    server = all_.events.side[at[example]] != lives.client[life[example]]
    return Openings(_samples(all_, at, life, host), at, life[example], server)


def _chosen(all_: Connections, parties: Parties, budget: int) -> tuple[Array, Array, int]:
    """(events, host of each, number of hosts)."""
    events = all_.events
    # Who sends SYN with FIN or RST opens nothing.
    at = np.flatnonzero((events.flags & (CONTROL | QUOTE)) == Flag.SYN).astype(np.int32)
    host, hosts = _hosts(all_, parties, at)
    known = selection(np.flatnonzero(host >= 0), len(host))
    at, host = at[known], host[known]
    first = _first(host * len(Kind) + _kind(events, at), events.frame, at, budget)
    return at[first], host[first], hosts


def _hosts(all_: Connections, parties: Parties, at: Array) -> tuple[Array, int]:
    """(for each of these events the number of its sender or -1, how many there are)."""
    lives = all_.lives
    life = lives.rows.of[at]
    server = np.flatnonzero(all_.events.side[at] != lives.client[life])
    whose = parties.clients[life]
    whose[server] = parties.hosts[life[server]]
    hosts = frequent(whose, FEWEST)
    if all_.reused:
        again = np.bincount(lives.flow)[lives.flow[life]] > 1
        hosts = distinct(np.concatenate([hosts, whose[again]]))
    return places(whose, hosts).astype(np.int32), len(hosts)


def _kind(events: Events, at: Array) -> Array:
    """What these SYNs are."""
    return np.where(events.flags[at] & Flag.ACK != 0, Kind.SYN_ACK, Kind.SYN).astype(np.uint8)


def _first(group: Array, frame: Array, event: Array, budget: int) -> Array | slice:
    """The positions, rising, that have not enough of their group before them; `frame` is by event."""
    sizes = np.bincount(group)
    most = SPARE * fair(sizes, budget)
    large = (sizes > most)[group]
    at = np.flatnonzero(large)
    if not len(at):
        return slice(None)
    by = at[order(group[at], frame[event[at]])]
    large[by[place_in_run(group_starts(group[by])) < most]] = False
    return np.flatnonzero(~large)


def _samples(all_: Connections, at: Array, life: Array, host: Array) -> Samples:
    events, ends = all_.events, all_.ends
    kind = _kind(events, at)
    flow, side = events.flow[at], events.side[at]
    first = side == 0

    def of(one: Array, other: Array) -> Array:
        """What is in one column where side 0 sent, in the other where side 1 did."""
        return np.where(first, one[flow], other[flow])

    peer = of(ends.target_low, ends.source_low).view(np.int64)
    peer[ends.version[flow] != 4] = -1
    opened = np.array([story.opening.outcome is Opened.ESTABLISHED for story in all_.stories], bool)
    answers = kind == Kind.SYN_ACK
    return Samples(
        host=host,
        kind=kind,
        time_ns=events.time_ns[at],
        isn=events.seq[at],
        peer_isn=np.where(answers, seq.add(events.ack[at], -1), 0),
        answers=answers,
        tuple=flow * 2 + side,
        peer=peer,
        port=of(ends.source_port, ends.target_port),
        peer_port=of(ends.target_port, ends.source_port),
        life=life,
        completes=opened[all_.shapes.of[life]],
        ttl=events.ttl[at],
        stack=_stack(all_.recording.offers, all_.offered.rows(events.frame[at]), events.window[at]),
    )


def _stack(offers: Offers, rows: Array, window: Array) -> Array:
    """A number for what a stack puts into every SYN: which options, MSS, window."""
    bits = [
        (offers.mss_bytes[rows] + 1, 17),
        (offers.window_shift[rows] + 1, 9),
        (offers.sack[rows], 1),
        (offers.timestamps[rows], 1),
        (offers.mptcp[rows], 1),
        (window, 16),
    ]
    number = np.zeros(len(rows), np.int64)
    for value, width in bits:
        number = number << width | value.astype(np.int64)
    return number
