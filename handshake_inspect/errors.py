"""What our user can do wrong, as a small tree of exceptions.

The wire's mistakes are findings and never raised; these are about what was asked of us. Each carries one
sentence, subject first, that the command line prints as it stands before it exits with 2.

    InspectError
    ├── CaptureError   a file that cannot be read, or is no capture
    ├── ScriptError    a packet script that does not parse
    └── UsageError     an impossible request: an unknown rule, an empty selection
"""


def reason(error: OSError) -> str:
    """What the system says of a failure, as our sentences end: 'no such file or directory'."""
    return (error.strerror or str(error)).lower()


class InspectError(Exception):
    """The base of everything this package raises on purpose."""


class CaptureError(InspectError):
    """A capture could not be opened, or holds nothing that is a capture."""


class ScriptError(InspectError):
    """A packet script does not say what it should, with its line."""


class UsageError(InspectError):
    """What was asked for cannot be done."""
