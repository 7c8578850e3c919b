"""Simulated hosts as a series: what the tests of the statistics feed it."""

import numpy as np

from handshake_inspect.isn.series import Series
from tests.isn.stacks import Openings, Play

Random = np.random.Generator


def series_of(hosts: list[Openings]) -> Series:
    """One view for each of these hosts."""
    shared = Series.columns.keys() & Openings._fields
    columns = {name: np.concatenate([getattr(host, name) for host in hosts]) for name in shared}
    view = np.repeat(np.arange(len(hosts)), [len(host.isn) for host in hosts])
    return Series(view=view, **columns)


def played(play: Play, seed: int, hosts: int, n: int) -> Series:
    """Hosts with the same stack and different seeds, one view each."""
    return series_of([play(np.random.default_rng([seed, host]), n) for host in range(hosts)])


def random_hosts(random: Random, hosts: int, n: int) -> Series:
    """Hosts with true randomness, made together."""
    return Series(
        view=np.repeat(np.arange(hosts), n),
        time_ns=np.cumsum(random.exponential(1e9, (hosts, n)), axis=1).ravel(),
        isn=random.integers(0, 1 << 32, hosts * n, np.uint32),
        peer_isn=random.integers(0, 1 << 32, hosts * n, np.uint32),
        answers=random.random(hosts * n) < 0.9,
        peer=random.integers(-1, 1 << 32, hosts * n),
        port=np.repeat(random.integers(0, 1 << 16, hosts), n),
        peer_port=random.integers(0, 1 << 16, hosts * n),
    )
