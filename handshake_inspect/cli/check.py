"""`check`: the linter. Its exit status says whether there was something to find."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import click

from handshake_inspect.cli import options
from handshake_inspect.cli.destinations import destinations
from handshake_inspect.cli.inputs import expand
from handshake_inspect.cli.inspection import inspected, require_match
from handshake_inspect.cli.notes import say
from handshake_inspect.cli.status import Status
from handshake_inspect.errors import CaptureError
from handshake_inspect.finding import Severity
from handshake_inspect.render import LIMIT, Color, Layout, Shown, Unread

NEVER = "never"


@click.command(short_help="Say what went wrong, and exit with 1 if anything did.")
@options.captures
@options.rule_selection
@options.connection_selection
@click.option(
    "--fail-on",
    type=click.Choice([*options.SEVERITIES, NEVER]),
    default="warning",
    show_default=True,
    help="Exit with 1 when something at least this severe is found.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found; the same as --fail-on never.")
@click.option(
    "--connections",
    type=click.Choice(["all", "flagged", "none"]),
    default="all",
    show_default=True,
    help="Which connections the report lists.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=0),
    default=LIMIT,
    show_default=True,
    help="How many stories, and how many findings, a page for people shows.",
)
@click.option("--separate", is_flag=True, help="Report on each capture alone, instead of as one recording.")
@options.reports
@options.color
@options.quiet
def check(
    captures: tuple[str, ...],
    fail_on: str,
    exit_zero: bool,
    connections: Shown,
    limit: int,
    separate: bool,
    format_: tuple[str, ...],
    output: tuple[str, ...],
    color: Color,
    quiet: bool,
    **selection: Any,
) -> Status:
    """Say what went wrong in captures, and exit with 1 if anything did.

    CAPTURE is a pcap or pcapng file, compressed or not, a directory of them, or - for standard input. Several
    are one recording, in the order given.
    """
    paths = expand(captures, quiet)
    separate = separate and len(paths) > 1
    places = destinations(format_, output, paths, separate)
    least = None if exit_zero or fail_on == NEVER else Severity[fail_on.upper()]
    layout = Layout(connections, limit, color, fail_on=least or Severity.WARNING)
    settings = options.settings(**selection)
    status = Status.CLEAN
    matched = 0
    for recording in _recordings(paths, separate):
        try:
            report = inspected(recording, settings, quiet)
        except CaptureError as error:
            if not separate:
                raise
            say(str(error))
            status = max(status, Status.IMPOSSIBLE)
            for place in places:
                place.add(Unread(recording[0], str(error)), layout)
            continue
        matched += report.connection_count
        if not separate:
            require_match(matched, settings)
        worst = report.worst()
        if least is not None and worst is not None and worst >= least:
            status = max(status, Status.FINDINGS)
        title = recording[0] if separate else ""
        layout = replace(layout, title=title, status=status)
        for place in places:
            place.add(report, layout)
        if all(place.closed for place in places):
            return status
    if status is not Status.IMPOSSIBLE:
        require_match(matched, settings)
    for place in places:
        place.end(replace(layout, title="", status=status))
    return status


def _recordings(paths: Sequence[str], separate: bool) -> Iterator[Sequence[str]]:
    if separate:
        yield from ([path] for path in paths)
    else:
        yield paths
