"""The options that several commands share, and the settings they make."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from handshake_inspect.cli.words import rule_words
from handshake_inspect.config import Settings
from handshake_inspect.errors import UsageError
from handshake_inspect.finding import Confidence, Severity
from handshake_inspect.render import DEFAULT, formats

Command = TypeVar("Command", bound=Callable[..., Any])

SEVERITIES = [severity.name.lower() for severity in Severity]
CONFIDENCES = [confidence.name.lower() for confidence in Confidence]


def _all(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, listed in this order by `--help`."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


captures: Callable[[Command], Command] = click.argument(
    "captures", metavar="CAPTURE...", nargs=-1, required=True, type=click.Path()
)
"The captures to read, as one recording."

rule_selection: Callable[[Command], Command] = _all(
    click.option(
        "--select",
        multiple=True,
        metavar="RULES",
        shell_complete=rule_words,
        help="Ask only these rules: codes, prefixes of codes or names, apart by commas.",
    ),
    click.option(
        "--ignore", multiple=True, metavar="RULES", shell_complete=rule_words, help="Leave these rules out."
    ),
    click.option(
        "--min-severity", type=click.Choice(SEVERITIES), default="note", help="Report nothing below this."
    ),
    click.option(
        "--min-confidence",
        type=click.Choice(CONFIDENCES),
        default="possible",
        help="Report nothing less sure.",
    ),
)
"Which findings are wanted."

connection_selection: Callable[[Command], Command] = click.option(
    "--where",
    metavar="FILTER",
    help="Report only these connections: host, net, port, outcome, opening or closing and a value, joined by "
    "and, or, not. Example: 'net 10.0.0.0/8 and not outcome closed'.",
)
"Which connections are wanted."


def format_choice(*names: str) -> Callable[[Command], Command]:
    """`--format`, one of these names, or of all formats of a report."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(names or formats()),
        default=DEFAULT,
        show_default=True,
        help="How the report is written.",
    )


reports: Callable[[Command], Command] = _all(
    click.option(
        "--format",
        "format_",
        type=click.Choice(formats()),
        multiple=True,
        help=f"How the report is written; may be given again.  [default: {DEFAULT}]",
    ),
    click.option(
        "--output",
        "-o",
        metavar="FILE",
        multiple=True,
        help="Write to this file; - is standard output. The first --output belongs to the first --format, "
        "and so on.",
    ),
)
"Which reports are written, and where."

output: Callable[[Command], Command] = click.option(
    "--output", "-o", metavar="FILE", help="Write to this file instead of standard output."
)
color: Callable[[Command], Command] = click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="Use colours."
)
quiet: Callable[[Command], Command] = click.option(
    "--quiet", "-q", is_flag=True, help="Say nothing beside the report: no progress, no notes."
)


def settings(
    *,
    select: Sequence[str],
    ignore: Sequence[str],
    min_severity: str,
    min_confidence: str,
    where: str | None = None,
) -> Settings:
    """The settings these options make. UsageError for a selection of nothing."""
    chosen = _apart(select)
    if select and not chosen:
        raise UsageError("--select: names no rule")
    return Settings(
        select=chosen,
        ignore=_apart(ignore),
        min_severity=Severity[min_severity.upper()],
        min_confidence=Confidence[min_confidence.upper()],
        where=where,
    )


def _apart(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for value in values for part in value.split(",") if (word := part.strip()))
