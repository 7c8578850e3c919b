"""A report in words: one module per output format, and the file name is the format name.

A format is a module of this folder with `render(report, out, layout)`. It knows how things are said, and
decides nothing about TCP. What several formats share lies in `parts`, whose modules are no formats. An
underscore in a file name is a dash in the format's, for Python imports no dash.

Separate reports of several captures stand one below the other. A format whose reports are one document has
two functions more: `part(read, layout)`, what one report gives to it, as plain data, and `join(parts, out,
layout)`, the document; or it says `ONE = True` and holds no more than one.
"""

import pkgutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TextIO

from handshake_inspect.finding import Severity

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report

DEFAULT = "terminal"
"The format that people read."

LIMIT = 20
"How many rows a table for people has, unless they ask for more."

Shown = Literal["all", "flagged", "none"]
Color = Literal["auto", "always", "never"]
Together = Literal["below", "joined", "never"]
"How several reports are one output: one below the other, as one document, or not at all."


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
    below: bool = False
    "whether another report stands above it"
    fail_on: Severity = Severity.WARNING
    "what is a failure, in formats that know failures"
    status: int = 0
    "the exit status of the run, as far as it is known"


class Unread(NamedTuple):
    """A capture that could not be read, where others could."""

    path: str
    reason: str
    "a sentence that begins with the path"


def formats() -> tuple[str, ...]:
    """The names of all formats. Nothing is imported for it."""
    names = (module.name for module in pkgutil.iter_modules(__path__) if not module.ispkg)
    return tuple(sorted(name.replace("_", "-") for name in names))


def render(name: str, report: "Report", out: TextIO, layout: Layout) -> None:
    """Write the report to `out` in the format of that name, one of `formats()`."""
    _module(name).render(report, out, layout)


def together(name: str) -> Together:
    """How several reports are one output in the format of that name."""
    module = _module(name)
    if getattr(module, "ONE", False):
        return "never"
    return "joined" if hasattr(module, "join") else "below"


def part(name: str, read: "Report | Unread", layout: Layout) -> Any:
    """What one report gives to a document that joins several, as data that is small and can be pickled."""
    return _module(name).part(read, layout)


def join(name: str, parts: Sequence[Any], out: TextIO, layout: Layout) -> None:
    """Write the document of these parts."""
    _module(name).join(parts, out, layout)


def _module(name: str) -> ModuleType:
    return import_module(f"{__name__}.{name.replace('-', '_')}")
