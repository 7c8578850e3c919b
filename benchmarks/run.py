"""Measures the linter and its peers on the same captures, in turn, and prints the ratios.

    python -m benchmarks.run

It decides what is run, in which order, and within which limits. One idea: tools are run A B C, A B C, so that
whatever disturbs the machine disturbs all of them alike.
"""

import datetime
import json
import platform
import re
import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import click
from rich.console import Console

from benchmarks.captures import Made, chosen_kinds, make, make_scaled, shared_options
from benchmarks.measure import Limits, first_cpu, measure, memory_bytes, warm
from benchmarks.readme import write_measured
from benchmarks.results import Measured, Report, Series
from benchmarks.tables import markdown, print_report
from benchmarks.tools import PEERS, Tool, our_program, ours

_STARTED_WITH_HELP = ("tshark",)
"""The peers whose help is timed too: those that have one worth comparing."""


def measure_in_turn(commands: Sequence[tuple[str, list[str]]], rounds: int, limits: Limits) -> list[Series]:
    """Run the named commands one after the other, `rounds` times. One that was killed is not run again.

    Each finds as much memory ready as it has needed so far.
    """
    series = [Series(name) for name, _ in commands]
    for turn in range(rounds):
        for one, (name, command) in zip(series, commands, strict=True):
            if any(run.late for run in one.runs):
                continue
            _progress(f"round {turn + 1} of {rounds}: {name}")
            warm(one.peak_bytes)
            one.runs.append(measure(command, limits))
    _progress("")
    return series


def measure_capture(made: Made, tools: Iterable[Tool], rounds: int, limits: Limits) -> Measured:
    """Every tool on one capture."""
    click.echo(f"{made.kind}: {made.packets:,} packets", err=True)
    series = measure_in_turn([(tool.name, tool.command(made.path)) for tool in tools], rounds, limits)
    return Measured(made.kind, made.packets, made.connections, made.path.stat().st_size, series)


def measure_start(
    tools: Iterable[Tool], own: Tool, folder: Path, rounds: int, limits: Limits
) -> list[Series]:
    """How long the tools take with ten packets, and to show their help; a bare interpreter is the floor."""
    ten = make("short", folder / "ten.pcap", connections=1)
    commands = []
    for tool in tools:
        commands.append((tool.name, tool.command(ten.path)))
        if tool == own or tool.name in _STARTED_WITH_HELP:
            commands.append((f"{tool.name} --help", [*tool.program, "--help"]))
    commands.append(("python, doing nothing", [sys.executable, "-c", "pass"]))
    click.echo("starting: ten packets", err=True)
    return measure_in_turn(commands, rounds, limits)


def describe_machine(limits: Limits, rounds: int) -> dict[str, str]:
    """What the figures depend on besides the tools."""
    return {
        "processor": _processor(),
        "memory": f"{memory_bytes() / 1e9:.0f} GB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "Python": platform.python_version(),
        "pinned": "to one processor" if limits.cpu is not None else "to none",
        "rounds": str(rounds),
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
    }


def _processor() -> str:
    # Linux leaves platform.processor() empty or says only the architecture.
    try:
        model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        model = None
    return model.group(1) if model else platform.processor() or platform.machine()


def _progress(text: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)


@click.command()
@shared_options
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option(
    "--start-rounds", type=click.IntRange(min=0), default=20, show_default=True, help="0 leaves it out."
)
@click.option(
    "--timeout", "timeout_s", type=click.FloatRange(min=0, min_open=True), default=120, show_default=True
)
@click.option(
    "--memory",
    "memory_gb",
    type=click.FloatRange(min=0, min_open=True),
    help="Address space of a run, in GB. [default: three quarters of this machine's memory]",
)
@click.option("--cpu", type=click.IntRange(min=0), help="The processor to use. [default: the first]")
@click.option("--command", help="How the linter is called. [default: the one beside this interpreter]")
@click.option("--tool", "names", multiple=True, help="Measure only this one; may be repeated.")
@click.option(
    "--json", "json_path", type=click.Path(dir_okay=False, path_type=Path), help="Every run, as JSON."
)
@click.option("--write", is_flag=True, help="Put the tables into benchmarks/README.md.")
def main(
    kinds: tuple[str, ...],
    folder: Path,
    scale: float,
    mixed: bool,
    rounds: int,
    start_rounds: int,
    timeout_s: float,
    memory_gb: float | None,
    cpu: int | None,
    command: str | None,
    names: tuple[str, ...],
    json_path: Path | None,
    write: bool,
) -> None:
    """Measure the linter and its peers, and print a table for each capture."""
    own = ours(_program(command))
    asked = _asked((own, *PEERS), names)
    present = [tool for tool in asked if tool.installed]
    absent = [tool.name for tool in asked if not tool.installed]
    if absent:
        click.echo(f"not installed, skipped: {', '.join(absent)}", err=True)
    if not present:
        raise click.UsageError("none of the tools is installed")
    limit = round(memory_gb * 1e9) if memory_gb is not None else memory_bytes() * 3 // 4
    limits = Limits(timeout_s, limit, first_cpu() if cpu is None else cpu)
    try:
        captures = [
            measure_capture(make_scaled(kind, folder, scale), present, rounds, limits)
            for kind in chosen_kinds(kinds, mixed)
        ]
        start = measure_start(present, own, folder, start_rounds, limits) if start_rounds else []
    except OSError as error:
        raise click.ClickException(f"{folder}: the captures cannot be written: {error}") from error
    versions = {tool.name: tool.version() for tool in present}
    commands = {tool.name: tool.shown() for tool in present}
    report = Report(describe_machine(limits, rounds), own.name, versions, commands, absent, captures, start)
    print_report(report, Console())
    try:
        if json_path:
            json_path.write_text(json.dumps(report.plain(), indent=2) + "\n", "utf-8")
        if write:
            write_measured(markdown(report))
    except (OSError, ValueError) as error:
        raise click.ClickException(f"the report is not kept: {error}") from error


def _program(command: str | None) -> Sequence[str]:
    if command is None:
        return our_program()
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise click.UsageError(f"--command {command}: {error}") from error
    if not words:
        raise click.UsageError("--command needs a program")
    return words


def _asked(tools: Sequence[Tool], names: tuple[str, ...]) -> list[Tool]:
    unknown = set(names) - {tool.name for tool in tools}
    if unknown:
        known = ", ".join(tool.name for tool in tools)
        raise click.UsageError(f"no tool is called {', '.join(sorted(unknown))}; there are {known}")
    return [tool for tool in tools if not names or tool.name in names]


if __name__ == "__main__":
    main()
