"""Many connections that follow one plan, as packets.

It knows how sequence and acknowledgement numbers, times and timestamps follow from who says what in answer to
what. It knows no bytes. One idea: a plan is a short list of steps, a connection is a row of quantities, and
their product, connections by steps, is computed column by column.

The tap stands at the client: what the client says in answer follows at once, what the server says follows one
round trip later.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from dpkt.tcp import TH_ACK, TH_FIN, TH_PUSH, TH_SYN
from numpy.typing import NDArray

from benchmarks.packets import PACKET, Packets

CLIENT, SERVER = 0, 1


class Step(NamedTuple):
    """One segment of a plan."""

    sender: int
    "CLIENT or SERVER"
    flags: int
    payload_bytes: int
    round_trips: int
    "how many round trips after the connection's start it passes the tap"
    gaps: int
    "and how many of the connection's gaps, the small time between two segments, after that"
    answers: int | None
    "position of the other end's step whose last byte it acknowledges; None acknowledges nothing"


SHORT_PLAN: Sequence[Step] = (
    Step(CLIENT, TH_SYN, 0, 0, 0, None),
    Step(SERVER, TH_SYN | TH_ACK, 0, 1, 0, 0),
    Step(CLIENT, TH_ACK, 0, 1, 1, 1),
    Step(CLIENT, TH_PUSH | TH_ACK, 200, 1, 2, 1),
    Step(SERVER, TH_PUSH | TH_ACK, 1000, 2, 3, 3),
    Step(CLIENT, TH_ACK, 0, 2, 4, 4),
    Step(CLIENT, TH_FIN | TH_ACK, 0, 2, 5, 4),
    Step(SERVER, TH_ACK, 0, 3, 6, 6),
    Step(SERVER, TH_FIN | TH_ACK, 0, 3, 7, 6),
    Step(CLIENT, TH_ACK, 0, 3, 8, 8),
)
"""Ten segments: three to open, a request and its response, four to close (RFC 9293, figures 6 and 12)."""

SYN_PLAN: Sequence[Step] = SHORT_PLAN[:1]
"""A SYN that nobody answers."""


def long_plan(segments: int, payload_bytes: int = 1448) -> Sequence[Step]:
    """A transfer of `segments` segments from the client, each second one acknowledged (RFC 9293 §3.8.6.3)."""
    plan = list(SHORT_PLAN[:3])
    heard = 1
    for sent in range(1, segments + 1):
        plan.append(Step(CLIENT, TH_ACK, payload_bytes, 1, 1 + sent, 1))
        if sent % 2 == 0:
            heard = len(plan)
            plan.append(Step(SERVER, TH_ACK, 0, 2, 1 + sent, heard - 1))
    closing = len(plan)
    plan += (
        Step(CLIENT, TH_FIN | TH_ACK, 0, 2, segments + 2, heard),
        Step(SERVER, TH_ACK, 0, 3, segments + 3, closing),
        Step(SERVER, TH_FIN | TH_ACK, 0, 3, segments + 4, closing),
        Step(CLIENT, TH_ACK, 0, 3, segments + 5, closing + 2),
    )
    return plan


CONNECTION = np.dtype(
    [
        ("start_us", "i8"),  # µs since 1970-01-01 UTC
        ("round_trip_us", "i8"),
        ("gap_us", "i8"),
        ("address", "u4", 2),  # of the client, of the server, and so on below
        ("port", "u2", 2),
        ("isn", "u4", 2),
        ("clock_ms", "u4", 2),  # what each end's timestamp clock shows at the epoch
    ]
)


def weave(plan: Sequence[Step], connections: NDArray[np.void], late_us: Any = 0) -> Packets:
    """The packets of `connections` (rows of `CONNECTION`) that follow `plan`: shape (connections, steps).

    `late_us` is added to the times, so it is one number or an array of the result's shape.
    """
    sender = np.array([step.sender for step in plan])
    receiver = 1 - sender
    answers = np.array([-1 if step.answers is None else step.answers for step in plan])
    seq, end = _ranges(plan)
    packets = np.zeros((len(connections), len(plan)), PACKET)
    packets["time_us"] = (
        connections["start_us"][:, None]
        + connections["round_trip_us"][:, None] * np.array([step.round_trips for step in plan])
        + connections["gap_us"][:, None] * np.array([step.gaps for step in plan])
        + late_us
    )
    packets["source"], packets["target"] = (
        connections["address"][:, sender],
        connections["address"][:, receiver],
    )
    packets["source_port"], packets["target_port"] = (
        connections["port"][:, sender],
        connections["port"][:, receiver],
    )
    # Numbers that differ: tcptrace takes equal ones for copies made by the capture.
    packets["ip_id"] = connections["isn"][:, sender] % 1024 + np.arange(len(plan))
    packets["flags"] = [step.flags for step in plan]
    packets["payload_bytes"] = [step.payload_bytes for step in plan]
    packets["seq"] = connections["isn"][:, sender] + seq
    time_ms = (packets["time_us"] // 1000).astype(np.uint32)
    packets["tsval"] = connections["clock_ms"][:, sender] + time_ms
    acknowledged = connections["isn"][:, receiver] + end[answers]
    echoed = connections["clock_ms"][:, receiver] + time_ms[:, answers]
    packets["ack"] = np.where(answers < 0, 0, acknowledged)
    packets["tsecr"] = np.where(answers < 0, 0, echoed)
    return packets


def _ranges(plan: Sequence[Step]) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    # SYN and FIN each take one sequence number (RFC 9293 §3.4).
    following = [0, 0]
    seq, end = [], []
    for step in plan:
        seq.append(following[step.sender])
        following[step.sender] += step.payload_bytes + bool(step.flags & TH_SYN) + bool(step.flags & TH_FIN)
        end.append(following[step.sender])
    return np.array(seq, np.uint32), np.array(end, np.uint32)
