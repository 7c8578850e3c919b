"""CAP004: the capturing system lost frames."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.registry import rule


@rule("CAP004", "frames-dropped", Severity.WARNING, whole=True)
def frames_dropped(whole: Whole) -> Iterator[WholeHit]:
    """The capturing system says that it lost frames.

    ## What it checks
    The statistics that a pcapng file keeps for each of its interfaces: how many packets the interface, or the
    system behind it, dropped for want of room.

    ## Why it matters
    The missing frames were on the wire. A segment that seems lost may have arrived, and a retransmission
    that is in the capture may repeat what is not.

    ## Example
    A pcapng whose last block says that 12 packets were dropped on `eth0`.

    ## Not flagged
    A classic pcap: it has no place for such a number. Nor statistics that say 0.

    ## What to do
    Capture less: a filter for the host or the port, headers only (`-s 128`). Give the capture more room
    (`tcpdump -B 65536`, `dumpcap -B 64`), write to a faster disk, or use `dumpcap` instead of Wireshark.

    ## Limits
    Nothing says which frames were lost. What else is found keeps its confidence; where the numbers show that
    a segment is missing, CAP005 names the connection. Frames lost in a switch's mirror port are counted
    there, and not in the file.

    ## Sources
    - draft-ietf-opsawg-pcapng §4.6: isb_ifdrop and isb_osdrop
    """
    for capture in whole.captures:
        lossy = [
            (interface.name or f"interface {index}", interface.dropped)
            for index, interface in enumerate(capture.interfaces)
            if interface.dropped
        ]
        if not lossy:
            continue
        lost = sum(dropped for _, dropped in lossy)
        where = ", ".join(f"{dropped} on {name}" for name, dropped in lossy[:4])
        where += f" and on {len(lossy) - 4} more" if len(lossy) > 4 else ""
        frames = []
        if capture.last_frame:
            frame, offset, length, time_ns = capture.last_frame
            frames.append((frame, offset, length, time_ns, capture.path, "the last frame that was kept"))
        yield WholeHit(
            f"the capturing system lost {units.counted(lost, 'frame')} ({where})"
            f" while it kept {units.counted(capture.frames, 'frame')}",
            np.empty(0, np.int64),
            frames,
            path=capture.path,
            count=lost,
        )
