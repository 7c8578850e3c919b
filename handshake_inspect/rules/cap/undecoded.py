"""CAP014: frames that could not be read."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.registry import rule

REASONS = {
    "ip fragment": "behind the first fragment of an IP packet",
    "bad ip header": "with an impossible IP header",
    "bad tcp header": "with an impossible TCP header",
    "not readable": "damaged",
    "too many headers": "with too many headers before TCP",
}
"What could have been TCP, as the decoder counts it. Cut headers are CAP009's."
LINK = "link type "
"How such a reason begins that names a link layer we do not know."


@rule("CAP014", "undecoded", Severity.NOTE, whole=True)
def undecoded(whole: Whole) -> Iterator[WholeHit]:
    """The capture holds frames that could not be read and may be TCP.

    ## What it checks
    The frames that gave no TCP segment although they may carry one: later fragments of IP packets, headers
    that cannot be right, link types that are not known.

    ## Why it matters
    A segment that seems missing may be in one of them. A damaged header may be an attack, a bug of a network
    card, or a capture that was changed after it was made.

    ## Example
    A capture in which a SYN was cut into two IP fragments: the first is read, the second is counted.

    ## Not flagged
    What is simply not TCP: ARP, UDP, ICMP, other protocols, encrypted packets (ESP).

    ## What to do
    Look at them in Wireshark (`ip.flags.mf == 1 || ip.frag_offset > 0` for fragments, `_ws.malformed` for
    damage). For a link type that is not known, convert the capture or capture on another interface.

    ## Limits
    Frames are counted by reason, for each capture, and cannot be named. TCP inside an encrypted tunnel is
    not seen.

    ## Sources
    - RFC 791 §3.2: only all fragments together are the packet
    - RFC 9293 §3.1: a TCP header has at least 20 bytes
    """
    for capture in whole.captures:
        unread = {
            reason: count
            for reason, count in sorted(capture.skipped.items())
            if count and (reason in REASONS or reason.startswith(LINK))
        }
        if not unread:
            continue
        frames = sum(unread.values())
        parts = ", ".join(
            f"{count} {REASONS.get(reason, f'of {reason}')}" for reason, count in unread.items()
        )
        yield WholeHit(
            f"{units.counted(frames, 'frame')} that may be TCP could not be read: {parts}",
            np.empty(0, np.int64),
            path=capture.path,
            count=frames,
        )
