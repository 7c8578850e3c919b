"""The report as one JSON document, version 1: the form other programs may rely on."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TextIO

import msgspec

from handshake_inspect.render import Layout
from handshake_inspect.render.parts.objects import connections, encode, findings, heading
from handshake_inspect.report.model import Document

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report

INDENT = "  "

ONE = True
"Several reports are no JSON document; jsonl holds them."


def render(report: "Report", out: TextIO, layout: Layout) -> None:
    """Write the document, object by object."""
    members = heading(report) | {
        "summary": report.summary,
        "connections": connections(report, layout),
        "findings": findings(report),
        "hosts": report.hosts(),
    }
    _write({name: members[name] for name in Document.__struct_fields__}, out)


def render_hosts(report: "Report", hosts: Iterable[int], out: TextIO) -> None:
    """Write the members of the document that speak of initial sequence numbers, of these hosts only."""
    _write(heading(report) | {"hosts": report.hosts(hosts)}, out)


def _write(members: Mapping[str, Any], out: TextIO) -> None:
    between = "{\n"
    for name, member in members.items():
        out.write(f'{between}{INDENT}"{name}": ')
        if isinstance(member, Iterator):
            _write_list(member, out)
        else:
            out.write(_laid_out(member, INDENT))
        between = ",\n"
    out.write("\n}\n")


def _write_list(values: Iterable[Any], out: TextIO) -> None:
    inner = INDENT * 2
    between = "[\n"
    for value in values:
        out.write(f"{between}{inner}{_laid_out(value, inner)}")
        between = ",\n"
    out.write("[]" if between == "[\n" else f"\n{INDENT}]")


def _laid_out(value: Any, margin: str) -> str:
    # A line break in JSON text is always layout: inside a string it is escaped (RFC 8259 §7).
    return msgspec.json.format(encode(value), indent=len(INDENT)).replace("\n", f"\n{margin}")
