"""Where the command begins: `handshake-inspect`, and `python -m handshake_inspect`.

It knows how long imports take: Ctrl-C may come before the command line is there to hear it.
"""

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process, and end it."""
    try:
        from handshake_inspect.cli.main import main
    except KeyboardInterrupt:
        print("handshake-inspect: interrupted", file=sys.stderr)
        sys.exit(130)
    main()


if __name__ == "__main__":
    main()
