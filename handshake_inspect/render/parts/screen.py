"""The page a person reads: how wide it is, which signs it can show, and in which colours.

It knows streams and terminals, and nothing of reports. The one idea: everything written goes through here as
`rich.text.Text`, never as markup, and is cleaned on the way. What a stream cannot encode is spelled in ASCII.
"""

import errno
import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TextIO

from rich.console import Console
from rich.style import Style
from rich.table import Table
from rich.text import Text

from handshake_inspect.finding import Severity
from handshake_inspect.render import Color
from handshake_inspect.render.parts.text import ascii_only, clean, cleaner

PIPE_COLUMNS = 80
"How wide a page is that is not on a terminal, unless COLUMNS says otherwise."

FEWEST_COLUMNS = 40
"Below this, a page is cut by the terminal instead of by us."

PAGE_LINES = 25
"Nothing depends on it; unless it is given, rich asks the environment for the width too."

WIDE_COLUMNS = 120
"From here on there is room for one line where there would be two."

PROSE_COLUMNS = 100
"No sentence runs wider: longer lines are hard to follow back."

DIM = "dim"
BOLD = "bold"
SEVERITY_STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs that are not letters."""

    right: str
    left: str
    line: str
    lifeline: str
    elided: str
    flag: str
    more: str
    between: str


UNICODE = Signs(right="▶", left="◀", line="─", lifeline="│", elided="⋮", flag="⚠", more="…", between="→")
ASCII = Signs(right=">", left="<", line="-", lifeline="|", elided=":", flag="!", more="...", between="->")


class _Console(Console):
    """A console that leaves a closed pipe to its caller. Rich would end the process, with its own status."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError(errno.EPIPE, os.strerror(errno.EPIPE))


class Screen:
    """One page on a stream."""

    def __init__(self, out: TextIO, color: Color = "auto") -> None:
        self.colored = colored = _colored(out, color)
        self.width = _columns(out)
        self.unicode = cleaner(out) is clean
        self.signs = UNICODE if self.unicode else ASCII
        self.console = _Console(
            file=out,
            width=self.width,
            height=PAGE_LINES,
            force_terminal=colored,
            color_system=("auto" if _terminal(out) else "standard") if colored else None,
            no_color=not colored,
            legacy_windows=False,
            highlight=False,
            markup=False,
            emoji=False,
        )

    @property
    def wide(self) -> bool:
        """Whether there is room for one line where there would be two."""
        return self.width >= WIDE_COLUMNS

    def text(self, words: str, style: str | Style = "") -> Text:
        """Words from anywhere, made safe."""
        return Text((clean if self.unicode else ascii_only)(words), style=style, overflow="fold")

    def plain(self, page: str) -> str:
        """Our own text of many lines, in signs the stream can show."""
        return page if self.unicode else "\n".join(map(ascii_only, page.split("\n")))

    def join(self, *parts: Text | str) -> Text:
        """Texts and words side by side."""
        joined = Text(overflow="fold")
        for part in parts:
            joined.append_text(part if isinstance(part, Text) else self.text(part))
        return joined

    def line(self, *parts: Text | str, indent: int = 0, hang: int = 0) -> None:
        """Print parts side by side, broken at words; lines after the first go in by `hang` more."""
        words = self.join(*parts)
        width = min(self.width, PROSE_COLUMNS) - indent - hang
        lines = words.wrap(self.console, width, overflow="fold")
        for position, one in enumerate(lines):
            one.rstrip()
            self.console.print(" " * (indent + (hang if position else 0)), one, sep="", soft_wrap=True)

    def unbroken(self, *parts: Text | str, indent: int = 0) -> None:
        """Print parts side by side on one line, however long."""
        self.console.print(self.join(" " * indent, *parts), soft_wrap=True)

    def row(self, words: str) -> None:
        """Print one unstyled line as it is, however long: the quick way for rows by the million."""
        self.console.file.write((clean if self.unicode else ascii_only)(words) + "\n")

    def blank(self) -> None:
        """Print an empty line."""
        self.console.print()

    def table(self, headings: Iterable[str]) -> Table:
        """An empty table without frames, its headings dim."""
        made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=DIM, collapse_padding=True)
        for heading in headings:
            made.add_column(self.text(heading), overflow="fold")
        return made

    def show(self, table: Table) -> None:
        """Print a table, without blanks at the ends of its lines."""
        with self.console.capture() as captured:
            self.console.print(table)
        for row in captured.get().splitlines():
            self.console.file.write(row.rstrip() + "\n")


def _terminal(out: TextIO) -> bool:
    return out.isatty()


def _colored(out: TextIO, color: Color) -> bool:
    if color == "auto":
        # https://no-color.org: any value but an empty one. An option is a wish of the moment and wins.
        return _terminal(out) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return color == "always"


def _columns(out: TextIO) -> int:
    asked = os.environ.get("COLUMNS", "")
    # str.isdecimal takes digits of every script, as int does, but int only so many.
    if asked.isdecimal() and int(asked[:9]) > 0:
        return max(FEWEST_COLUMNS, min(int(asked[:9]), 1000))
    if _terminal(out):
        try:
            return max(FEWEST_COLUMNS, os.get_terminal_size(out.fileno()).columns)
        except OSError:
            return PIPE_COLUMNS
    return PIPE_COLUMNS
