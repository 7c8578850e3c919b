"""Each host is looked at by role, by both roles, and by the stacks behind its address."""

import numpy as np

from handshake_inspect.isn.preparation import prepare
from handshake_inspect.isn.samples import Kind, Samples
from handshake_inspect.isn.series import MOST
from handshake_inspect.isn.sight import Sight
from handshake_inspect.isn.views import Viewed, views

SECOND = 1_000_000_000


def looked_at(*sent: tuple[int, Kind, int, int], fewest: int = 1) -> tuple[Samples, Viewed]:
    """Samples of (host, kind, TTL), each so many times, a second apart and taken in turn; and their views."""
    turns = [(at, row) for row in sent for at in range(row[3])]
    turns.sort(key=lambda turn: turn[0])
    n = len(turns)
    columns = {name: np.zeros(n) for name in Samples.columns} | {
        "host": np.array([row[0] for _, row in turns]),
        "kind": np.array([row[1] for _, row in turns]),
        "ttl": np.array([row[2] for _, row in turns]),
        "time_ns": np.arange(n) * SECOND,
        "isn": np.arange(n),
        "tuple": np.arange(n),
    }
    samples = Samples(**columns)
    return samples, views(samples, prepare(samples), fewest)


def table(viewed: Viewed) -> list[tuple[int, Sight, int, int]]:
    """(host, sight, group, samples) of each view."""
    v = viewed.views
    return [
        (host, Sight(sight), group, samples)
        for host, sight, group, samples in zip(
            v.host.tolist(), v.sight.tolist(), v.group.tolist(), v.samples.tolist(), strict=True
        )
    ]


def test_no_views() -> None:
    """No samples have no views."""
    _, viewed = looked_at()
    assert len(viewed.views) == len(viewed.rows) == len(viewed.view) == 0


def test_views_of_hosts() -> None:
    """A host has a view for each role it plays, and one for both where it plays both."""
    _, viewed = looked_at((0, Kind.SYN, 64, 4), (1, Kind.SYN_ACK, 64, 5), (1, Kind.SYN, 64, 2))
    assert table(viewed) == [
        (0, Sight.SYN, -1, 4),
        (1, Sight.SYN, -1, 2),
        (1, Sight.SYN_ACK, -1, 5),
        (1, Sight.BOTH, -1, 7),
    ]


def test_views_of_stacks() -> None:
    """The stacks behind an address have views besides that of the whole."""
    samples, viewed = looked_at((0, Kind.SYN, 60, 4), (0, Kind.SYN, 120, 3), (0, Kind.SYN, 250, 1))
    assert table(viewed) == [(0, Sight.SYN, -1, 8), (0, Sight.SYN, 0, 4), (0, Sight.SYN, 1, 3)]
    assert samples.ttl[viewed.rows[viewed.view == 1]].tolist() == [60] * 4


def test_rows_in_time() -> None:
    """The rows of every view are in the order of time, and the views in their own order."""
    samples, viewed = looked_at((1, Kind.SYN, 64, 9), (0, Kind.SYN_ACK, 64, 7), (0, Kind.SYN, 120, 9))
    assert (np.diff(viewed.view) >= 0).all()
    assert (np.diff(samples.time_ns[viewed.rows])[np.diff(viewed.view) == 0] > 0).all()
    assert np.bincount(viewed.view).tolist() == viewed.views.samples.tolist()


def test_views_too_small() -> None:
    """A view in which nothing could be found is left out."""
    _, viewed = looked_at((0, Kind.SYN, 64, 2), (0, Kind.SYN_ACK, 64, 2), (1, Kind.SYN, 64, 2), fewest=3)
    assert table(viewed) == [(0, Sight.BOTH, -1, 4)]
    assert viewed.view.tolist() == [0] * 4


def test_views_have_an_end() -> None:
    """No view is larger than 1024, and each has the first that belong in it."""
    samples, viewed = looked_at((0, Kind.SYN, 60, 1500), (0, Kind.SYN_ACK, 60, 800), (0, Kind.SYN, 120, 700))
    assert [(sight, group, n) for _, sight, group, n in table(viewed)] == [
        (Sight.SYN, -1, MOST),
        (Sight.SYN_ACK, -1, 800),
        (Sight.BOTH, -1, MOST),
        (Sight.SYN, 0, MOST),
        (Sight.SYN, 1, 700),
    ]
    both = viewed.rows[viewed.view == 2]
    assert samples.time_ns[both].tolist() == [at * SECOND for at in range(MOST)]
