"""Findings as a person reads them: what happened, which frames say so, and what to do next."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from handshake_inspect.finding import Finding
from handshake_inspect.render.parts.screen import BOLD, DIM, SEVERITY_STYLE, Screen
from handshake_inspect.render.parts.text import number
from handshake_inspect.units import counted

if TYPE_CHECKING:
    from handshake_inspect.report.groups import FindingGroup

MOST_FRAMES = 6
"A finding shows no more of its frames than this."

MOST_NUMBERS = 8
"A finding names no more connections than this."


def print_groups(screen: Screen, groups: Sequence["FindingGroup"], limit: int) -> None:
    """Print the findings, the worst first, equal ones once, and what was left out."""
    for group in groups[:limit]:
        screen.blank()
        print_group(screen, group)
    rest = groups[limit:]
    if rest:
        screen.blank()
        found = counted(sum(group.findings for group in rest), "finding")
        codes = sorted({group.code for group in rest})
        screen.line(f"{screen.signs.more} and {found} more (--limit): {' '.join(codes)}")


def print_group(screen: Screen, group: "FindingGroup") -> None:
    """Print one finding for all that are like it."""
    where = counted(group.connections, "connection") if group.connections else "the capture"
    if group.numbers:
        more = f" {screen.signs.more}" if group.connections > len(group.numbers[:MOST_NUMBERS]) else ""
        numbers = ", ".join(map(number, group.numbers[:MOST_NUMBERS]))
        where = f"connection {numbers}" if group.connections == 1 else f"{where}: {numbers}{more}"
    screen.line(
        screen.text(f"{group.severity.name.lower()} {group.code}", SEVERITY_STYLE[group.severity]),
        screen.text(f" {group.name}", BOLD),
        f" ({group.confidence.name.lower()}), {where}",
        hang=2,
    )
    print_finding(screen, group.example, 2)


def print_finding(screen: Screen, finding: Finding, indent: int) -> None:
    """Print what one finding says, its frames, and where to look next."""
    screen.line(finding.message, indent=indent)
    # The first and the last tell most of a long row of frames.
    shown = list(finding.evidence)
    left = len(shown) - MOST_FRAMES
    if left > 1:
        shown[MOST_FRAMES - 1 : -1] = []
    for position, evidence in enumerate(shown):
        if left > 1 and position == len(shown) - 1:
            screen.line(
                screen.text(f"{screen.signs.elided} {counted(left, 'frame')}", DIM), indent=indent + 2
            )
        screen.line(f"frame {evidence.frame} ({evidence.who}: {evidence.says})", indent=indent + 2, hang=2)
    if finding.display_filter:
        screen.line(screen.text("Wireshark: ", DIM), finding.display_filter, indent=indent, hang=2)
    screen.line(
        screen.text("more:      ", DIM), f"handshake-inspect rules {finding.code}", indent=indent, hang=2
    )
