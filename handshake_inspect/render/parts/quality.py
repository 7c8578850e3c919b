"""What was read of the captures, what of them was skipped and why, and where one stopped."""

from collections import Counter
from collections.abc import Sequence

from handshake_inspect.render.parts.screen import DIM, Screen
from handshake_inspect.render.parts.sentences import all_of_it, reasons, stop, tcp
from handshake_inspect.report.model import CaptureInfo
from handshake_inspect.units import counted, number

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
    screen.line(f"{len(captures)} captures ({kinds}): {counted(frames, 'frame')}, {tcp(frames, segments)}.")
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
    screen.line(screen.text(f"{capture.path} ({capture.format}): "), f"{all_of_it(capture)}.", hang=2)
    _print_skipped(screen, Counter(capture.skipped))
    if capture.stopped:
        _print_stop(screen, capture)


def _print_skipped(screen: Screen, skipped: Counter[str]) -> None:
    if said := reasons(skipped):
        screen.line(screen.text("skipped: ", DIM), said, indent=2, hang=2)


def _print_stop(screen: Screen, capture: CaptureInfo, which: str = "") -> None:
    assert capture.stopped is not None
    screen.line(
        screen.text("stopped: ", "bold yellow"),
        f"{which}{stop(capture.stopped)}",
        indent=2,
        hang=2,
    )
