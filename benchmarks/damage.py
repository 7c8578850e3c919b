"""What happens to some segments of otherwise equal connections, so that not all tell the same story.

It knows three mishaps and draws them by chance, repeatably. It does not model a network: no segment overtakes
another, and a reset ends its connection at once.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from dpkt.tcp import TH_ACK, TH_FIN, TH_RST, TH_SYN
from numpy.typing import NDArray

from benchmarks.conversations import Step, weave
from benchmarks.packets import Packets

HEARD, REPEATED, MISSED, RESET = range(4)
"""A segment passes; is lost after the tap and repeated; is missed by the recorder; or a reset replaces it."""

CHANCES = (0.98, 0.008, 0.008, 0.004)
"""Two segments in a hundred have a mishap, less the bare acknowledgements, which nobody repeats."""

# The first retransmission timeout, and Linux's least one afterwards (RFC 6298 §2.1; Linux says 200 ms).
_FIRST_TIMEOUT_US = 1_000_000
_LEAST_TIMEOUT_US = 200_000


def weave_damaged(plan: Sequence[Step], connections: NDArray[np.void], rng: np.random.Generator) -> Packets:
    """The packets of `connections` that follow `plan` with mishaps: one-dimensional, in no order.

    The steps of `plan` must be in order of time, because a mishap delays or ends all that follow it.
    """
    shape = (len(connections), len(plan))
    fates = rng.choice(np.arange(4, dtype=np.int8), shape, p=CHANCES)
    fates[:, 0][fates[:, 0] == RESET] = HEARD  # before its SYN an end has nothing to reset
    flags = np.array([step.flags for step in plan])
    takes_numbers = (flags & (TH_SYN | TH_FIN) != 0) | np.array([step.payload_bytes > 0 for step in plan])
    fates[~takes_numbers & (fates == REPEATED)] = HEARD
    timeout_us = np.where(flags & TH_SYN, _FIRST_TIMEOUT_US, _LEAST_TIMEOUT_US)
    waits_us = np.where(fates == REPEATED, timeout_us, 0)
    packets = weave(plan, connections, _before(waits_us))
    over = _before(fates == RESET) > 0
    _reset(packets, (fates == RESET) & ~over)
    repeated = (fates == REPEATED) & ~over
    return np.concatenate(
        [packets[(fates != MISSED) & ~over], _again(packets[repeated], waits_us[repeated])],
    )


def _before(amounts: Any) -> Any:
    return np.cumsum(amounts, axis=1) - amounts


def _reset(packets: Packets, where: NDArray[np.bool_]) -> None:
    packets["payload_bytes"][where] = 0
    packets["flags"][where] = TH_RST | TH_ACK
    # A closed port answers a SYN with sequence number zero (RFC 9293 §3.10.7.1).
    packets["seq"][:, 1][where[:, 1]] = 0


def _again(packets: Packets, wait_us: NDArray[np.int64]) -> Packets:
    copies = packets.copy()
    copies["time_us"] += wait_us
    copies["tsval"] += (wait_us // 1000).astype(np.uint32)
    copies["ip_id"] += 1 << 15
    return copies
