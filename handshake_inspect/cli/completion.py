"""`completion`: the script with which a shell completes this command.

How a shell asks is click's: the script calls the program back with a variable in its environment, and `main`
answers.
"""

import click
from click.shell_completion import get_completion_class

from handshake_inspect.cli import options
from handshake_inspect.cli.notes import PROGRAM
from handshake_inspect.cli.output import Output
from handshake_inspect.cli.status import Status
from handshake_inspect.errors import UsageError

VARIABLE = "_HANDSHAKE_INSPECT_COMPLETE"
"What a shell sets in the environment to ask for completions."

SHELLS = ["bash", "fish", "zsh"]


@click.command(short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(SHELLS))
@options.output
def completion(shell: str, output: str | None) -> Status:
    """Print the script that completes commands, options, captures and rules.

    \b
    bash: eval "$(handshake-inspect completion bash)"   in ~/.bashrc
    zsh:  eval "$(handshake-inspect completion zsh)"    in ~/.zshrc, after compinit
    fish: handshake-inspect completion fish > ~/.config/fish/completions/handshake-inspect.fish
    """
    made = get_completion_class(shell)
    if made is None:
        raise UsageError(f"{shell}: this version of click cannot complete in it")
    root = click.get_current_context().find_root().command
    with Output(output).stream() as out:
        out.write(made(root, {}, PROGRAM, VARIABLE).source().strip() + "\n")
    return Status.CLEAN
