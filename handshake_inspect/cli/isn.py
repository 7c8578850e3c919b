"""`isn`: how the hosts of a capture choose their initial sequence numbers."""

import ipaddress

import click

from handshake_inspect.cli import options
from handshake_inspect.cli.inputs import expand
from handshake_inspect.cli.inspection import inspected
from handshake_inspect.cli.output import Output
from handshake_inspect.cli.status import Status
from handshake_inspect.config import Settings
from handshake_inspect.errors import UsageError
from handshake_inspect.render import DEFAULT, LIMIT, Color, Layout


@click.command(short_help="Say whose initial sequence numbers can be foretold.")
@options.captures
@click.option("--host", metavar="ADDRESS", help="Show this host only.")
@click.option(
    "--samples",
    metavar="FILE",
    help="Write every number that was looked at to this file, as CSV; to - instead of the report.",
)
@click.option(
    "--limit", type=click.IntRange(min=0), default=LIMIT, show_default=True, help="How many hosts are shown."
)
@options.format_choice(DEFAULT, "json")
@options.output
@options.color
@options.quiet
def isn(
    captures: tuple[str, ...],
    host: str | None,
    samples: str | None,
    limit: int,
    format_: str,
    output: str | None,
    color: Color,
    quiet: bool,
) -> Status:
    """Say how the initial sequence numbers of each host look from outside, and what a guess costs.

    Of a 4-tuple only the first number counts, and hosts with fewer than three are left out. That there is no
    evidence does not mean that a host is secure. The exit status is 0 whatever is found: `check --select ISN`
    fails.
    """
    paths = expand(captures, quiet)
    place = Output(output, paths)
    table = None if samples is None else Output(samples, paths)
    if samples not in (None, "-") and samples == output:
        raise UsageError(f"{samples}: is to hold the report, and would lose the numbers of --samples")
    wanted = None if host is None else _canonical(host)
    report = inspected(paths, Settings(select=("ISN",), thorough=True), quiet)
    hosts = [one for one in report.numbers.told.tolist() if wanted in (None, report.numbers.address(one))]
    if wanted and not hosts:
        raise UsageError(f"--host: {wanted} has fewer than three 4-tuples here")
    if table is not None:
        from handshake_inspect.render.parts.samples import print_samples

        with table.stream() as out:
            print_samples(report.numbers, out)
    if samples == "-" and output is None:
        return Status.CLEAN
    with place.stream() as out:
        if format_ == DEFAULT:
            from handshake_inspect.render.parts.hosts import print_hosts

            print_hosts(report, hosts, out, Layout(limit=limit, color=color))
        else:
            from handshake_inspect.render.json import render_hosts

            render_hosts(report, hosts, out)
    return Status.CLEAN


def _canonical(address: str) -> str:
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        raise UsageError(f"--host: {address} is no address") from None
