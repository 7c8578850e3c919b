"""What was read of the captures, what of them was skipped and why, and where one stopped."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from handshake_inspect.render.parts.screen import DIM, Screen
from handshake_inspect.render.parts.text import number
from handshake_inspect.report.model import CaptureInfo
from handshake_inspect.units import counted, duration

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

MOST_CAPTURES = 5
"So many captures have a line each; of more, only those that stopped early."


def print_quality(screen: Screen, captures: Sequence[CaptureInfo], limit: int) -> None:
    """Print one line for each capture, or for all together when they are many."""
    if len(captures) <= MOST_CAPTURES:
        for capture in captures:
            _print_one(screen, capture)
        return
    formats = Counter(capture.format for capture in captures)
    kinds = ", ".join(f"{number(count)} {kind}" for kind, count in sorted(formats.items()))
    frames, segments = sum(c.frames for c in captures), sum(c.segments for c in captures)
    screen.line(f"{len(captures)} captures ({kinds}): {counted(frames, 'frame')}, {_tcp(frames, segments)}.")
    skipped: Counter[str] = Counter()
    for capture in captures:
        skipped.update(capture.skipped)
    _print_skipped(screen, skipped)
    stopped = [capture for capture in captures if capture.stopped]
    for capture in stopped[:limit]:
        _print_stop(screen, capture, f"{capture.path}, ")
    if stopped[limit:]:
        screen.line(
            f"{screen.signs.more} and {number(len(stopped) - limit)} more that stopped early (--limit)"
        )


def _print_one(screen: Screen, capture: CaptureInfo) -> None:
    when = ""
    if capture.first_time_ns is not None and capture.last_time_ns is not None:
        length = duration(capture.last_time_ns - capture.first_time_ns)
        when = f", {length} from {moment(capture.first_time_ns)}"
    screen.line(
        screen.text(f"{capture.path} ({capture.format}): "),
        f"{counted(capture.frames, 'frame')}, {_tcp(capture.frames, capture.segments)}{when}.",
        hang=2,
    )
    _print_skipped(screen, Counter(capture.skipped))
    if capture.stopped:
        _print_stop(screen, capture)


def _tcp(frames: int, segments: int) -> str:
    return "all TCP" if 0 < frames == segments else counted(segments, "TCP segment")


def _print_skipped(screen: Screen, skipped: Counter[str]) -> None:
    if reasons := [f"{number(count)} {reason}" for reason, count in sorted(skipped.items()) if count]:
        screen.line(screen.text("skipped: ", DIM), ", ".join(reasons), indent=2, hang=2)


def _print_stop(screen: Screen, capture: CaptureInfo, which: str = "") -> None:
    assert capture.stopped is not None
    screen.line(
        screen.text("stopped: ", "bold yellow"),
        f"{which}at byte {number(capture.stopped.byte)}: {capture.stopped.reason}",
        indent=2,
        hang=2,
    )


def moment(time_ns: int) -> str:
    """A time of day, to the second: `2026-01-31 23:59:59 UTC`."""
    # Not `fromtimestamp`: it refuses times before 1970 on Windows, and a damaged record can claim any.
    return f"{EPOCH + timedelta(seconds=time_ns // 1_000_000_000):%Y-%m-%d %H:%M:%S} UTC"
