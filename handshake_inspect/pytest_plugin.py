"""Handshakes in a test: the fixture `handshakes`, which pytest finds where this package is installed.

    def test_opens_and_closes(handshakes):
        handshakes("run.pcapng").assert_clean(ignore=["SYN001"])

It knows pytest, and what to say when a capture is not as a test wants it. It refuses to know captures: they
are inspected as the command line does. The one idea: a failed test shows what `check` would, at the user's
own line, and nothing of how it was found. pytest imports this module in every run, so whatever costs is late.
"""

from collections.abc import Iterable
from functools import cached_property
from os import PathLike
from typing import TYPE_CHECKING, Protocol

import pytest

from handshake_inspect.errors import InspectError, UsageError
from handshake_inspect.finding import Finding, Severity

if TYPE_CHECKING:
    from handshake_inspect.config import Settings
    from handshake_inspect.report.groups import FindingGroup
    from handshake_inspect.report.report import Report

__all__ = ["Handshakes", "Inspected", "handshakes"]


class Inspected:
    """Captures that were inspected as one recording, and what a test may claim of them."""

    def __init__(self, report: "Report") -> None:
        self.report = report
        "everything that was found, as `handshake_inspect.inspect` returns it"

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """All findings: those about captures first, then by connection and code."""
        return tuple(self.report.findings())

    def assert_clean(
        self, *, select: Iterable[str] = (), ignore: Iterable[str] = (), fail_on: str = "warning"
    ) -> None:
        """Fail, and show what was found, if anything counts.

        What counts has one of the rules in `select` (empty is all) and none of those in `ignore`: codes,
        prefixes of codes, or names. It is at least as severe as `fail_on`: note, warning or error. Raises
        AssertionError, and UsageError for a rule or a severity that does not exist.
        """
        __tracebackhide__ = True
        # A recording that missed everything proves nothing.
        if not self.report.connection_count:
            raise AssertionError(_page(self.report, [], "there is no TCP connection, so nothing was shown"))
        wrong = self._groups(_codes(select), _codes(ignore), _severity(fail_on))
        if wrong:
            raise AssertionError(_page(self.report, wrong, "the handshakes are not clean"))

    def assert_shows(self, *rules: str) -> None:
        """Fail, and show what was found, unless each of these codes, prefixes or names has a finding.

        Raises AssertionError, and UsageError for a rule that does not exist and for no rule at all.
        """
        __tracebackhide__ = True
        if not rules:
            raise UsageError("assert_shows: names no rule")
        every = self._groups((), (), Severity.NOTE)
        found = {group.code for group in every}
        missing = []
        # A comprehension would be a frame of its own, which pytest shows.
        for rule in rules:
            if not found & _codes([rule]):
                missing.append(rule)  # noqa: PERF401
        if missing:
            raise AssertionError(_page(self.report, every, f"not found: {', '.join(missing)}"))

    def _groups(self, select: Iterable[str], ignore: Iterable[str], least: Severity) -> "list[FindingGroup]":
        chosen, left_out = set(select), set(ignore)
        return [
            group
            for group in self.report.finding_groups()
            if group.severity >= least and group.code not in left_out and (not chosen or group.code in chosen)
        ]


class Handshakes(Protocol):
    """What the fixture is, to annotate a test's parameter with."""

    def __call__(self, *captures: str | PathLike[str], settings: "Settings | None" = None) -> Inspected:
        """Inspect captures as one recording, in the order given.

        Raises CaptureError for a capture that cannot be read, UsageError for an impossible selection.
        """


@pytest.fixture(scope="session")
def handshakes() -> Handshakes:
    """Inspect captures, and claim something of them: `handshakes("run.pcapng").assert_clean()`."""
    return _inspected


def _inspected(*captures: str | PathLike[str], settings: "Settings | None" = None) -> Inspected:
    __tracebackhide__ = True
    from handshake_inspect.engine.pipeline import inspect

    try:
        return Inspected(inspect(*captures, settings=settings))
    except InspectError as error:
        # Raised again here, so that pytest shows the user's line and nothing below it.
        raise type(error)(str(error)) from None


def _codes(rules: Iterable[str]) -> frozenset[str]:
    """The codes that these select, empty for none. UsageError for one that selects nothing."""
    __tracebackhide__ = True
    from handshake_inspect.rules.registry import matching

    # A string is an iterable of letters, and "SYN001" would select six rules by their letters.
    given = [rules] if isinstance(rules, str) else rules
    try:
        return frozenset[str]().union(*(matching(rule) for rule in given))
    except UsageError as error:
        raise UsageError(str(error)) from None


def _severity(name: str) -> Severity:
    __tracebackhide__ = True
    try:
        return Severity.of(name)
    except KeyError:
        raise UsageError(f"fail_on: {name} is none of {', '.join(Severity.words())}") from None


def _page(report: "Report", groups: "list[FindingGroup]", claim: str) -> str:
    from handshake_inspect.render.parts.failure import page

    return page(report, groups, claim)
