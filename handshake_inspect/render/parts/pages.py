"""The catalogue of rules: a table of them, or one rule's page."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from handshake_inspect.render import Layout
from handshake_inspect.render.parts.screen import BOLD, DIM, PROSE_COLUMNS, SEVERITY_STYLE, Screen
from handshake_inspect.units import counted

if TYPE_CHECKING:
    from handshake_inspect.rules.registry import Rule


def print_catalogue(rules: Sequence["Rule"], out: TextIO, layout: Layout) -> None:
    """Print a row for each rule, and how to read more of it."""
    screen = Screen(out, layout.color)
    table = screen.table(["code", "name", "severity", "what happened"])
    for column in table.columns[:3]:
        column.no_wrap = True
    for rule in rules:
        table.add_row(
            screen.text(rule.code, BOLD),
            screen.text(rule.name),
            screen.text(rule.severity.word, SEVERITY_STYLE[rule.severity]),
            screen.text(rule.summary),
        )
    screen.show(table)
    screen.blank()
    screen.line(
        screen.text(f"{counted(len(rules), 'rule')}. One rule's page: handshake-inspect rules CODE", DIM)
    )


def print_page(rule: "Rule", out: TextIO, layout: Layout) -> None:
    """Print one rule's page: laid out in colour, and as Markdown text elsewhere."""
    screen = Screen(out, layout.color)
    heading = f"# {rule.code} {rule.name}\n\n*{rule.severity.word}*\n\n"
    if not screen.colored:
        out.write(f"{screen.plain(heading + rule.page.rstrip())}\n")
        return
    from rich.markdown import Markdown

    page = Markdown(heading + rule.page, code_theme="ansi_dark", hyperlinks=False)
    screen.console.print(page, width=min(screen.width, PROSE_COLUMNS))
