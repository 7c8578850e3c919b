"""The findings as comma-separated values (RFC 4180, lines ended by LF): a header, then one row per finding.

It is for spreadsheets and for tools that split lines, so no cell holds a line break, and none is a formula: a
cell that a spreadsheet would calculate has an apostrophe before it. Several reports are one table.
"""

import csv
import re
from typing import TYPE_CHECKING, TextIO

from handshake_inspect.finding import Finding
from handshake_inspect.render import Layout
from handshake_inspect.render.parts.text import cleaner

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report

HEADER = (
    "capture",
    "code",
    "name",
    "severity",
    "confidence",
    "connection",
    "client",
    "server",
    "count",
    "frame",
    "capture_frame",
    "time_ns",
    "message",
    "frames",
    "connections",
    "display_filter",
    "fingerprint",
)

# The signs that begin a formula, with their full-width forms (OWASP, CSV Injection), blanks before them too.
FORMULA = re.compile(r"\s*[=+\-@|%＝＋－＠]")


def render(report: "Report", out: TextIO, layout: Layout) -> None:
    """Write the table; below another report, without its header."""
    clean = cleaner(out)
    table = csv.writer(out, lineterminator="\n")
    if not layout.below:
        table.writerow(HEADER)
    for finding in report.findings():
        row = _row(report, finding)
        table.writerow([_harmless(clean(cell)) if isinstance(cell, str) else cell for cell in row])


def _row(report: "Report", finding: Finding) -> tuple[str | int | None, ...]:
    client, server = report.ends(finding.connection) if finding.connection else (None, None)
    first = finding.evidence[0] if finding.evidence else None
    return (
        finding.capture,
        finding.code,
        finding.name,
        finding.severity.word,
        finding.confidence.word,
        finding.connection,
        client,
        server,
        finding.count,
        first.frame if first else None,
        first.capture_frame if first else None,
        first.time_ns if first else None,
        finding.message,
        " ".join(str(evidence.frame) for evidence in finding.evidence),
        len(finding.connections) or int(finding.connection is not None),
        finding.display_filter,
        finding.fingerprint,
    )


def _harmless(cell: str) -> str:
    # A lone dash is standard input, and nothing to calculate.
    return f"'{cell}" if FORMULA.match(cell) and cell != "-" else cell
