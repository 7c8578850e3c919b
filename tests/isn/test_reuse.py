"""Numbers of 4-tuples used again: what moved, what is unsafe, and which clock is behind them."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect.columns import Array
from handshake_inspect.isn.preparation import prepare
from handshake_inspect.isn.rate import rate_hz
from handshake_inspect.isn.reuse import Habits, Reuses, habits, reuses
from handshake_inspect.isn.samples import Kind, Samples
from tests.isn.oracle import cases, samples_of

SECOND = 1_000_000_000
LINUX_HZ = 15_625_000
CASES = {case["name"]: case for case in cases() if "single 4-tuple" in case["name"]}


def lives(*opened: tuple[float, int], lasting: float = 0.0, **columns: Any) -> tuple[Samples, Reuses]:
    """Connections on one 4-tuple, each (second, ISN) and so many seconds long; and their reuses."""
    n = len(opened)
    usual: dict[str, Any] = {name: np.zeros(n) for name in Samples.columns}
    usual |= {
        "time_ns": [int(at * SECOND) for at, _ in opened],
        "isn": [isn % (1 << 32) for _, isn in opened],
        "life": np.arange(n),
    }
    samples = Samples(**usual | columns)
    ended_ns = samples.time_ns + int(lasting * SECOND)
    return samples, reuses(samples, prepare(samples).dropped, ended_ns)


def test_no_reuse() -> None:
    """Nothing, and one connection, are no reuse and no habit."""
    for opened in ((), ((0.0, 5),)):
        samples, found = lives(*opened)
        assert len(found) == len(habits(samples, found)) == 0


def test_steps() -> None:
    """A step is measured modulo 2^32, from each connection to the next."""
    _, found = lives((0, -100), (10, 400), (30, 300))
    assert found.step.tolist() == [500, -100]
    assert found.gap_ns.tolist() == [10 * SECOND, 20 * SECOND]
    assert (found.earlier.tolist(), found.later.tolist()) == ([0, 1], [1, 2])


def test_time_wait() -> None:
    """Linux adds 65 537 to the last number it sent, while TIME-WAIT lasts."""
    first, second, third = 1000, 1000 + 65_537, 2000 + 2 * 65_537
    _, found = lives((0, first), (1, second), (2, third), (3, 1 << 30), (99, 65_539 + (1 << 30)))
    assert found.time_wait.tolist() == [True, True, False, False]


def test_retransmission_is_no_reuse() -> None:
    """The same number again in the same connection is a retransmission; in another one it is repeated."""
    _, found = lives((0, 1000), (1, 1000), life=np.zeros(2))
    assert len(found) == 0
    samples, found = lives((0, 1000), (1, 1000))
    assert habits(samples, found).row(0) == {
        "host": 0,
        "kind": Kind.SYN,
        "reuses": 1,
        "repeated": 1,
        "backward": 0,
        "time_wait": 0,
        "clock_hz": pytest.approx(np.nan, nan_ok=True),
    }


def test_roles_and_tuples_apart() -> None:
    """The numbers of other 4-tuples, and those of the other role, are not steps."""
    _, found = lives((0, 1), (1, 2), (2, 3), (3, 4), tuple=[0, 1, 0, 1], kind=[0, 0, 1, 1])
    assert len(found) == 0


def keyed_clock(hertz: float, seed: int, tuples: int, times: int) -> tuple[Samples, Habits]:
    """An RFC 6528 host whose 4-tuples are each used several times, captured up to 5 ms late."""
    random = np.random.default_rng(seed)
    tuple_of = np.repeat(np.arange(tuples), times)
    seconds = random.uniform(0, 3600, tuples * times)
    hashed = random.integers(0, 1 << 32, tuples)
    isn = (hashed[tuple_of] + (seconds * hertz).astype(np.int64)) % (1 << 32)
    late = random.uniform(0, 0.005, tuples * times)
    opened = zip((seconds + late).tolist(), isn.tolist(), strict=True)
    samples, found = lives(*opened, tuple=tuple_of, peer=tuple_of)
    return samples, habits(samples, found)


@pytest.mark.parametrize(("tuples", "times"), [(1, 60), (60, 2), (15, 5)])
@pytest.mark.parametrize("hertz", [LINUX_HZ, 250_000, 1_000_000])
def test_clock(hertz: int, tuples: int, times: int) -> None:
    """The clock of an RFC 6528 host shows in any reuses of its 4-tuples, though no number can be guessed."""
    for seed in range(5):
        _, found = keyed_clock(hertz, seed, tuples, times)
        assert found.clock_hz.tolist() == [pytest.approx(hertz, rel=1e-3)]


def test_no_clock() -> None:
    """Random numbers have no clock, and neither has a counter of connections."""
    for seed in range(200):
        random = np.random.default_rng(seed)
        gaps = random.integers(SECOND // 10, 60 * SECOND, 5 + seed % 40)
        steps = random.integers(-(1 << 31), 1 << 31, len(gaps))
        assert np.isnan(rate_hz(gaps, steps))
        assert np.isnan(rate_hz(gaps, np.full(len(gaps), 64_000)))


@given(st.lists(st.tuples(st.integers(0, 1 << 62), st.integers(-(1 << 31), (1 << 31) - 1)), max_size=12))
def test_any_steps(pairs: list[tuple[int, int]]) -> None:
    """Whatever the times and steps, the answer is nan or a rate that a clock can have."""
    columns: Array = np.array(pairs, np.int64).reshape(-1, 2)
    hertz = rate_hz(columns[:, 0], columns[:, 1])
    assert np.isnan(hertz) or 0 < hertz <= 1 << 30


@pytest.mark.skipif(not CASES, reason="the cases are not here")
@pytest.mark.parametrize("name", sorted(CASES))
def test_captured_time_wait(name: str) -> None:
    """A real Linux that reuses one 4-tuple out of TIME-WAIT moves on every time, by its TIME-WAIT step."""
    samples = samples_of(CASES[name])
    _, life = np.unique(samples.isn, return_inverse=True)
    samples.life = life
    found = habits(samples, reuses(samples, prepare(samples).dropped, samples.time_ns))
    assert found.reuses.sum() >= 39
    assert found.backward.tolist() == found.repeated.tolist() == [0]
    assert found.time_wait.sum() > 0.9 * found.reuses.sum()
