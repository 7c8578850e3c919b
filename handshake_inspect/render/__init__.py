"""A report in words: one module per output format, and the file name is the format name.

A format is a module of this folder with `render(report, out, layout)`. It knows how things are said, and
decides nothing about TCP. What several formats share lies in `parts`, whose modules are no formats.
"""

import pkgutil
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report

DEFAULT = "terminal"
"The format that people read."

LIMIT = 20
"How many rows a table for people has, unless they ask for more."

Shown = Literal["all", "flagged", "none"]
Color = Literal["auto", "always", "never"]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the reader wants to see of a report."""

    connections: Shown = "all"
    "which connections are written"
    limit: int = LIMIT
    "how many stories, and how many findings, a page for people has"
    color: Color = "auto"
    "whether there are colours; no format for machines has any"
    title: str = ""
    "what stands above the report, where there are several"


def formats() -> tuple[str, ...]:
    """The names of all formats. Nothing is imported for it."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg))


def render(name: str, report: "Report", out: TextIO, layout: Layout) -> None:
    """Write the report to `out` in the format of that name, one of `formats()`."""
    import_module(f"{__name__}.{name}").render(report, out, layout)
