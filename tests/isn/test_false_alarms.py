"""The evidence against good generators is an e-value: it is as rarely large as Ville's inequality says."""

import numpy as np
import pytest

from handshake_inspect.isn.bank import evidence_path, examine
from handshake_inspect.isn.verdict import ALARM_BITS
from tests.isn.simulated import random_hosts

HOSTS = 25_000


@pytest.mark.parametrize("n", [3, 5, 8, 11])
def test_false_alarms(n: int) -> None:
    """Of many random hosts, no more than 1 in 2**k come to k bits, and none raises an alarm.

    RFC 6528 and keyed cookies look like this from outside, whatever their clocks do: what is added to a
    uniform number, known or not, leaves it uniform.
    """
    evidence = examine(random_hosts(np.random.default_rng(n), HOSTS, n), HOSTS, deep=False).evidence_bits
    for bits in range(1, 16):
        expected = HOSTS / 2**bits
        assert (evidence >= bits).sum() <= expected + 4 * expected**0.5
    assert evidence.max() < ALARM_BITS
    # Expected is one. It may well be less, where the few large values that make it up have not come.
    assert np.exp2(evidence).mean() < 1.5


def test_evidence_at_any_time() -> None:
    """The bound holds for the highest evidence that a host ever had, and with all generators asked."""
    hosts, n = 200, 20
    series = random_hosts(np.random.default_rng(7), hosts, n)
    paths = [evidence_path(series.take(slice(host * n, host * n + n)), deep=True) for host in range(hosts)]
    highest = np.max(paths, axis=1)
    for bits in range(1, 8):
        expected = hosts / 2**bits
        assert (highest >= bits).sum() <= expected + 4 * expected**0.5


def test_path_ends_in_the_evidence() -> None:
    """The evidence of a view is where its path ends."""
    for n in (3, 10, 50):
        series = random_hosts(np.random.default_rng(n), 1, n)
        # A view shorter than the known generators ask for has none of their winnings.
        deep = n >= 4
        examined = examine(series, 1, deep=deep)
        assert examined.deep[0] == deep
        assert evidence_path(series, deep=deep)[-1] == pytest.approx(examined.evidence_bits[0], abs=1e-9)
