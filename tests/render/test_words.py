"""The opening sentence: its numbers add up, and every outcome has its phrase."""

import re
from collections import Counter
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect.finding import Severity
from handshake_inspect.render.parts import words
from handshake_inspect.report.model import ClosingOutcome, OpeningOutcome

OPENINGS, CLOSINGS = get_args(OpeningOutcome), get_args(ClosingOutcome)
outcomes = st.tuples(st.sampled_from(OPENINGS), st.sampled_from(CLOSINGS), st.booleans())


def test_every_outcome_has_a_phrase() -> None:
    """The outcomes of the JSON form are exactly those that are put in words."""
    assert set(OPENINGS) == {*words.NOT_OPENED, "established", "unseen"}
    assert set(CLOSINGS) == set(words.OPENED)


def test_phrases_differ() -> None:
    """No two outcomes are called the same."""
    phrases = [*words.NOT_OPENED.values(), *words.OPENED.values(), words.CLEAN, words.LATE]
    assert len(set(phrases)) == len(phrases)


@given(st.lists(outcomes, min_size=1))
def test_numbers_of_the_sentence_add_up(connections: list[tuple[str, str, bool]]) -> None:
    """Every connection is counted in exactly one phrase."""
    sentence = words.headline(len(connections), Counter(words.fate(*c) for c in connections))
    total, *parts = map(int, re.findall(r"\d+", sentence))
    assert total == len(connections)
    assert not parts or sum(parts) == total


def test_the_sentence() -> None:
    """Clean connections come first, then the most frequent."""
    fates = {"refused": 1, words.CLEAN: 1, "never answered": 2}
    assert words.headline(4, fates) == (
        "4 connections: 1 opened and closed cleanly, 2 never answered, 1 refused."
    )
    assert words.headline(1, {words.CLEAN: 1}) == "1 connection: opened and closed cleanly."
    assert words.headline(2, {words.CLEAN: 2}) == "2 connections: all opened and closed cleanly."
    assert words.headline(0, {}) == "No TCP connections."


def test_clean_means_without_findings() -> None:
    """A connection that closed well but has a finding is not called clean."""
    assert words.fate("established", "closed", False) == words.CLEAN
    assert words.fate("established", "closed", True) == words.FLAGGED


def test_the_tally() -> None:
    """The worst comes first, and nothing is said of what was not found."""
    assert words.tally({Severity.NOTE: 1, Severity.ERROR: 2}, 3) == "2 errors, 1 note, in 3 connections."
    assert words.tally({Severity.WARNING: 1}, 0) == "1 warning."
    assert words.tally({}, 0) == "No findings."


@pytest.mark.parametrize(
    ("known", "presumed", "shown"),
    [("CLOSED", "CLOSED", "CLOSED"), ("LAST-ACK", "CLOSED", "LAST-ACK (CLOSED)")],
)
def test_presumed_states_stand_in_brackets(known: str, presumed: str, shown: str) -> None:
    """What is not proved is marked, and only that."""
    assert words.state(known, presumed) == shown
