"""From what was noticed while frames were read to the connections it concerns, and to evidence.

It knows lanes and frames; what an oddity means is said by the rules.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.notices import Kind, Notices

Frame = tuple[int, int, int, int, str, str]
"(frame, offset, length, time_ns, who, says), as in `WholeHit.frames`"


def concerned(all_: Connections, notices: Notices) -> tuple[Array, Array]:
    """(lives, rows of `notices`): every life that a notice falls into, one entry for each pair."""
    flow = notices.lane >> 1
    first = np.searchsorted(all_.lives.flow, flow)
    count = np.searchsorted(all_.lives.flow, flow, side="right") - first
    row = np.repeat(np.arange(len(notices)), count)
    life = np.arange(int(count.sum())) + np.repeat(first - (np.cumsum(count) - count), count)
    facts = all_.facts
    during = (facts.first_frame[life] <= notices.last_frame[row]) & (
        facts.last_frame[life] >= notices.first_frame[row]
    )
    return life[during], row[during]


def connections_of(all_: Connections, *kinds: Kind) -> Array:
    """The lives in which any of these was noticed, rising."""
    marked = np.zeros(len(all_), bool)
    for kind in kinds:
        marked[concerned(all_, all_.recording.noticed.of(kind))[0]] = True
    return np.flatnonzero(marked)


def total(all_: Connections, *kinds: Kind) -> int:
    """How many segments these were noticed of."""
    return sum(int(all_.recording.noticed.of(kind).count.sum()) for kind in kinds)


def evidence(all_: Connections, kind: Kind, says: str) -> list[Frame]:
    """The first few frames of a kind. In `says` '{}' stands for the frame that a copy is a copy of."""
    some = all_.recording.noticed.examples(kind)
    return [
        (
            row["frame"],
            row["record_byte"],
            row["record_bytes"],
            row["time_ns"],
            role(all_, row["lane"], row["original"]),
            says.format(row["original"]),
        )
        for row in (some.row(i) for i in range(len(some)))
    ]


def role(all_: Connections, lane: int, frame: int) -> str:
    """Whether that side is 'client' or 'server' in the connection that the frame belongs to."""
    lives, facts = all_.lives, all_.facts
    first, last = np.searchsorted(lives.flow, [lane >> 1, (lane >> 1) + 1]).tolist()
    begun = int(np.searchsorted(facts.first_frame[first:last], frame, side="right"))
    life = first + max(begun - 1, 0)
    return "server" if (lane & 1) != int(lives.client[life]) else "client"
