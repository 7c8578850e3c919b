"""The law of agreements: they take findings away, counted, and change nothing else."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from handshake_inspect import Expectation, Ignore, Report, Settings, inspect
from handshake_inspect.rules.outcomes import SAID_BY
from handshake_inspect.rules.registry import rules
from handshake_inspect.rules.selection import own_wishes
from tests.corpus import CORPUS, needs_corpus

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = sorted((ROOT / "sample_pcaps").glob("*.pcap*"))

SCOPES = st.fixed_dictionaries(
    {
        "captures": st.sampled_from([(), ("*.pcap",), ("s*",), ("nothing.pcap",)]),
        "hosts": st.sampled_from([(), ("192.0.2.1",), ("0.0.0.0/0",), ("2001:db8::/32", "198.51.100.0/24")]),
        "services": st.sampled_from([(), (":80",), (":443", "198.51.100.1:80")]),
        "reason": st.sampled_from(["one", "two"]),
    }
)
KNOWN = [rule.code for rule in rules()]
CODES = st.lists(st.sampled_from(KNOWN), min_size=1, max_size=5).map(tuple)
EXPECTED = st.lists(st.sampled_from(sorted({*KNOWN} - own_wishes(KNOWN))), min_size=1, max_size=5).map(tuple)
IGNORES = st.builds(lambda scope, codes: Ignore(**scope, rules=codes), SCOPES, CODES)
EXPECTATIONS = st.builds(
    lambda scope, outcome, codes: Expectation(**scope, outcome=outcome, rules=codes),
    SCOPES,
    st.sampled_from(sorted(SAID_BY)),
    st.just(()) | EXPECTED,
)


def told(report: Report) -> set[tuple[str, str, int | None, tuple[int, ...]]]:
    """What each finding but those of missed expectations says, and of which connections."""
    return {(f.code, f.message, f.connection, f.connections) for f in report.findings() if f.code != "EXP001"}


@settings(deadline=None, max_examples=60)
@given(
    capture=st.sampled_from(SAMPLES),
    ignores=st.lists(IGNORES, max_size=3).map(tuple),
    expectations=st.lists(EXPECTATIONS, max_size=2).map(tuple),
)
def test_what_is_accepted_was_found(
    capture: Path, ignores: tuple[Ignore, ...], expectations: tuple[Expectation, ...]
) -> None:
    """What is left was found before, each finding is left or counted, and connections are as they were."""
    before = inspect(capture)
    after = inspect(capture, settings=Settings(ignores=ignores, expectations=expectations))
    assert told(after) <= told(before)
    missed = inspect(capture, settings=Settings(expectations=expectations)).summary.findings.get("EXP001", 0)
    counted = sum(accepted.findings for accepted in after.accepted)
    assert sum(after.summary.findings.values()) + counted == sum(before.summary.findings.values()) + missed
    assert after.connection_count == before.connection_count
    assert [uncoded(c) for c in after.connections()] == [uncoded(c) for c in before.connections()]


def uncoded(connection: object) -> object:
    """A connection without what was found of it."""
    return replace(connection, codes=[])  # type: ignore[type-var]


@needs_corpus
def test_ignoring_everything_leaves_nothing() -> None:
    """Over all captures of real stacks, one ignore of all rules takes every finding, and counts each."""
    everything = Settings(ignores=(Ignore(rules=tuple(rule.code for rule in rules()), reason="all"),))
    for capture in sorted(CORPUS.glob("*.pcap*")):
        before, after = inspect(capture), inspect(capture, settings=everything)
        assert list(after.findings()) == []
        assert sum(a.findings for a in after.accepted) == sum(before.summary.findings.values())
        assert after.worst() is None
