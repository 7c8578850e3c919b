"""The command `handshake-inspect`: its commands by name, and an exit status for every way one can end.

The one idea: there is one place where errors become words. What our user did wrong is one line and 2, a bug
of ours is one line and 3, and nobody meets a traceback who did not ask for it.
"""

import atexit
import gc
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

import click
from click.shell_completion import CompletionItem, shell_complete

from handshake_inspect import __version__
from handshake_inspect.cli.check import check
from handshake_inspect.cli.completion import VARIABLE, completion
from handshake_inspect.cli.connections import connections
from handshake_inspect.cli.isn import isn
from handshake_inspect.cli.notes import PROGRAM, say
from handshake_inspect.cli.output import release
from handshake_inspect.cli.rules import rules
from handshake_inspect.cli.schema import schema
from handshake_inspect.cli.status import Status
from handshake_inspect.cli.trace import trace
from handshake_inspect.errors import InspectError, UsageError, reason

DEFAULT_COMMAND = "check"
DEBUG = "HANDSHAKE_INSPECT_DEBUG"


class Commands(click.Group):
    """Commands by name; what begins with none of them is for `check`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `check` before arguments that begin with a capture or with an option of its own."""
        own = {name for parameter in self.get_params(ctx) for name in parameter.opts}
        if args and args[0] not in self.commands and args[0] not in own:
            if not ctx.resilient_parsing:
                self._refuse_misspelt(args[0])
            args = [DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)

    def _refuse_misspelt(self, word: str) -> None:
        """UsageError for what is no file, and nearly a command."""
        if word.startswith("-") or os.path.lexists(word):
            return
        import difflib

        if near := difflib.get_close_matches(word, self.commands, 1):
            raise UsageError(f"{word}: no such file, and no such command; did you mean {near[0]}?")

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Offer the commands, and what `check` takes: its options, or captures."""
        own = super().shell_complete(ctx, incomplete)
        if incomplete.startswith("-"):
            default = self.commands[DEFAULT_COMMAND]
            inner = click.Context(default, ctx, DEFAULT_COMMAND)
            # Both have --help.
            known = {item.value for item in own}
            return own + [i for i in default.shell_complete(inner, incomplete) if i.value not in known]
        # First: bash empties its list where files begin, and shows them only where nothing else fits.
        return [CompletionItem(incomplete, type="file"), *own]


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=PROGRAM, message="%(prog)s %(version)s")
def group() -> None:
    """Say which TCP connections of a capture opened and closed wrongly, why, and in which frames.

    `handshake-inspect CAPTURE...` is short for `handshake-inspect check CAPTURE...`. A capture that is called
    like a command is given as ./check.

    \b
    Exit status:
      0    nothing at or above --fail-on
      1    findings
      2    it could not be done: usage, an unreadable capture, an empty selection
      3    a bug in this program
      130  stopped by Ctrl-C
    """


for command in (check, connections, trace, isn, rules, schema, completion):
    group.add_command(command)


def main() -> NoReturn:
    """Run the command line of this process, and end it."""
    # One short run makes little garbage that is circular; looking for it costs a twentieth of the start-up.
    gc.disable()
    # NumPy starts a thread per core for linear algebra, which we have none of: a third of the start-up's CPU.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    instruction = os.environ.get(VARIABLE)
    if instruction:
        sys.exit(shell_complete(group, {}, PROGRAM, VARIABLE, instruction))
    _leave(run(sys.argv[1:]))


def _leave(status: int) -> NoReturn:
    """End this process as it stands: taking six hundred modules apart first is a tenth of a short run."""
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.flush()
    os._exit(status)


def run(args: Sequence[str]) -> int:
    """Run one command line, and return the exit status."""
    try:
        status = _invoke(args)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except OSError as error:
        # Help and the version are written straight to standard output. A failed write carries no file name.
        if error.filename is not None:
            return _bug(error)
        release(sys.stdout)
        if isinstance(error, BrokenPipeError):
            return Status.CLEAN
        say(f"standard output: {reason(error)}")
        return Status.IMPOSSIBLE
    except KeyboardInterrupt:
        say("interrupted")
        return Status.INTERRUPTED
    except InspectError as error:
        say(str(error))
        return Status.IMPOSSIBLE
    except MemoryError as error:
        say(f"there is not enough memory: {error}".rstrip(": "))
        return Status.IMPOSSIBLE
    except Exception as error:
        return _bug(error)


def _bug(error: Exception) -> int:
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    message = f"{type(error).__name__}: {error}".rstrip(": ")
    say(f"a bug in this program: {message}. Please report it; {DEBUG}=1 shows where it happened")
    return Status.BUG


def _invoke(args: Sequence[str]) -> int:
    try:
        with group.make_context(PROGRAM, list(args)) as context:
            return int(group.invoke(context))
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return Status.IMPOSSIBLE
    except click.ClickException as error:
        say(error.format_message())
        if isinstance(error, click.UsageError) and error.ctx:
            say(f"try '{error.ctx.command_path} --help'")
        return Status.IMPOSSIBLE
