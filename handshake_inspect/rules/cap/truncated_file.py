"""CAP001: the capture could not be read to its end."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.registry import rule


@rule("CAP001", "truncated-file", Severity.WARNING, whole=True)
def truncated_file(whole: Whole) -> Iterator[WholeHit]:
    """The capture could not be read to its end.

    ## What it checks
    Whether every byte of the file belongs to a whole record. A capture that is still being written, was cut
    by a full disk or a lost transfer, or has damaged bytes ends before its file does.

    ## Why it matters
    What comes after is missing. A connection that seems to hang at the end may have gone on.

    ## Example
    A capture cut in the middle of its last record: everything before it is inspected, and the finding names
    the byte where reading stopped.

    ## Not flagged
    A capture that simply ends while connections are open.

    ## What to do
    Copy the file again, or let the capturing program end before you copy it. To stop this finding for a
    capture that is known to be cut, ignore CAP001.

    ## Limits
    A file cut exactly between two records looks whole.

    ## Sources
    - draft-ietf-opsawg-pcap §5, draft-ietf-opsawg-pcapng §3.1: a record and a block say their own length
    """
    for capture in whole.captures:
        if capture.stopped_byte is None:
            continue
        # Reasons name their byte already; subject first, then what was read.
        message = (
            f"{capture.stopped_reason}; {units.counted(capture.frames, 'frame')} before it could be read"
        )
        frames = []
        if capture.last_frame:
            frame, offset, length, time_ns = capture.last_frame
            frames.append((frame, offset, length, time_ns, capture.path, "the last frame that could be read"))
        yield WholeHit(message, np.empty(0, np.int64), frames, path=capture.path)
