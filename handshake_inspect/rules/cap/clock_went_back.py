"""CAP008: the clock of the capture went back."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.registry import rule


@rule("CAP008", "clock-went-back", Severity.WARNING, whole=True)
def clock_went_back(whole: Whole) -> Iterator[WholeHit]:
    """A frame has an earlier time than the frame before it.

    ## What it checks
    Whether the times of each interface rise through the file. Frames may be up to 10 ms out of order, as a
    network card with several queues delivers them.

    ## Why it matters
    The order of the frames is right and their times are not: round trips become negative or seconds long,
    and waits between retransmissions say nothing. What else is found on a connection that was open at that
    moment is only possible.

    ## Example
    A capture in which the SYN-ACK is 2 s earlier than the SYN it answers.

    ## Not flagged
    Two interfaces of one file that are not in step (CAP012): each is judged by itself. Nor two captures of
    one recording, which may overlap.

    ## What to do
    Look for a clock that was set while the capture ran (`journalctl -u chronyd -u systemd-timesyncd`,
    `chronyc tracking`); let it be slewed, not stepped. If the file was put together by appending
    (`mergecap -a`), put its frames in order: `reordercap in.pcapng out.pcapng`.

    ## Limits
    A clock that jumps forward looks like silence. A step of less than 10 ms is not seen.

    ## Sources
    - draft-ietf-opsawg-pcap §5: each record has its own time, and none is promised to be later than another
    """
    facts = whole.all.facts
    for capture in whole.captures:
        steps = capture.steps.frames
        if not len(steps):
            continue
        spans = np.searchsorted(steps, facts.last_frame, side="right") > np.searchsorted(
            steps, facts.first_frame, side="right"
        )
        lives = np.flatnonzero(spans)
        message = (
            f"the clock went back {units.times(len(steps))}, by"
            f" {'up to ' if len(steps) > 1 else ''}{units.duration(capture.steps.most_ns)}"
        )
        if len(lives):
            message += f"; times of {units.counted(len(lives), 'connection')} cannot be trusted"
        frames = [
            (
                step.frame,
                step.record_byte,
                step.record_bytes,
                step.time_ns,
                capture.path,
                f"{units.duration(step.back_ns)} earlier than the frame before it",
            )
            for step in capture.steps.examples
        ]
        yield WholeHit(message, lives, frames, path=capture.path, count=len(steps), weakens=True)
