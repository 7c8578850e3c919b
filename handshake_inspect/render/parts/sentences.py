"""What is said of findings and captures in plain words, one piece at a time, for any format that prints them.

It knows the phrases and no layout: nothing here is wrapped, coloured or escaped.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from handshake_inspect.finding import Finding
from handshake_inspect.report.model import CaptureInfo, Stop
from handshake_inspect.units import counted, duration, number

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MOST_FRAMES = 9
"A sentence names no more frames than this, the last one always."


def with_frames(finding: Finding) -> str:
    """The message, and in brackets where to look: frames of the recording, and of the capture if others."""
    numbers = [evidence.frame for evidence in finding.evidence]
    if not numbers:
        return finding.message
    said = frames(numbers)
    own = [evidence.capture_frame for evidence in finding.evidence]
    if own != numbers and len({evidence.capture for evidence in finding.evidence}) == 1:
        said += f", in its capture {frames(own)}"
    return f"{finding.message} ({said})"


def frames(numbers: Sequence[int]) -> str:
    """`frame 7`, `frames 1, 2 and 3`, or the first ones, the last one and how many."""
    words = [str(frame) for frame in numbers]
    if len(words) == 1:
        return f"frame {words[0]}"
    if len(words) <= MOST_FRAMES:
        return f"frames {', '.join(words[:-1])} and {words[-1]}"
    return f"{number(len(words))} frames: {', '.join(words[: MOST_FRAMES - 1])} … {words[-1]}"


def all_of_it(capture: CaptureInfo) -> str:
    """`13 frames, all TCP, 65.1 s from 2026-11-20 07:21:31 UTC`."""
    said = f"{counted(capture.frames, 'frame')}, {tcp(capture.frames, capture.segments)}"
    if capture.first_time_ns is None or capture.last_time_ns is None:
        return said
    length = duration(capture.last_time_ns - capture.first_time_ns)
    return f"{said}, {length} from {moment(capture.first_time_ns)}"


def tcp(frames: int, segments: int) -> str:
    """How many of the frames are TCP."""
    return "all TCP" if 0 < frames == segments else counted(segments, "TCP segment")


def reasons(skipped: Mapping[str, int]) -> str:
    """`3 arp, 1 204 udp`; empty where nothing was skipped."""
    return ", ".join(f"{number(count)} {reason}" for reason, count in sorted(skipped.items()) if count)


def stop(stopped: Stop) -> str:
    """Where reading ended, and why."""
    return f"at byte {number(stopped.byte)}: {stopped.reason}"


def moment(time_ns: int) -> str:
    """A time of day, to the second: `2026-01-31 23:59:59 UTC`."""
    # Not `fromtimestamp`: it refuses times before 1970 on Windows, and a damaged record can claim any.
    return f"{EPOCH + timedelta(seconds=time_ns // 1_000_000_000):%Y-%m-%d %H:%M:%S} UTC"
