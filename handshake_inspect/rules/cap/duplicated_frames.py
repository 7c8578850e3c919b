"""CAP006: the same segment was recorded more than once."""

from collections.abc import Iterator

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.notices import EXAMPLES, Kind
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.noticed import connections_of, evidence, total
from handshake_inspect.rules.registry import rule

COPIES = {
    Kind.COPY_INTERFACE: "from another interface",
    Kind.COPY_HOP: "with another TTL",
    Kind.COPY: "at the same place",
}


@rule("CAP006", "duplicated-frames", Severity.NOTE, whole=True)
def duplicated_frames(whole: Whole) -> Iterator[WholeHit]:
    """The capture holds the same segment more than once.

    ## What it checks
    Frames that repeat a segment with the same IP identification, numbers and flags: at once at the same
    place, or within half a second with another TTL or from another interface. They are left out of
    everything else, so that no copy is taken for a retransmission.

    ## Why it matters
    The packet was sent once and seen twice: before and after a router or a bridge, in both directions of a
    mirror port, or by a capture on all interfaces. Tools that do not see through it report retransmissions.

    ## Example
    ```
    +0.000 > S 0:0(0) id 7
    +0.000 > S 0:0(0) id 7 ttl 63        # CAP006
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    ```

    ## Not flagged
    A retransmission: its sender gives it another identification, or waits before it sends again.
    ```
    +0 > S 0:0(0) id 7
    +1 > S 0:0(0) id 8                   # SYN001
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    ```

    ## What to do
    Nothing, if you know where it comes from. For a clean file capture on one interface instead of `any`, or
    mirror a port in one direction only. `editcap -d` takes out equal copies, not those with another TTL.

    ## Limits
    Without an identification (IPv6, and the SYN-ACKs of Linux) a copy must come within 4 ms, and a bare ACK
    or RST must have another TTL or interface. A network that really delivers a packet twice at once looks
    the same. All copies of a recording are one finding.

    ## Sources
    - RFC 791 §3.1: the identification tells the packets of one source apart
    - RFC 6864 §4.1: it need not where packets are never cut; most stacks count all the same
    - RFC 1812 §5.3.1: every router takes at least 1 from the TTL
    """
    counts = {words: total(whole.all, kind) for kind, words in COPIES.items()}
    copies = sum(counts.values())
    if not copies:
        return
    lives = connections_of(whole.all, *COPIES)
    frames = [
        frame
        for kind, words in COPIES.items()
        for frame in evidence(whole.all, kind, f"a copy of frame {{}}, {words}")
    ]
    how = ", ".join(f"{count} {words}" for words, count in counts.items() if count)
    yield WholeHit(
        f"{units.counted(copies, 'frame')} of {units.counted(len(lives), 'connection')}"
        f" {'is a copy' if copies == 1 else 'are copies'} of others ({how}); they are left out",
        lives,
        sorted(frames)[:EXAMPLES],
        count=copies,
    )
