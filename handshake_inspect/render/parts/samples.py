"""The initial sequence numbers that were looked at, as CSV (RFC 4180): one row each, kept or not.

It knows the columns of that table. Nothing in it is text from a capture, so nothing needs to be made safe.
"""

import csv
from typing import TextIO

import numpy as np

from handshake_inspect.flow.view import View
from handshake_inspect.isn.numbers import Numbers
from handshake_inspect.isn.preparation import Dropped
from handshake_inspect.isn.samples import Kind

COLUMNS = (
    *("frame", "time_ns", "connection", "segment", "host", "port", "peer", "peer_port"),
    *("isn", "answered_isn", "counts"),
)


def print_samples(numbers: Numbers, out: TextIO) -> None:
    """Print all samples, in the order of frames."""
    written = csv.writer(out, lineterminator="\n")
    written.writerow(COLUMNS)
    samples, dropped = numbers.samples, numbers.prepared.dropped
    frames = numbers.frames()
    for at in np.argsort(frames, kind="stable").tolist():
        row, view = samples.row(at), View(numbers.all, int(samples.life[at]))
        answers = row["kind"] == Kind.SYN_ACK
        server = view.sent_by_server(int(numbers.event[at]) - view.first)
        written.writerow(
            (
                int(frames[at]),
                row["time_ns"],
                view.number,
                "syn-ack" if answers else "syn",
                view.host(server=server),
                row["port"],
                view.host(server=not server),
                row["peer_port"],
                row["isn"],
                row["peer_isn"] if answers else "",
                Dropped(int(dropped[at])).name.lower(),
            )
        )
