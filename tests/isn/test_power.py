"""Weak generators are found after as few ISNs as they can be, and good ones are left alone."""

import pytest

from handshake_inspect.isn.bank import examine
from handshake_inspect.isn.verdict import ALARM_BITS
from tests.isn.simulated import played
from tests.isn.stacks import BAD, GOOD, MIXED, Stack

HOSTS = 100
LONG = 300
"Of hosts with so many ISNs, a tenth is simulated."


@pytest.mark.parametrize("stack", BAD, ids=lambda stack: stack.name)
def test_power(stack: Stack) -> None:
    """Hosts with a weak generator raise an alarm at the number of ISNs that it takes, or the next one.

    That is where 99 % of them do; of a hundred, two may be late.
    """
    assert stack.alarms_by is not None
    hosts = HOSTS if stack.alarms_by < LONG else HOSTS // 10
    n = stack.alarms_by + 1
    examined = examine(played(stack.play, 1, hosts, n), hosts, deep=True)
    assert (examined.evidence_bits >= ALARM_BITS).mean() >= 0.98
    assert (examined.model >= 0).sum() == (examined.evidence_bits >= ALARM_BITS).sum()


@pytest.mark.parametrize("stack", MIXED, ids=lambda stack: stack.name)
def test_power_behind_one_address(stack: Stack) -> None:
    """One bad host among good ones is found in half of the mixtures, and later in nearly all."""
    assert stack.alarms_by is not None
    for n, share in ((stack.alarms_by, 0.5), (5 * stack.alarms_by // 2, 0.95)):
        examined = examine(played(stack.play, 1, HOSTS // 2, n), HOSTS // 2, deep=False)
        assert (examined.evidence_bits >= ALARM_BITS).mean() >= share


@pytest.mark.parametrize("stack", GOOD, ids=lambda stack: stack.name)
@pytest.mark.parametrize("n", [3, 12, 100])
def test_good_stacks(stack: Stack, n: int) -> None:
    """Nothing is said against a good generator, with all experts asked."""
    examined = examine(played(stack.play, 2, HOSTS, n), HOSTS, deep=True)
    assert examined.evidence_bits.max() < 12
    assert set(examined.model.tolist()) == {-1}
