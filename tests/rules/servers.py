"""Servers with chosen initial numbers, as packet scripts and as captures."""

from collections.abc import Iterable, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from handshake_inspect import Report, Settings, inspect, script
from tests.isn.captures import capture
from tests.isn.stacks import START_NS, Openings

SERVER = "198.51.100.1"


def calls(
    isns: Iterable[int], server: str = SERVER, first: int = 1, opens: bool = True
) -> tuple[list[str], ...]:
    """Declarations and packets of connections with one server, which answers with these numbers.

    The connections are numbered on from `first`; half a second lies between two of them.
    """
    ends, packets = [], []
    for number, isn in enumerate(isns, first):
        ends.append(f"[{number}] server {server}:80 isn {isn}")
        packets += [f"+0.50 [{number}] > S 0:0(0)", f"+0.01 [{number}] < S. 0:0(0) ack 1"]
        packets += [f"+0.01 [{number}] > . 1:1(0) ack 1"] * opens
    return ends, packets


def probes(isns: Iterable[int], first: int = 1) -> tuple[list[str], ...]:
    """Declarations and packets of SYNs with these numbers, to one address after the other, never answered."""
    ends, packets = [], []
    for number, isn in enumerate(isns, first):
        ends.append(f"[{number}] client 192.0.2.1:40000 isn {isn}")
        ends.append(f"[{number}] server 198.51.100.{number}:80")
        packets.append(f"+0.50 [{number}] > S 0:0(0)")
    return ends, packets


def inspected(parts: Sequence[Iterable[str]], tmp_path: Path, **chosen: Any) -> Report:
    """The report on declarations and packets, with the rules about initial numbers only."""
    notation = "\n".join(line for part in parts for line in part)
    path = tmp_path / "isn.pcap"
    path.write_bytes(script.to_pcap(script.parse(notation)))
    return inspect(path, settings=Settings(**{"select": ("ISN",)} | chosen))


def together(*hosts: tuple[list[str], ...]) -> tuple[list[str], ...]:
    """Several hosts, one after the other."""
    return tuple([*chain.from_iterable(part)] for part in zip(*hosts, strict=True))


def many(hosts: int, each: int, step: int | None = 64_000) -> bytes:
    """A capture of so many servers in 10.0.0.0/8, each called so often, by somebody else each time.

    Without a step their numbers are drawn.
    """
    random = np.random.default_rng(hosts)
    n = hosts * each
    server, turn = np.tile(np.arange(hosts), each), np.repeat(np.arange(each), hosts)
    isn = random.integers(0, 1 << 32, n)
    if step is not None:
        isn = isn[server] + step * turn
    return capture(
        Openings(
            time_ns=START_NS + np.cumsum(random.integers(1_000_000, 2_000_000, n)),
            isn=(isn % (1 << 32)).astype(np.uint32),
            peer_isn=random.integers(0, 1 << 32, n, np.uint32),
            answers=np.ones(n, bool),
            address=0x0A000000 + server,
            peer=0xC6330000 + np.arange(n),
            port=np.full(n, 80, np.uint16),
            peer_port=random.integers(1024, 1 << 16, n).astype(np.uint16),
        )
    )
