"""`rules`: the catalogue, a family of it, or one rule's page."""

import click

from handshake_inspect.cli import options
from handshake_inspect.cli.output import Output
from handshake_inspect.cli.status import Status
from handshake_inspect.cli.words import rule_words
from handshake_inspect.render import DEFAULT, Color, Layout


@click.command()
@click.argument("code", required=False, shell_complete=rule_words)
@options.format_choice(DEFAULT, "json")
@options.output
@options.color
def rules(code: str | None, format_: str, output: str | None, color: Color) -> Status:
    """List the rules, or show the page of one.

    CODE is a rule's code or its name. The beginning of codes lists those: SYN.
    """
    from handshake_inspect.rules import registry

    wanted = registry.matching(code) if code else None
    chosen = [rule for rule in registry.rules() if wanted is None or rule.code in wanted]
    layout = Layout(color=color)
    with Output(output).stream() as out:
        if format_ == "json":
            from handshake_inspect.render.parts.objects import catalogue

            out.write(catalogue(chosen))
        elif code and len(chosen) == 1:
            from handshake_inspect.render.parts.pages import print_page

            print_page(chosen[0], out, layout)
        else:
            from handshake_inspect.render.parts.pages import print_catalogue

            print_catalogue(chosen, out, layout)
    return Status.CLEAN
