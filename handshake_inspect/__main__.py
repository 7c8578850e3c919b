"""`python -m handshake_inspect` is `handshake-inspect`."""

from handshake_inspect.cli.main import main

main()
