"""What is told of a weak host is true: its model, its parameter, what a guess costs, and the next ISN."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handshake_inspect.isn.bank import DEEP_BUDGET, DEEP_VIEW, examine
from handshake_inspect.isn.model import Model
from handshake_inspect.isn.models import MODELS
from handshake_inspect.isn.series import MOST, Series
from handshake_inspect.isn.verdict import ALARM_BITS
from handshake_inspect.isn.words import words
from tests.isn.simulated import played, random_hosts
from tests.isn.stacks import BAD

HOSTS = 30
PLAYS = {stack.name: stack.play for stack in BAD}

TRUTHS = [
    ("constant", 12, Model.CONSTANT, 1, 1),
    ("fixed step 64000", 12, Model.CONSTANT_INCREMENT, 1, 1.5),
    ("echo of the peer's ISN", 12, Model.PEER_ISN, 1, 1),
    ("Mirai", 12, Model.PEER_ADDRESS, 1, 1),
    ("RFC 793 clock", 12, Model.CLOCK, 1, 100),
    ("uIP", 12, Model.CLOCK, 1, 4),
    ("FNET", 30, Model.RANDOM_INCREMENT, 64, 256),
    ("slirp", 30, Model.LATTICE_INCREMENT, 1, 8),
    ("lwIP", 30, Model.LINEAR, 1, 16),
    ("Windows 2000", 30, Model.RANDOM_INCREMENT, 1 << 14, 1 << 16),
    ("Solaris", 30, Model.CLOCK, 1 << 15, 1 << 18),
    ("16-bit values", 30, Model.HIGH_BITS, 1 << 15, 1 << 16),
    ("24-bit values", 30, Model.HIGH_BITS, 1 << 23, 1 << 24),
    ("increments below 2^24", 30, Model.RANDOM_INCREMENT, 1 << 22, 1 << 24),
    ("low byte zero", 30, Model.LOW_BITS, 1 << 23, 1 << 24),
    ("one stuck bit", 120, Model.STUCK_BITS, 1 << 30, 1 << 31),
    ("unknown LCG", 12, "LCG mod 2^32, constants unknown", 1, 2),
    ("known LCG", 5, "LCG mod 2^32 (1664525, 1013904223)", 1, 9),
    ("glibc random()", 60, "glibc random()", 1, 2),
]
"Stack, ISNs, its model, and the guesses between which the cost lies."


@pytest.mark.parametrize(("stack", "n", "model", "least", "most"), TRUTHS, ids=[row[0] for row in TRUTHS])
def test_model_and_cost(stack: str, n: int, model: str, least: float, most: float) -> None:
    """The model is that of the stack, and the cost is what its randomness leaves, for most hosts.

    A bit that is stuck may be the lowest one, and a counter may have gone at a steady pace.
    """
    examined = examine(played(PLAYS[stack], 5, HOSTS, n), HOSTS, deep=True)
    right = examined.model == MODELS.index(model)
    assert right.mean() >= 0.8
    cost = examined.cost[right]
    assert ((cost >= least) & (cost <= most)).mean() >= 0.9
    assert (examined.guesses_p50 <= examined.guesses_p90)[right].all()
    assert ((examined.share > 0) & (examined.share <= 1))[right].all()


@pytest.mark.parametrize(
    ("stack", "n", "parameter"),
    [
        ("fixed step 64000", 5, 64_000),
        ("uC/TCP-IP 65527", 5, 65_527),
        ("RFC 793 clock", 12, 250_000),
        ("slirp", 30, 64_000),
        ("16-bit values", 60, 16),
        ("FNET", 60, 8),
    ],
)
def test_parameter(stack: str, n: int, parameter: float) -> None:
    """The step, the rate or the bits of a stack are found out."""
    examined = examine(played(PLAYS[stack], 6, HOSTS, n), HOSTS, deep=False)
    assert np.median(examined.parameter) == pytest.approx(parameter, rel=0.01)


@pytest.mark.parametrize("stack", ["constant", "fixed step 64000", "FNET", "lwIP", "increments below 2^20"])
def test_next_isn(stack: str) -> None:
    """The next ISN mostly is in the range that is foretold, and the range is small."""
    n = 31
    longer = played(PLAYS[stack], 8, HOSTS, n)
    place = np.tile(np.arange(n), HOSTS)
    examined = examine(longer.take(place < n - 1), HOSTS, deep=False)
    told = examined.next_low >= 0
    assert told.mean() >= 0.9
    width = (examined.next_high - examined.next_low) % (1 << 32)
    beyond = (longer.isn[place == n - 1] - examined.next_low) % (1 << 32)
    assert (beyond <= width)[told].mean() >= 0.7
    assert (width[told] < 1 << 20).all()


def test_downward_steps() -> None:
    """A generator that counts down has a negative step."""
    examined = examine(series(isn=np.arange(12)[::-1] * 5000), 1, deep=False)
    assert MODELS[examined.model[0]] == Model.CONSTANT_INCREMENT
    assert examined.parameter[0] == -5000


def series(**columns: Any) -> Series:
    """One view with these columns, a second between two ISNs, and nothing else known."""
    length = len(columns["isn"])
    told = {"time_ns": np.arange(length) * 10**9, **columns}
    return Series(**{name: told.get(name, np.zeros(length)) for name in Series.columns})


def test_one_number_is_a_constant() -> None:
    """Where all numbers of a capture are 0, the host is constant, not a friend of its peers."""
    examined = examine(series(isn=np.zeros(9), answers=np.ones(9, bool)), 1, deep=True)
    assert MODELS[examined.model[0]] == Model.CONSTANT


def test_one_of_several_counters_is_named() -> None:
    """Three hosts behind one address that read the same kind of clock are told by the clock."""
    random = np.random.default_rng(4)
    starts, whose = random.integers(0, 1 << 32, 3), random.integers(0, 3, 60)
    time_ns = np.cumsum(random.exponential(1e9, 60)).astype(np.int64)
    isn = (starts[whose] + time_ns // 4000) % (1 << 32)
    examined = examine(series(isn=isn, time_ns=time_ns), 1, deep=False)
    assert MODELS[examined.model[0]] == Model.CLOCK
    assert examined.parameter[0] == 250_000
    assert 0.1 < examined.share[0] < 0.6


def test_only_alarms_have_models() -> None:
    """Without an alarm there is no model, and nothing that would follow from one."""
    examined = examine(random_hosts(np.random.default_rng(1), 50, 20), 50, deep=True)
    assert examined.evidence_bits.max() < ALARM_BITS
    assert set(examined.model.tolist()) == {-1}
    assert np.isnan([examined.cost, examined.share, examined.parameter, examined.effective_bits]).all()
    assert set(examined.next_low.tolist()) == {-1}


def test_short_views_have_no_evidence() -> None:
    """Two ISNs, one or none are no evidence of anything, and nothing fails on them."""
    assert len(examine(Series.blank(0), 0, deep=True)) == 0
    told = examine(series(isn=[7, 7, 8], view=[0, 0, 2]), 4, deep=True)
    assert told.samples.tolist() == [2, 0, 1, 0]
    assert told.evidence_bits.tolist() == [0, 0, 0, 0]


def test_long_views_are_cut() -> None:
    """No more than the first ISNs of a view are looked at."""
    whole = random_hosts(np.random.default_rng(3), 1, MOST + 100)
    told, cut = examine(whole, 1, deep=False), examine(whole.take(slice(0, MOST)), 1, deep=False)
    assert told.samples[0] == MOST
    assert told.evidence_bits[0] == cut.evidence_bits[0]


def test_known_generators_are_asked_within_a_budget() -> None:
    """Where there are very many views, the known generators are asked about the longest ones."""
    random = np.random.default_rng(2)
    short = DEEP_BUDGET // (4 + DEEP_VIEW) + 50
    first, second = random_hosts(random, short, 4), random_hosts(random, 5, 30)
    columns = {name: np.concatenate([getattr(t, name) for t in (first, second)]) for name in Series.columns}
    columns["view"][len(first) :] += short
    told = examine(Series(**columns), short + 5, deep=True)
    assert told.deep[-5:].all()
    assert 0 < (~told.deep).sum() < 100
    assert not examine(first, short, deep=False).deep.any()


ODD_TIMES = st.sampled_from([-(1 << 63), -1, 0, 1, 10**9, 10**18, (1 << 63) - 1])
ODD_ISNS = st.sampled_from([0, 1, 64_000, (1 << 31) - 1, 1 << 31, (1 << 31) + 1, (1 << 32) - 1])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(ODD_TIMES, ODD_ISNS, st.sampled_from([-1, 0, (1 << 32) - 1])), min_size=3))
def test_any_input_is_examined(rows: list[tuple[int, int, int]]) -> None:
    """Whatever a capture holds, the numbers that come out are numbers, and warnings do not arise."""
    times, isns, peers = zip(*sorted(rows), strict=True)
    told = examine(series(isn=isns, time_ns=times, peer=peers), 1, deep=True)
    assert np.isfinite(told.evidence_bits[0])
    assert (told.model[0] >= 0) == (told.evidence_bits[0] >= ALARM_BITS)
    if told.model[0] >= 0:
        assert 1 <= told.guesses_p50[0] <= told.guesses_p90[0] <= 1 << 32
        assert 0 <= told.effective_bits[0] <= 32


@pytest.mark.parametrize(
    ("model", "parameter", "expected"),
    [
        (Model.CONSTANT, 1e6, "repeats one ISN, 1000000, as Nut/Net does"),
        (Model.CONSTANT_INCREMENT, 64e3, "adds 64 000 per connection, as 4.4BSD, slirp and VxWorks do"),
        (Model.CONSTANT_INCREMENT, -5e3, "subtracts 5 000 per connection"),
        (Model.LATTICE_INCREMENT, 64e3, "adds multiples of 64 000, as 4.4BSD, slirp and VxWorks do"),
        (Model.RANDOM_INCREMENT, 8.0, "adds less than 256 per connection, as FNET does"),
        (Model.RANDOM_INCREMENT, np.nan, "adds about as much per connection as before"),
        (Model.CLOCK, 250e3, "reads a clock of 250 kHz, as RFC 793 had it"),
        (Model.CLOCK, 20.01, "reads a clock of 20.01 Hz, as uIP does"),
        (Model.CLOCK, 15.625e6, "reads a clock of 15.625 MHz"),
        (Model.LOW_BITS, 1.0, "keeps the lowest bit"),
        (Model.HIGH_BITS, 16.0, "keeps the 16 highest bits"),
        ("MT19937", np.nan, "takes its ISNs from a generator that can be run ahead: MT19937"),
    ],
)
def test_words(model: str, parameter: float, expected: str) -> None:
    """A model is said in words, with its number and who is known to do so."""
    assert words(model, parameter) == expected


@pytest.mark.parametrize("model", MODELS)
def test_every_model_has_words(model: str) -> None:
    """Each model says what the host does, in one line."""
    said = words(model, 12.0)
    assert said
    assert "\n" not in said
    assert "nan" not in said
