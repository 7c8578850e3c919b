"""Findings that do not count: expected, ignored with a reason, or in the baseline.

It knows what was agreed and what was found, and nothing of how either is shown. Its one idea: a finding is
accepted once, by the first who claims it, and each agreement that claimed nothing is known by name.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from handshake_inspect.agreements import Expectation, Ignore, Scope
from handshake_inspect.columns import Array
from handshake_inspect.config import Settings
from handshake_inspect.errors import UsageError
from handshake_inspect.flow.connections import Connections
from handshake_inspect.report.captured import Captured
from handshake_inspect.report.findings import Findings
from handshake_inspect.rules.case import WholeHit
from handshake_inspect.rules.examine import Found
from handshake_inspect.rules.outcomes import SAID_BY, ended
from handshake_inspect.rules.outcomes import check as check_outcome
from handshake_inspect.rules.reach import Reach, network, service
from handshake_inspect.rules.selection import all_matching, own_wishes

if TYPE_CHECKING:
    from handshake_inspect.report.baseline import Baseline

Kind = Literal["expected", "ignored", "baseline"]


class Accepted(NamedTuple):
    """Findings that do not count, for one reason."""

    kind: Kind
    reason: str
    "as the user gave it; of a baseline its path"
    findings: int


class Claim(NamedTuple):
    """One agreement in one recording."""

    kind: Kind
    reason: str
    of: "Callable[[Found], Array]"
    "for each connection of a found whether it is claimed; of a hit on the whole recording a single answer"


def check(settings: Settings) -> None:
    """UsageError for an agreement that can mean nothing, before anything is read."""
    agreements: tuple[Ignore | Expectation, ...] = (*settings.ignores, *settings.expectations)
    for agreement in agreements:
        all_matching(agreement.rules)
        for text in agreement.hosts:
            network(text)
        for text in agreement.services:
            service(text)
    for expected in settings.expectations:
        if expected.outcome is not None:
            check_outcome(expected.outcome)
        elif not expected.rules:
            raise UsageError(f"an expectation needs an outcome or rules: {expected.reason}")
        if own_wishes(all_matching(expected.rules)):
            raise UsageError(f"an expectation cannot expect that expectations fail: {expected.reason}")


class Acceptance:
    """What was agreed, applied to one recording."""

    def __init__(
        self,
        all_: Connections,
        captures: Sequence[Captured],
        settings: Settings,
        baseline: "Baseline | None",
    ) -> None:
        self._all = all_
        self._captures = captures
        self._settings = settings
        self._prints = frozenset(entry.fingerprint for entry in baseline.findings) if baseline else None

    @cached_property
    def _reach(self) -> Reach:
        return Reach(self._all, [captured.facts() for captured in self._captures])

    @cached_property
    def _claims(self) -> list[Claim]:
        expected = [
            Claim("expected", e.reason, claim) for e in self._settings.expectations for claim in self._seen(e)
        ]
        return expected + [
            Claim("ignored", i.reason, self._claim(i, all_matching(i.rules))) for i in self._settings.ignores
        ]

    def _seen(self, expected: Expectation) -> "list[Callable[[Found], Array]]":
        """What an expectation claims: what says its outcome where that happened, and what its rules say."""
        claims = []
        if expected.outcome is not None:
            marks = ended(self._all, expected.outcome)
            claims.append(self._claim(expected, SAID_BY[expected.outcome], marks))
        if expected.rules:
            claims.append(self._claim(expected, all_matching(expected.rules)))
        return claims

    def _claim(
        self, scope: Scope, codes: frozenset[str], marks: Array | None = None
    ) -> "Callable[[Found], Array]":
        def of(found: Found) -> Array:
            own = found.rule.code in codes
            # Who speaks for others is claimed where all of them are.
            if not own and not (found.speaks_for and found.speaks_for <= codes):
                return np.zeros(1 if isinstance(found.hit, WholeHit) else len(found.lives), bool)
            return self._reach.findings(scope, found.hit, found.lives, marks)

        return of

    def split(self, found: Sequence[Found]) -> tuple[list[Found], list[Accepted]]:
        """What counts of it, and what does not, in the order it was agreed, the baseline not yet asked."""
        left, counts = list(found), Counter[tuple[Kind, str]]()
        for claim in self._claims:
            counts[claim.kind, claim.reason] += 0
            rest = []
            for f in left:
                claimed = claim.of(f)
                counts[claim.kind, claim.reason] += int(claimed.sum())
                if isinstance(f.hit, WholeHit):
                    rest += [] if claimed[0] else [f]
                elif not claimed.all():
                    rest.append(f.only(~claimed) if claimed.any() else f)
            left = rest
        return left, [Accepted(*key, count) for key, count in counts.items() if count]

    def known(self, found: Sequence[Found]) -> tuple[list[Found], frozenset[str]]:
        """What is not in the baseline, and the fingerprints of what is."""
        if not self._prints:
            return list(found), frozenset()
        known: list[list[int]] = [[] for _ in found]
        seen = set()
        for about in Findings(self._all, self._captures, found).about():
            if about.fingerprint in self._prints:
                seen.add(about.fingerprint)
                known[about.found].append(about.at)
        left = []
        for f, places in zip(found, known, strict=True):
            if isinstance(f.hit, WholeHit):
                left += [] if places else [f]
                continue
            keep = np.ones(len(f.lives), bool)
            keep[places] = False
            if keep.any():
                left.append(f.only(keep) if places else f)
        return left, frozenset(seen)

    def idle(self, found: Sequence[Found], codes: frozenset[str]) -> dict[int, bool]:
        """For each ignore that was put to the test, by its position, whether it claimed nothing.

        One whose captures were not read, or whose rules were not asked, was not.
        """
        claims = [claim for claim in self._claims if claim.kind == "ignored"]
        return {
            position: not any(claim.of(f).any() for f in found)
            for position, (claim, ignore) in enumerate(zip(claims, self._settings.ignores, strict=True))
            if all_matching(ignore.rules) & codes and self._reach.capture(ignore) is not None
        }
