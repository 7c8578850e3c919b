"""Flows are found by their hashes, however many there are and whatever those are."""

import numpy as np
import pytest

from handshake_inspect.flow.index import Index


@pytest.mark.parametrize("spread", ["random", "rising", "high"])
def test_flows_are_found(spread: str) -> None:
    """Each hash is found as soon as it was added, and after the table has grown; others are not."""
    count = 20_000
    hashes = {
        "random": np.random.default_rng(1).permutation(np.arange(2 * count, dtype=np.uint64) ** 3),
        "rising": np.arange(2 * count, dtype=np.uint64),
        "high": np.arange(2 * count, dtype=np.uint64) << np.uint64(48),
    }[spread]
    known, unknown = hashes[:count], hashes[count:]
    index, numbers = Index(), np.arange(0, 3 * count, 3)
    for start in range(0, count, 7777):
        some = slice(start, start + 7777)
        flows, slots = index.find(known[some])
        assert (flows == -1).all()
        index.add(known[some], slots, numbers[some])
        assert (index.find(known[: start + 7777])[0] == numbers[: start + 7777]).all()
    assert (index.find(unknown)[0] == -1).all()


def test_nothing_is_added() -> None:
    """No flows change nothing."""
    index = Index()
    none = np.empty(0, np.int64)
    index.add(none.astype(np.uint64), none, none)
    assert index.find(np.zeros(1, np.uint64))[0].tolist() == [-1]
