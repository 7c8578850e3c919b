"""The options that several commands share, and the settings they make."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from handshake_inspect.cli.notes import note
from handshake_inspect.cli.thresholds import thresholds
from handshake_inspect.cli.words import option_words, rule_words
from handshake_inspect.config import Settings, file
from handshake_inspect.config.choices import CONFIDENCES, SEVERITIES
from handshake_inspect.config.file import Configuration
from handshake_inspect.errors import UsageError
from handshake_inspect.finding import Confidence, Severity
from handshake_inspect.render import DEFAULT, formats

Command = TypeVar("Command", bound=Callable[..., Any])

CONFIGURED = "handshake-inspect configuration"
"Under this name the context of a command holds its configuration."


def _all(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator, listed in this order by `--help`."""

    def decorate(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


# Whoever reads it says what is wrong with it: one that nobody may read is no wrong usage.
CAPTURE = click.Path(readable=False)

captures: Callable[[Command], Command] = click.argument(
    "captures", metavar="CAPTURE...", nargs=-1, required=True, type=CAPTURE
)
"The captures to read, as one recording."


def _configure(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Read the configuration once both options that say which are known, whichever came first."""
    given = context.meta.setdefault(CONFIGURED, {})
    given[parameter.name] = value
    if len(given) < 2 or context.resilient_parsing:
        return
    if given["isolated"] and given["config"] is not None:
        raise UsageError("--config names a file, and --isolated wants none")
    if given["isolated"]:
        configuration = Configuration()
    elif given["config"] is not None:
        configuration = file.named(given["config"])
    else:
        configuration = file.nearest()
    context.meta[CONFIGURED] = configuration
    context.default_map = dict(configuration.options)


rule_selection: Callable[[Command], Command] = _all(
    click.option(
        "--config",
        metavar="FILE",
        is_eager=True,
        expose_value=False,
        callback=_configure,
        help=f"Take what is not given here from this TOML file, not from the nearest {file.OWN} or "
        f"{file.SHARED} in this folder or above.",
    ),
    click.option(
        "--isolated",
        is_flag=True,
        is_eager=True,
        expose_value=False,
        callback=_configure,
        help="Read no configuration file.",
    ),
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
        "--set",
        "set_",
        multiple=True,
        metavar="RULE.OPTION=VALUE",
        shell_complete=option_words,
        help="Set an option of a rule, as its page has it: SYN017.seconds=2.5.",
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

agreements: Callable[[Command], Command] = _all(
    click.option(
        "--strict/--no-strict",
        help="Exit with 1, too, for what is wrong with a capture itself however severe, for entries of the "
        "baseline that are found no more, and for ignores that match nothing.",
    ),
    click.option(
        "--baseline", metavar="FILE", help="Leave out the findings in this file, and say how many there are."
    ),
    click.option(
        "--write-baseline",
        metavar="FILE",
        help="Write what is found to this file, for --baseline, and exit with 0.",
    ),
)
"What was agreed on before."

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
    set_: Sequence[str],
    min_severity: str,
    min_confidence: str,
    where: str | None = None,
    baseline: str | None = None,
) -> Settings:
    """The settings these options make, with what was agreed on in the configuration file.

    UsageError for a selection of nothing, and for options that no rule has.
    """
    context = click.get_current_context()
    configuration: Configuration = context.meta[CONFIGURED]
    if configuration.passed_over is not None:
        message = f"{configuration.passed_over}: does not count beside {configuration.path}"
        note(message, context.params.get("quiet", False))
    chosen = _apart(select)
    if select and not chosen:
        raise UsageError("--select: names no rule")
    return Settings(
        select=chosen,
        ignore=_apart(ignore),
        min_severity=Severity.of(min_severity),
        min_confidence=Confidence.of(min_confidence),
        where=where,
        ignores=configuration.ignores,
        expectations=configuration.expectations,
        baseline=baseline,
        rules=thresholds(set_, configuration.rules),
    )


def _apart(values: Sequence[str]) -> tuple[str, ...]:
    return tuple(word for value in values for part in value.split(",") if (word := part.strip()))
