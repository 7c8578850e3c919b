"""GCD, ISR and SP are those of nmap's formulas, for ISNs 100 ms apart."""

from itertools import pairwise
from math import log2, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handshake_inspect.isn.bank import examine
from handshake_inspect.isn.series import Series
from handshake_inspect.seq import MODULUS


def nmaps(isns: list[int]) -> tuple[int, int, int]:
    """The formulas as nmap's documentation gives them, over one view."""
    steps = [min((b - a) % MODULUS, (a - b) % MODULUS) for a, b in pairwise(isns)]
    gcd = int(np.gcd.reduce(steps))
    if gcd == 0:
        return 0, 0, 0
    rates = [step / 0.1 for step in steps]
    mean = sum(rates) / len(rates)
    unit = gcd if gcd > 9 else 1
    spread = sqrt(sum((rate / unit - mean / unit) ** 2 for rate in rates) / (len(rates) - 1))
    return gcd, int(8 * log2(mean) + 0.5), 0 if spread <= 1 else int(8 * log2(spread) + 0.5)


def examined(isns: list[int], time_ns: list[int]) -> tuple[int, int, int]:
    """What is told of these ISNs."""
    columns = {name: np.zeros(len(isns)) for name in Series.columns} | {"isn": isns, "time_ns": time_ns}
    row = examine(Series(**columns), 1, deep=False).row(0)
    return row["gcd"], row["isr"], row["sp"]


@settings(deadline=None)
@given(st.lists(st.integers(0, MODULUS - 1), min_size=4, max_size=30))
def test_formulas(isns: list[int]) -> None:
    """Without a clock, times do not matter, and the numbers are nmap's."""
    assert examined(isns, [0] * len(isns)) == nmaps(isns)


@pytest.mark.parametrize("hertz", [1000, 250_000])
def test_a_clock_is_read_at_nmaps_pace(hertz: int) -> None:
    """A clock gives nmap the same step each time, however far apart its readings are in the capture."""
    time_s = [0, 1, 3, 7, 8, 20, 25, 26]
    told = examined([9 + hertz * t for t in time_s], [t * 10**9 for t in time_s])
    assert told == nmaps([hertz // 10 * k for k in range(len(time_s))])


def test_too_few() -> None:
    """nmap says nothing of three ISNs."""
    assert examined([1, 2, 3], [0, 1, 2]) == (-1, -1, -1)
