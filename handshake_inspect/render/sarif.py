"""The findings as SARIF 2.1.0, as the standard has it: places are bytes of the uncompressed capture.

For GitHub, which knows lines only, there is `sarif-github`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from handshake_inspect.render import Layout, Unread
from handshake_inspect.render.parts import sarif_log
from handshake_inspect.render.parts.sarif_results import Profile

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report

PROFILE = Profile(lines=False, most=25_000)
"More results are refused by GitHub, and helped nobody elsewhere."


def render(report: "Report", out: TextIO, layout: Layout) -> None:
    """Write the log."""
    join([part(report, layout)], out, layout)


def part(read: "Report | Unread", layout: Layout) -> sarif_log.Part:
    """What one report gives to the log."""
    return sarif_log.part(read, PROFILE)


def join(parts: Sequence[sarif_log.Part], out: TextIO, layout: Layout) -> None:
    """Write the log of all."""
    sarif_log.join(parts, out, layout, PROFILE)
