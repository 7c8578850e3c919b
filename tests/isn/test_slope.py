"""The rate of a clock is found from readings that have wrapped any number of times."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handshake_inspect.isn.slope import FASTEST_HZ, slopes, wrapped

RATES = st.floats(10, 5e7)


@settings(deadline=None)
@given(RATES, st.integers(0, 1 << 20), st.booleans())
def test_rates_are_found(rate: float, seed: int, backwards: bool) -> None:
    """The rate of readings some milliseconds and some minutes apart is right to a few counts in all."""
    random = np.random.default_rng(seed)
    time_s = np.cumsum(np.exp(random.uniform(np.log(0.005), np.log(2), 40)))[None]
    rate = -rate if backwards else rate
    readings = np.floor(random.integers(1 << 32) + rate * time_s).astype(np.int64).astype(np.uint32)
    span = time_s[0, -1] - time_s[0, 0]
    assert slopes(time_s, readings)[0] * span == pytest.approx(rate * span, abs=4)


def test_no_rate() -> None:
    """There is none where nothing is between the readings, or too much, or there are too few."""
    readings = np.array([[1, 5, 9, 20]], np.uint32)
    for time_s in ([0, 0, 0, 0], [0, 1e6, 2e6, 3e6]):
        assert np.isnan(slopes(np.array([time_s], float), readings)).all()
    assert np.isnan(slopes(np.array([[0.0, 1.0]]), readings[:, :2])).all()


def test_too_fast() -> None:
    """What seems to turn faster than any clock in use has no rate."""
    time_s = np.arange(8)[None] * 2e-4
    readings = (np.arange(8)[None] * 1_500_000_000).astype(np.uint32)
    assert np.isnan(slopes(time_s, readings)).all()
    assert FASTEST_HZ < 1_500_000_000 / 2e-4


@settings(deadline=None)
@given(st.floats(-1e15, 1e15))
def test_wrapped(value: float) -> None:
    """A wrapped number is in the middle turn, and a whole number of turns away."""
    turned = float(wrapped(np.array(value)))
    assert abs(turned) <= 1 << 31
    assert (value - turned) / (1 << 32) == pytest.approx(round((value - turned) / (1 << 32)), abs=1e-3)
