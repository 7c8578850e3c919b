"""`check`: the linter. Its exit status says whether there was something to find."""

from dataclasses import replace
from typing import Any

import click

from handshake_inspect.cli import options
from handshake_inspect.cli.destinations import destinations
from handshake_inspect.cli.inputs import expand
from handshake_inspect.cli.inspection import inspected_each, require_match
from handshake_inspect.cli.notes import note, say
from handshake_inspect.cli.status import Status
from handshake_inspect.cli.verdict import Verdict, check_place
from handshake_inspect.config.choices import CONNECTIONS, FAIL_ON, NEVER
from handshake_inspect.errors import CaptureError
from handshake_inspect.finding import Severity
from handshake_inspect.render import LIMIT, Color, Layout, Shown, Unread


@click.command(short_help="Say what went wrong, and exit with 1 if anything did.")
@options.captures
@options.rule_selection
@options.connection_selection
@options.agreements
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="warning",
    show_default=True,
    help="Exit with 1 when something at least this severe is found.",
)
@click.option("--exit-zero", is_flag=True, help="Exit with 0 whatever is found; the same as --fail-on never.")
@click.option(
    "--connections",
    type=click.Choice(CONNECTIONS),
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
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="With --separate, read this many captures at the same time.",
)
@options.reports
@options.color
@options.quiet
def check(
    captures: tuple[str, ...],
    fail_on: str,
    exit_zero: bool,
    strict: bool,
    write_baseline: str | None,
    connections: Shown,
    limit: int,
    separate: bool,
    jobs: int,
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
    check_place(write_baseline, paths, output)
    if write_baseline is not None:
        # What is written is all that is found, not what an earlier baseline leaves of it.
        selection["baseline"] = None
    settings = options.settings(**selection)
    fail_on = NEVER if exit_zero else fail_on
    verdict = Verdict(settings, fail_on, strict=strict, write=write_baseline, quiet=quiet)
    failing = Severity.WARNING if fail_on == NEVER else Severity.of(fail_on)
    layout = Layout(connections, limit, color, fail_on=failing)
    matched = 0
    recordings = [[path] for path in paths] if separate else [paths]
    if jobs > 1 and len(paths) > len(recordings):
        note("--jobs: one recording is read in order; --separate has one for each capture", quiet)
    for recording, report in zip(recordings, inspected_each(recordings, settings, jobs, quiet), strict=True):
        if isinstance(report, CaptureError):
            if not separate:
                raise report
            say(str(report))
            verdict.impossible()
            for place in places:
                place.add(Unread(recording[0], str(report)), layout)
            continue
        matched += report.connection_count
        if not separate:
            require_match(matched, settings)
        verdict.take(report)
        if not separate:
            verdict.settle()
        layout = replace(layout, title=recording[0] if separate else "", status=verdict.status)
        for place in places:
            place.add(report, layout)
        if separate and write_baseline is None and all(place.closed for place in places):
            return verdict.status
    if verdict.status is not Status.IMPOSSIBLE:
        require_match(matched, settings)
    verdict.settle()
    verdict.finish()
    for place in places:
        place.end(replace(layout, title="", status=verdict.status))
    return verdict.status
