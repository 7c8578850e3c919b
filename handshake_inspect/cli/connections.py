"""`connections`: every connection in a row, or those with the same story in one."""

from typing import Any

import click

from handshake_inspect.cli import options
from handshake_inspect.cli.inputs import expand
from handshake_inspect.cli.inspection import inspected, require_match
from handshake_inspect.cli.output import Output
from handshake_inspect.cli.status import Status
from handshake_inspect.errors import UsageError
from handshake_inspect.render import DEFAULT, Color, Layout, render


@click.command(short_help="List connections, one in a row or by story.")
@options.captures
@options.rule_selection
@options.connection_selection
@click.option("--story", is_flag=True, help="Show connections with the same story as one row, with a count.")
@options.format_choice()
@options.output
@options.color
@options.quiet
def connections(
    captures: tuple[str, ...],
    story: bool,
    format_: str,
    output: str | None,
    color: Color,
    quiet: bool,
    **selection: Any,
) -> Status:
    """List connections: ends, opening, closing, words, round trips and codes.

    The exit status is 0 whatever is found. The formats for programs are those of `check`.
    """
    if story and format_ != DEFAULT:
        raise UsageError(f"--story is for people: it needs --format {DEFAULT}")
    paths = expand(captures, quiet)
    place = Output(output, paths)
    settings = options.settings(**selection)
    report = inspected(paths, settings, quiet)
    require_match(report.connection_count, settings)
    layout = Layout(color=color)
    with place.stream() as out:
        if format_ != DEFAULT:
            render(format_, report, out, layout)
        elif story:
            from handshake_inspect.render.parts.stories import print_all_stories

            print_all_stories(report, out, layout)
        else:
            from handshake_inspect.render.parts.rows import print_rows

            print_rows(report, out, layout)
    return Status.CLEAN
