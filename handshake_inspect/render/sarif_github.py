"""The findings as SARIF 2.1.0 in the way GitHub's code scanning reads it.

It asks for a line of every place, and a capture has none: all are in line 1, and frames are named in the
message. It keeps 5 000 results of a run, so these are the worst 5 000.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from handshake_inspect.render import Layout, Unread
from handshake_inspect.render.parts import sarif_log
from handshake_inspect.render.parts.sarif_results import Profile

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report

PROFILE = Profile(lines=True, most=5_000)
"What GitHub keeps of a run."


def render(report: "Report", out: TextIO, layout: Layout) -> None:
    """Write the log."""
    join([part(report, layout)], out, layout)


def part(read: "Report | Unread", layout: Layout) -> sarif_log.Part:
    """What one report gives to the log."""
    return sarif_log.part(read, PROFILE)


def join(parts: Sequence[sarif_log.Part], out: TextIO, layout: Layout) -> None:
    """Write the log of all."""
    sarif_log.join(parts, out, layout, PROFILE)
