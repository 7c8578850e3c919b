"""The reports a run writes: in which format each, and where it goes.

The one idea: formats and files are given in the same order, so the k-th file is the k-th format's.
"""

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from handshake_inspect.cli.output import Output
from handshake_inspect.errors import UsageError
from handshake_inspect.render import DEFAULT, Layout, Unread, join, part, render, together
from handshake_inspect.units import times

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report

STANDARD_OUTPUT = "-"


class Destination:
    """One format in one place. With `separate` it gets several reports."""

    def __init__(self, format_: str, place: Output, separate: bool) -> None:
        self._format = format_
        self._place = place
        way = together(format_) if separate else "below"
        if way == "never":
            raise UsageError(
                f"--separate makes one report for each capture, and {format_} holds one: use --format jsonl"
            )
        self._joined = way == "joined"
        self._parts: list[Any] = []
        self._below = False

    @property
    def closed(self) -> bool:
        """Whether nobody reads on."""
        return self._place.closed

    def add(self, read: "Report | Unread", layout: Layout) -> None:
        """Write a report, or keep its part of the document. Raises UsageError where it cannot be written."""
        if self._joined:
            self._parts.append(part(self._format, read, layout))
        elif not isinstance(read, Unread) and not self.closed:
            with self._place.stream() as out:
                render(self._format, read, out, replace(layout, below=self._below))
            self._below = True

    def end(self, layout: Layout) -> None:
        """Write the document, where there is one of all reports."""
        if self._joined:
            with self._place.stream() as out:
                join(self._format, self._parts, out, layout)


def destinations(
    formats: Sequence[str], files: Sequence[str], captures: Sequence[str], separate: bool
) -> list[Destination]:
    """Where reports go: the k-th format to the k-th file, without one to standard output.

    Raises UsageError where that is not clear: more files than formats, two reports for one place, or a
    capture that would be overwritten.
    """
    given, formats = len(formats), formats or (DEFAULT,)
    if len(files) > len(formats):
        raise UsageError(
            f"--output is given {times(len(files))}, --format {times(given)}: each file needs a format"
        )
    paths = [*files, *[STANDARD_OUTPUT] * (len(formats) - len(files))]
    taken: dict[str, str] = {}
    for format_, path in zip(formats, paths, strict=True):
        place = path if path == STANDARD_OUTPUT else os.path.realpath(path)
        if place in taken:
            where = "standard output" if path == STANDARD_OUTPUT else path
            raise UsageError(
                f"{taken[place]} and {format_} would both go to {where}: "
                "give each --format an --output of its own, in the same order"
            )
        taken[place] = format_
    return [
        Destination(format_, Output(path, captures), separate)
        for format_, path in zip(formats, paths, strict=True)
    ]
