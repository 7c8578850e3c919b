"""`schema`: what `--format json` promises, as a JSON Schema."""

import click

from handshake_inspect.cli import options
from handshake_inspect.cli.output import Output
from handshake_inspect.cli.status import Status


@click.command()
@options.output
def schema(output: str | None) -> Status:
    """Print the JSON Schema of the report."""
    import json

    from handshake_inspect.report.schema import schema as made

    with Output(output).stream() as out:
        out.write(json.dumps(made(), indent=2) + "\n")
    return Status.CLEAN
