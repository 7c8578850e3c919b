"""The page of a failed test: which captures, a table of what was found, its frames, and what to run next.

It knows how a page stands in a test runner's output, which puts its own margin before each line, and nothing
of test runners. The one idea: whoever reads this has a capture and a shell, so every finding ends in
something to paste.
"""

import io
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from handshake_inspect.render.parts.remarks import MOST_NUMBERS, print_finding
from handshake_inspect.render.parts.screen import FEWEST_COLUMNS, Screen
from handshake_inspect.render.parts.text import clean
from handshake_inspect.units import counted, number

if TYPE_CHECKING:
    from handshake_inspect.report.groups import FindingGroup
    from handshake_inspect.report.report import Report

MOST_SHOWN = 5
"So many findings are shown with their frames; the table has them all."

MOST_FRAMES = 4
"The table names no more frames of a finding than this."

MARGIN_COLUMNS = 8
"What pytest puts before each line."

MOST_CAPTURES = 3
"The first line names no more captures than this."


def page(report: "Report", groups: Sequence["FindingGroup"], claim: str) -> str:
    """The text of a failure: `claim` says what is wrong with the captures."""
    paths = [capture.path for capture in report.captures]
    more = f" and {len(paths) - MOST_CAPTURES} more" if len(paths) > MOST_CAPTURES else ""
    out = io.StringIO()
    out.write(f"{clean(', '.join(paths[:MOST_CAPTURES]))}{more}: {claim}\n")
    screen = Screen(out, "never")
    screen.width = screen.console.width = max(FEWEST_COLUMNS, screen.width - MARGIN_COLUMNS)
    if groups:
        screen.blank()
        _print_table(screen, groups)
        for group in groups[:MOST_SHOWN]:
            screen.blank()
            screen.line(f"{group.code} {group.name}")
            print_finding(screen, group.example, report.captures)
        if len(groups) > MOST_SHOWN:
            screen.blank()
            screen.line(f"{screen.signs.more} and {counted(len(groups) - MOST_SHOWN, 'finding')} more")
    screen.blank()
    _print_next(screen, paths, groups)
    return out.getvalue().rstrip()


def _print_table(screen: Screen, groups: Sequence["FindingGroup"]) -> None:
    table = screen.table(["severity", "code", "name", "how sure", "connections", "frames"])
    for column in table.columns[:4]:
        column.no_wrap = True
    for group in groups:
        more = f" {screen.signs.more}" if group.connections > len(group.numbers[:MOST_NUMBERS]) else ""
        numbers = ", ".join(map(number, group.numbers[:MOST_NUMBERS])) + more
        frames = [number(evidence.frame) for evidence in group.example.evidence[:MOST_FRAMES]]
        if len(group.example.evidence) > MOST_FRAMES:
            frames.append(screen.signs.more)
        table.add_row(
            screen.text(group.severity.word),
            screen.text(group.code),
            screen.text(group.name),
            screen.text(group.confidence.word),
            screen.text(numbers or "the capture"),
            screen.text(", ".join(frames)),
        )
    screen.show(table)


def _print_next(screen: Screen, paths: Sequence[str], groups: Sequence["FindingGroup"]) -> None:
    """Print commands that show more."""
    named = " ".join(shlex.quote(clean(path)) for path in paths)
    screen.unbroken(f"next: handshake-inspect check {named}")
    for group in groups:
        if group.example.connection is not None:
            screen.unbroken(f"      handshake-inspect trace {named} {group.example.connection}")
            return
