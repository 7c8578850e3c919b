"""What is said beside the report, on standard error: errors and notes, one line each."""

import sys
from contextlib import suppress

from handshake_inspect.render.parts.text import clean

PROGRAM = "handshake-inspect"


def say(message: str) -> None:
    """Say one thing. What of it comes from outside is made safe."""
    if sys.stderr is None:
        return
    # Where nobody listens, there is nowhere left to say so.
    with suppress(OSError):
        print(f"{PROGRAM}: {clean(message)}", file=sys.stderr, flush=True)


def note(message: str, quiet: bool) -> None:
    """Say what the user may want to know, unless told to be quiet."""
    if not quiet:
        say(f"note: {message}")
