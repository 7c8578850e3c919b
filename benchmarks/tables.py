"""The report as tables, for a terminal and for Markdown.

It knows how figures are rounded and what the columns are called. One idea: a table is a title, its headings
and rows of words, made once; the two renderings only draw it.
"""

from dataclasses import dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from benchmarks.captures import KINDS
from benchmarks.results import Measured, Report, Series, ratio, wall_ratio

_NOTHING = "–"


@dataclass(frozen=True)
class Table:
    """Words in rows; the first column is text, the others are figures."""

    title: str
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]


def tables(report: Report) -> list[Table]:
    """One table per capture, and one of starting, if that was measured."""
    drawn = [_capture_table(capture, report.ours) for capture in report.captures]
    return [*drawn, _start_table(report)] if report.start else drawn


def notes(report: Report) -> list[str]:
    """What a reader must know beside the figures: the machine, the versions, and what was left out."""
    machine = "; ".join(f"{name} {value}" for name, value in report.machine.items())
    versions = ", ".join(f"{name} {number}" for name, number in report.versions.items())
    absent = [f"Not installed, so not measured: {', '.join(report.absent)}."] if report.absent else []
    return [f"Measured on: {machine}.", f"Versions: {versions}.", *absent]


def print_report(report: Report, console: Console) -> None:
    """Draw all tables and notes on `console`."""
    for table in tables(report):
        drawn = RichTable(title=escape(table.title), title_justify="left")
        for position, heading in enumerate(table.headings):
            drawn.add_column(escape(heading), justify="right" if position else "left")
        for row in table.rows:
            drawn.add_row(*map(escape, row))
        console.print(drawn)
    for note in notes(report):
        console.print(escape(note))


def markdown(report: Report) -> str:
    """The same as Markdown, ending in a line break."""
    parts = []
    for table in tables(report):
        lines = [table.headings, ("---", *("--:" for _ in table.headings[1:])), *table.rows]
        drawn = ("| " + " | ".join(word.replace("|", r"\|") for word in line) + " |" for line in lines)
        parts.append(f"**{table.title}**\n\n" + "\n".join(drawn))
    return "\n\n".join([*parts, *notes(report)]) + "\n"


def _capture_table(capture: Measured, ours: str) -> Table:
    meaning = KINDS[capture.kind].meaning
    title = f"{capture.kind}: {capture.packets:,} packets, {capture.connections:,} {meaning}"
    headings = ("tool", "CPU s", "spread", "wall s", "peak MB", "packets / CPU s", "CPU to ours")
    return Table(title, headings, [_capture_row(capture, one, ours) for one in capture.series])


def _capture_row(capture: Measured, one: Series, ours: str) -> tuple[str, ...]:
    peak = f"{one.peak_bytes / 1e6:,.0f}" if one.runs else _NOTHING
    if one.failure is not None:
        return (f"{one.tool}: {one.failure}", *(_NOTHING,) * 3, peak, *(_NOTHING,) * 2)
    speed = capture.packets_per_cpu_s(one)
    return (
        one.tool,
        f"{one.cpu_s:.2f}",
        f"{one.spread:.2f}",
        f"{one.wall_s:.2f}",
        peak,
        f"{speed:,.0f}" if speed is not None else _NOTHING,
        _times(ratio(one, capture.series, ours)),
    )


def _start_table(report: Report) -> Table:
    rounds = max(len(one.runs) for one in report.start)
    title = f"Starting: ten packets, or the help; medians of {rounds}"
    rows: list[tuple[str, ...]] = [
        (
            one.tool if one.failure is None else f"{one.tool}: {one.failure}",
            f"{one.wall_s * 1000:.0f}" if one.failure is None else _NOTHING,
            _times(wall_ratio(one, report.start, report.ours)),
        )
        for one in report.start
    ]
    return Table(title, ("command", "wall ms", "wall to ours"), rows)


def _times(value: float | None) -> str:
    return _NOTHING if value is None else f"{value:.2f} ×"
