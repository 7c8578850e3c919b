"""What click knows of the commands, as plain values: for the manual page and the reference of the site.

It knows click, and no way of writing. The one idea: the words are those of `--help`, so that nothing is said
twice; only the layout differs.
"""

import re
from collections.abc import Iterator
from inspect import cleandoc
from typing import NamedTuple

import click

from handshake_inspect.cli.main import group
from handshake_inspect.cli.notes import PROGRAM

VERBATIM = "\b"
"How click marks a paragraph whose lines stay as they are."

NUMBER = re.compile(r"\bINTEGER( RANGE)?\b")
"What click calls a number in the place of a value."


class Block(NamedTuple):
    """A paragraph."""

    text: str
    verbatim: bool
    "whether its lines stay as they are"


class Option(NamedTuple):
    """One option of a command."""

    names: str
    "'-o, --output FILE'"
    help: str
    default: str
    "empty where it is not shown"


class Command(NamedTuple):
    """One command."""

    name: str
    "'check', or empty for the program itself"
    usage: str
    "'handshake-inspect check [OPTIONS] CAPTURE...'"
    short: str
    "one sentence"
    blocks: list[Block]
    options: list[Option]


def commands() -> Iterator[Command]:
    """The program itself, then its commands in the order of `--help`."""
    root = click.Context(group, info_name=PROGRAM, **group.context_settings)
    yield _described(group, "", root)
    for name in group.list_commands(root):
        command = group.commands[name]
        if not command.hidden:
            yield _described(command, name, click.Context(command, root, name))


def _described(command: click.Command, name: str, context: click.Context) -> Command:
    blocks = [_block(text) for text in cleandoc(command.help or "").split("\n\n")]
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    options = [
        _option(parameter, context)
        for parameter in command.get_params(context)
        # Every command has --help; the program's own says it for all.
        if isinstance(parameter, click.Option)
        and not parameter.hidden
        and not (name and parameter.name == "help")
    ]
    return Command(name, usage, command.short_help or blocks[0].text, blocks, options)


def _block(text: str) -> Block:
    if text.startswith(VERBATIM):
        return Block(text.removeprefix(VERBATIM).strip("\n"), verbatim=True)
    return Block(" ".join(text.split()), verbatim=False)


def _option(option: click.Option, context: click.Context) -> Option:
    names = ", ".join(sorted(option.opts, key=len))
    if not option.is_flag:
        names = f"{names} {NUMBER.sub('N', option.make_metavar(context))}"
    return Option(names, option.help or "", str(option.default) if option.show_default else "")
