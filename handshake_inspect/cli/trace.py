"""`trace`: one connection as a ladder, or as a packet script."""

from typing import Any

import click

from handshake_inspect.cli import options
from handshake_inspect.cli.inputs import expand
from handshake_inspect.cli.inspection import inspected
from handshake_inspect.cli.output import Output
from handshake_inspect.cli.status import Status
from handshake_inspect.render import Color, Layout


@click.command(short_help="Draw one connection as a ladder.")
# Not required here: with one argument only, that is taken for N, and it is N whose absence is to be told.
@click.argument("captures", metavar="CAPTURE...", nargs=-1, type=options.CAPTURE)
@click.argument("number", metavar="N", type=click.IntRange(min=1))
@options.rule_selection
@click.option("--script", is_flag=True, help="Print a packet script, without the ends' addresses, instead.")
@options.output
@options.color
@options.quiet
def trace(
    captures: tuple[str, ...],
    number: int,
    script: bool,
    output: str | None,
    color: Color,
    quiet: bool,
    **selection: Any,
) -> Status:
    """Draw connection N: time, arrows, and the states of both ends beside each segment.

    N is the number that `check` and `connections` give it. The exit status is 0 whatever is found.
    """
    paths = expand(captures, quiet)
    place = Output(output, paths)
    report = inspected(paths, options.settings(**selection), quiet)
    text = report.script(number) if script else None
    with place.stream() as out:
        if text is not None:
            out.write(text)
        else:
            from handshake_inspect.render.parts.ladder import print_ladder

            print_ladder(report, number, out, Layout(color=color))
    return Status.CLEAN
