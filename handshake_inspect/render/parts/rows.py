"""Connections one by one: a row each, or two where the page is narrow.

It knows the columns of that table. The one idea: rows are printed as they come, so that a table of a million
begins at once and is never held. The first rows set the widths; a later, longer cell pushes its own row only.
"""

from collections.abc import Sequence
from itertools import chain, islice
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len

from handshake_inspect.render import Layout
from handshake_inspect.render.parts import words
from handshake_inspect.render.parts.screen import DIM, Screen
from handshake_inspect.report.model import Connection
from handshake_inspect.units import duration, endpoint, number

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report

SAMPLE = 200
"How many rows set the widths."
MOST_CODES = 2
"Of a connection, in a row of many columns."

WIDE = (
    "number",
    "client",
    "server",
    "opening",
    "closing",
    "client's word",
    "server's word",
    "round trip",
    "codes",
)
NARROW = ("number", "client", "server", "round trip")
GAP = "  "
NOTHING = "(nothing)"
RIGHT = frozenset({"number", "round trip"})


def print_rows(report: "Report", out: TextIO, layout: Layout) -> None:
    """Print every connection, by number."""
    screen = Screen(out, layout.color)
    if not report.connection_count:
        screen.line(words.headline(0, {}))
        return
    heading = WIDE if screen.wide else NARROW
    rows = ((_row(c, screen.wide), () if screen.wide else _below(c)) for c in report.connections())
    first = list(islice(rows, SAMPLE))
    widths = [max(map(cell_len, column)) for column in zip(heading, *(row for row, _ in first), strict=True)]
    screen.unbroken(screen.text(_laid_out(heading, heading, widths), DIM))
    for row, below in chain(first, rows):
        screen.row(_laid_out(heading, row, widths))
        for line in below:
            screen.row(" " * (widths[0] + len(GAP)) + line)


def _laid_out(heading: Sequence[str], row: Sequence[str], widths: Sequence[int]) -> str:
    padded = []
    for name, cell, width in zip(heading, row, widths, strict=True):
        blanks = " " * (width - cell_len(cell))
        padded.append(blanks + cell if name in RIGHT else cell + blanks)
    return GAP.join(padded).rstrip()


def _row(connection: Connection, wide: bool) -> tuple[str, ...]:
    client, server = connection.client, connection.server
    described = (*_outcomes(connection), client.word, server.word) if wide else ()
    return (
        number(connection.number),
        endpoint(client.address, client.port),
        " ".join(filter(None, (endpoint(server.address, server.port), words.vlan(connection.vlan)))),
        *described,
        _round_trip(connection),
        *([_codes(connection)] if wide else []),
    )


def _codes(connection: Connection) -> str:
    """The first codes, and how many more there are: a row has one line."""
    more = len(connection.codes) - MOST_CODES
    return " ".join([*connection.codes[:MOST_CODES], *([f"+{more}"] if more > 0 else [])])


def _below(connection: Connection) -> tuple[str, ...]:
    """What a narrow row has no room for."""
    outcome = ", ".join(filter(None, _outcomes(connection)))
    told = f"{outcome}: {connection.client.word or NOTHING} / {connection.server.word or NOTHING}"
    return (told, " ".join(connection.codes)) if connection.codes else (told,)


def _outcomes(connection: Connection) -> tuple[str, str]:
    return (
        words.opening(connection.opening.outcome, connection.opening.manner),
        words.closing(connection.closing.outcome, connection.closing.by),
    )


def _round_trip(connection: Connection) -> str:
    """From SYN to third ACK: the whole way there and back, wherever on it the capture was taken."""
    to_server, to_client = connection.opening.syn_rtt_ns, connection.opening.ack_rtt_ns
    return "" if to_server is None or to_client is None else duration(to_server + to_client)
