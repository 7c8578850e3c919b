"""Findings as a person reads them: what happened, which frames say so, and what to do next."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from handshake_inspect.finding import Finding
from handshake_inspect.render.parts.screen import BOLD, DIM, SEVERITY_STYLE, Screen
from handshake_inspect.report.model import CaptureInfo
from handshake_inspect.units import counted, number

if TYPE_CHECKING:
    from handshake_inspect.report.groups import FindingGroup

INDENT = 2

MOST_FRAMES = 6
"A finding shows no more of its frames than this."

MOST_NUMBERS = 8
"A finding names no more connections than this."


def print_groups(
    screen: Screen, groups: Sequence["FindingGroup"], captures: Sequence[CaptureInfo], limit: int
) -> None:
    """Print the findings, the worst first, equal ones once, and what was left out."""
    for group in groups[:limit]:
        screen.blank()
        _print_group(screen, group, captures)
    rest = groups[limit:]
    if rest:
        screen.blank()
        found = counted(sum(group.findings for group in rest), "finding")
        codes = sorted({group.code for group in rest})
        screen.line(f"{screen.signs.more} and {found} more (--limit): {' '.join(codes)}")


def _print_group(screen: Screen, group: "FindingGroup", captures: Sequence[CaptureInfo]) -> None:
    """Print one finding for all that are like it."""
    where = counted(group.connections, "connection") if group.connections else "the capture"
    if group.numbers:
        more = f" {screen.signs.more}" if group.connections > len(group.numbers[:MOST_NUMBERS]) else ""
        numbers = ", ".join(map(number, group.numbers[:MOST_NUMBERS]))
        where = f"connection {numbers}" if group.connections == 1 else f"{where}: {numbers}{more}"
    screen.line(
        screen.text(f"{group.severity.word} {group.code}", SEVERITY_STYLE[group.severity]),
        screen.text(f" {group.name}", BOLD),
        f" ({group.confidence.word}), {where}",
        hang=2,
    )
    print_finding(screen, group.example, captures)


def print_finding(screen: Screen, finding: Finding, captures: Sequence[CaptureInfo]) -> None:
    """Print what one finding says, its frames, and where to look next."""
    screen.line(finding.message, indent=INDENT)
    # The first and the last tell most of a long row of frames.
    shown = list(finding.evidence)
    left = len(shown) - MOST_FRAMES
    if left > 1:
        shown[MOST_FRAMES - 1 : -1] = []
    for position, evidence in enumerate(shown):
        if left > 1 and position == len(shown) - 1:
            elided = f"{screen.signs.elided} {counted(left, 'frame')}"
            screen.line(screen.text(elided, DIM), indent=2 * INDENT)
        said = f"frame {evidence.frame} ({evidence.who}: {evidence.says})"
        screen.line(said, indent=2 * INDENT, hang=INDENT)
    if finding.evidence and len(captures) > 1:
        first = finding.evidence[0]
        said = f"{captures[first.capture].path}, its frame {first.capture_frame}"
        screen.line(screen.text("file:      ", DIM), said, indent=INDENT, hang=INDENT)
    if finding.display_filter:
        # Not broken, whatever the width: it is there to be copied.
        screen.unbroken(screen.text("Wireshark: ", DIM), finding.display_filter, indent=INDENT)
    screen.line(screen.text("more:      ", DIM), f"handshake-inspect rules {finding.code}", indent=INDENT)
