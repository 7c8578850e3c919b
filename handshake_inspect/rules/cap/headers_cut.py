"""CAP009: the capture kept too little of each frame."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.notices import Kind
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.noticed import connections_of, evidence, total
from handshake_inspect.rules.registry import rule

REASON = "headers cut"
"How the decoder counts frames whose headers end before TCP's fixed header does."


@rule("CAP009", "headers-cut", Severity.WARNING, whole=True)
def headers_cut(whole: Whole) -> Iterator[WholeHit]:
    """The snapshot length cut frames inside their headers.

    ## What it checks
    Whether each frame was kept at least up to the end of its TCP options. Where the fixed part of the TCP
    header is cut, the frame is not read at all; where only options are, they are taken for absent.

    ## Why it matters
    What was offered in a SYN cannot be known: window scale, SACK, timestamps. Windows cannot be scaled, so a
    RST inside the window may look as if it lay outside. Frames that are not read may hide anything.

    ## Example
    A capture with `tcpdump -s 64`: Ethernet and IPv4 leave 30 bytes for TCP, and a SYN has 40.

    ## Not flagged
    Frames of which only payload is missing: nothing here needs it.

    ## What to do
    Capture with a larger snapshot length: 128 bytes hold all headers without tunnels, 256 with them
    (`tcpdump -s 256`). What is cut from this file cannot be had back.

    ## Limits
    All such frames of a recording are one finding. Those that are not read are counted for each capture, and
    cannot be named.

    ## Sources
    - RFC 9293 §3.1: the data offset says where the header ends
    """
    unread = sum(capture.skipped.get(REASON, 0) for capture in whole.captures)
    partly = total(whole.all, Kind.HEADERS_CUT)
    if not unread and not partly:
        return
    lives = connections_of(whole.all, Kind.HEADERS_CUT)
    parts = []
    if partly:
        parts.append(
            f"lacks TCP options of {units.counted(partly, 'segment')}"
            f" in {units.counted(len(lives), 'connection')}"
        )
    if unread:
        parts.append(f"cuts {units.counted(unread, 'frame')} before the end of the fixed headers")
    path = next((c.path for c in whole.captures if c.skipped.get(REASON)), None) if not partly else None
    yield WholeHit(
        f"the capture {' and '.join(parts)}: its snapshot length is too short",
        lives if partly else np.empty(0, np.int64),
        evidence(whole.all, Kind.HEADERS_CUT, "the capture ends before its TCP options do"),
        path=path,
        count=partly + unread,
    )
