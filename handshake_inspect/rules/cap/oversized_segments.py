"""CAP011: segments larger than the wire carries."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.notices import EXAMPLES, Kind
from handshake_inspect.integers import distinct
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.noticed import concerned
from handshake_inspect.rules.registry import rule


@rule("CAP011", "oversized-segments", Severity.NOTE, whole=True)
def oversized_segments(whole: Whole) -> Iterator[WholeHit]:
    """Segments are larger than their receiver said it takes.

    ## What it checks
    Whether a segment of more than 1460 bytes carries more than the maximum segment size (MSS) that the SYN
    of its receiver offered.

    ## Why it matters
    The capture was made on one of the hosts, where its network card cuts large segments later (TSO, GSO) or
    has put small ones together (GRO, LRO). Such a frame was not on the wire: its number, size and time say
    little of what was.

    ## Example
    ```
    +0.000 > S 0:0(0) <mss 1460>
    +0.010 < S. 0:0(0) ack 1 <mss 1460>
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:14601(14600) ack 1     # CAP011
    +0.010 < . 1:1(0) ack 14601
    ```

    ## Not flagged
    Large segments on a link that agreed to them.
    ```
    +0.000 > S 0:0(0) <mss 8960>
    +0.010 < S. 0:0(0) ack 1 <mss 8960>
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:8949(8948) ack 1
    +0.010 < . 1:1(0) ack 8949
    ```

    ## What to do
    Nothing for handshakes. To see what was on the wire capture between the hosts, or switch it off for a
    while: `ethtool -K eth0 tso off gso off gro off lro off`.

    ## Limits
    Without the SYN of its receiver, or its MSS option, nothing is said. Where the MSS is so small that large
    segments still have no more than 1460 bytes, they are not noticed.

    ## Sources
    - RFC 9293 §3.7.1: a segment is no larger than the MSS that its receiver sent
    """
    all_ = whole.all
    notices = all_.recording.noticed.of(Kind.LARGE)
    if not len(notices):
        return
    life, row = concerned(all_, notices)
    by_server = (notices.lane[row] & 1) != all_.lives.client[life]
    at = np.full((2, len(all_)), -1, np.int64)
    at[by_server.astype(np.intp), life] = row
    over: list[tuple[Array, Array, str]] = []
    for case in whole.cases:
        for server in (False, True):
            syn = next((h.index for h in case.story.events if h.syn and h.server != server), None)
            rows = at[int(server), case.lives]
            if syn is None or not (rows >= 0).any():
                continue
            agreed = case.offer("mss_bytes", syn)
            large = np.flatnonzero((rows >= 0) & (agreed > 0) & (notices.amount[rows] > agreed))
            if len(large):
                over.append((case.lives[large], rows[large], "server" if server else "client"))
    if not over:
        return
    lives = distinct(np.concatenate([lives for lives, _, _ in over]))
    shown = sorted(
        (int(notices.frame[row]), row, who)
        for _, rows, who in over
        for row in rows[np.argsort(notices.frame[rows])][:EXAMPLES].tolist()
    )
    largest = max(int(notices.amount[rows].max()) for _, rows, _ in over)
    yield WholeHit(
        f"segments of {units.counted(len(lives), 'connection')} are larger than their receivers take, up to"
        f" {units.counted(largest, 'byte')}: a network card cuts or joins them outside the capture",
        lives,
        [
            (
                frame,
                int(notices.record_byte[row]),
                int(notices.record_bytes[row]),
                int(notices.time_ns[row]),
                who,
                f"carries {units.counted(int(notices.amount[row]), 'byte')}",
            )
            for frame, row, who in shown[:EXAMPLES]
        ],
    )
