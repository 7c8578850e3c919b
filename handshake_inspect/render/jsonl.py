"""The report as JSON lines: a `run` header, `connection`, `finding` and `host` lines, and a `summary` last.

Each line is an object of the JSON form, with a `type` before its own keys. A stream without its `summary`
was cut.
"""

from typing import TYPE_CHECKING, Any, TextIO

from handshake_inspect.render import Layout
from handshake_inspect.render.parts.objects import connections, encode, findings, heading

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report


def render(report: "Report", out: TextIO, layout: Layout) -> None:
    """Write the lines, one at a time."""
    out.write(_line("run", heading(report)))
    for connection in connections(report, layout):
        out.write(_line("connection", connection))
    for finding in findings(report):
        out.write(_line("finding", finding))
    for host in report.hosts():
        out.write(_line("host", host))
    out.write(_line("summary", report.summary))


def _line(kind: str, value: Any) -> str:
    return f'{{"type":"{kind}",{encode(value)[1:]}\n'
