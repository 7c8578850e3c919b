"""`isn`: how the hosts of a capture choose their initial sequence numbers."""

import click

from handshake_inspect.cli import options
from handshake_inspect.cli.status import Status
from handshake_inspect.render import DEFAULT, LIMIT, Color


@click.command(short_help="Say whose initial sequence numbers can be foretold.")
@options.captures
@click.option(
    "--host", "hosts", multiple=True, metavar="ADDRESS", help="Show only this host; may be repeated."
)
@click.option(
    "--samples",
    metavar="FILE",
    help="Write every number that was looked at to this file, as CSV; - is standard output.",
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
    hosts: tuple[str, ...],
    samples: str | None,
    limit: int,
    format_: str,
    output: str | None,
    color: Color,
    quiet: bool,
) -> Status:
    """Say of each host how its initial sequence numbers look from outside, and what a guess costs.

    Hosts with fewer than three numbers are counted only. No evidence does not mean that a host is secure. The
    exit status is 0 whatever is found; `check --select ISN` fails.
    """
