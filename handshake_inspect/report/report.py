"""What an inspection found: tables inside, objects when asked.

A report of a million connections is a few arrays. Sentences, addresses and objects are made for what is
looked at, and looked at in order, so nothing here holds a million of them at once.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.config import Settings
from handshake_inspect.errors import UsageError
from handshake_inspect.finding import Finding, Severity
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.view import View
from handshake_inspect.integers import distinct
from handshake_inspect.isn.numbers import Numbers
from handshake_inspect.report import person
from handshake_inspect.report.accepted import Acceptance, Accepted
from handshake_inspect.report.captured import Captured
from handshake_inspect.report.findings import About, Findings, base_name
from handshake_inspect.report.groups import FindingGroup, StoryGroup, story_groups
from handshake_inspect.report.hosts import host_info
from handshake_inspect.report.ladder import Rung, ladder
from handshake_inspect.report.model import CaptureInfo, Connection, HostInfo, Summary
from handshake_inspect.report.wanted import wanted
from handshake_inspect.report.where import admitted
from handshake_inspect.rules.case import WholeHit
from handshake_inspect.rules.examine import Found
from handshake_inspect.rules.registry import Rule, rules
from handshake_inspect.rules.selection import CAPTURE, all_matching, own_wishes, selected

if TYPE_CHECKING:
    import pyarrow

    from handshake_inspect.report.baseline import Baseline, Entry


class Standing(NamedTuple):
    """What the captures and the agreements of a run are worth."""

    capture_problems: frozenset[str]
    "codes found of the captures themselves that nobody ignored or accepted"
    idle: dict[int, bool]
    "for each ignore that was put to the test, by its position, whether it claimed nothing"
    tested: "frozenset[Entry]"
    "the entries of the baseline that could be found again"
    found_again: "frozenset[Entry]"
    "those that were"


class Report:
    """The findings, the connections and the captures of one inspection."""

    def __init__(
        self,
        all_: Connections,
        captures: Sequence[Captured],
        numbers: Numbers,
        found: list[Found],
        settings: Settings,
        baseline: "Baseline | None" = None,
    ) -> None:
        self._all = all_
        self._numbers = numbers
        self._captures = captures
        self._settings = settings
        self._baseline = baseline
        self._everything = found
        self._codes_asked = selected(settings.select, settings.ignore)
        self._admitted = admitted(all_, settings.where)
        self._acceptance = Acceptance(all_, captures, settings, baseline)
        found = wanted(found, self._admitted, settings, self._codes_asked)
        self._counted, self._agreed = self._acceptance.split(found)
        self._found, self._known = self._acceptance.known(self._counted)
        self._findings = Findings(all_, captures, self._found, self._known)

    @cached_property
    def captures(self) -> tuple[CaptureInfo, ...]:
        """What was read."""
        return tuple(c.info() for c in self._captures)

    @property
    def rules_asked(self) -> tuple[Rule, ...]:
        """The rules that could have told something, by code: asked, and not below what was to be reported."""
        least = self._settings.min_severity
        found = {f.rule.code for f in self._found}
        asked = self._codes_asked
        if not self._settings.expectations:
            asked -= own_wishes(asked)
        return tuple(
            rule for rule in rules() if rule.code in found or (rule.code in asked and rule.severity >= least)
        )

    @property
    def connection_count(self) -> int:
        """How many connections there are, after `where`."""
        return int(self._admitted.sum())

    @cached_property
    def summary(self) -> Summary:
        """The counts."""
        stories = self._all.stories
        per_shape = np.bincount(self._all.shapes.of[self._admitted], minlength=len(stories)).tolist()
        opening: Counter[str] = Counter()
        closing: Counter[str] = Counter()
        for story, count in zip(stories, per_shape, strict=True):
            if count:
                opening[story.opening.outcome] += count
                closing[story.closing.outcome] += count
        findings: Counter[str] = Counter()
        for f in self._found:
            findings[f.rule.code] += 1 if isinstance(f.hit, WholeHit) else len(f.lives)
        return Summary(
            connections=self.connection_count,
            opening={k: opening[k] for k in sorted(opening)},
            closing={k: closing[k] for k in sorted(closing)},
            findings={k: findings[k] for k in sorted(findings)},
            stories=sum(1 for count in per_shape if count),
        )

    def connections(self, numbers: Iterable[int] | None = None) -> Iterator[Connection]:
        """The connections with these numbers, or all, by number. UsageError for a number there is none of."""
        lives = self._lives
        if numbers is not None:
            lives = np.array([self._view(number).life for number in numbers], np.int64)
        yield from person.connections(self._all, lives, self._codes_of)

    def to_arrow(self, what: Literal["connections", "findings"] = "connections") -> "pyarrow.Table":
        """All connections, or all findings, as a table with the names and values of the JSON form.

        Objects inside are structs: `.flatten()` makes columns such as `client.address` of them. UsageError
        where pyarrow, the extra `arrow`, is missing.
        """
        # Its package is an extra, so it is met when asked for.
        from handshake_inspect.report import arrow

        if what == "connections":
            return arrow.connection_table(self._all, self._lives, self._codes, self.captures)
        if what == "findings":
            return arrow.finding_table(self.findings(), self.captures)
        raise UsageError(f"there is no Arrow table of {what}: there are connections and findings")

    @property
    def _lives(self) -> Array:
        by_number = self._all.by_number
        return by_number[self._admitted[by_number]]

    def connection(self, number: int) -> Connection:
        """One connection. UsageError when there is none of that number."""
        return next(self.connections([number]))

    def ends(self, number: int) -> tuple[str, str]:
        """The client's and the server's address and port. UsageError when there is no such connection."""
        view = self._view(number)
        return view.client, view.server

    @cached_property
    def _flagged(self) -> Array:
        marked = np.zeros(len(self._all), bool)
        for f in self._found:
            marked[f.lives] = True
        return marked

    @property
    def flagged_count(self) -> int:
        """How many connections a finding speaks of."""
        return int(self._flagged.sum())

    def flagged(self) -> Iterator[int]:
        """The numbers of the connections that a finding speaks of, rising."""
        yield from np.sort(self._all.number[self._flagged]).tolist()

    def findings(self) -> Iterator[Finding]:
        """All findings: those about captures first, then by connection and code."""
        return iter(self._findings)

    def findings_of(self, number: int) -> list[Finding]:
        """The findings about this connection alone. UsageError when there is none of that number."""
        return self._findings.of(self._view(number).life)

    def finding_groups(self) -> list[FindingGroup]:
        """What was found, one row for each rule, severity and confidence, worst first."""
        return self._findings.groups()

    def worst(self) -> Severity | None:
        """The highest severity found."""
        return max((f.severity for f in self._found), default=None)

    @property
    def accepted(self) -> list[Accepted]:
        """What was found and does not count, by reason; it is nowhere else in the report."""
        known = Accepted("baseline", self._settings.baseline or "", len(self._known))
        return [*self._agreed, *([known] if self._known else [])]

    def standing(self) -> Standing:
        """What the captures and the agreements are worth, whatever is selected."""
        ignored = all_matching(self._settings.ignore)
        problems = [
            f for f in self._everything if f.rule.code.startswith(CAPTURE) and f.rule.code not in ignored
        ]
        problems = self._acceptance.known(self._acceptance.split(problems)[0])[0]
        return Standing(
            frozenset(f.rule.code for f in problems),
            self._acceptance.idle(self._everything, self._codes_asked),
            *self._entries(),
        )

    def _entries(self) -> "tuple[frozenset[Entry], frozenset[Entry]]":
        """The entries of the baseline that could be found again, and those that were."""
        if self._baseline is None:
            return frozenset(), frozenset()
        from handshake_inspect.report.baseline import readable

        names = {readable(base_name(captured.path)) for captured in self._captures}
        tested = [e for e in self._baseline.findings if e.code in self._codes_asked and e.capture in names]
        everything = Findings(self._all, self._captures, self._everything)
        prints = {about.fingerprint for about in everything.about()}
        return frozenset(tested), frozenset(e for e in tested if e.fingerprint in prints)

    def about(self) -> Iterator[About]:
        """What counts or is in the baseline, as `report.baseline` keeps it."""
        return Findings(self._all, self._captures, self._counted).about()

    @property
    def numbers(self) -> Numbers:
        """The initial sequence numbers of all hosts."""
        return self._numbers

    def hosts(self, hosts: Iterable[int] | None = None) -> Iterator[HostInfo]:
        """What the initial numbers say of these hosts of `numbers`, or of all, by their first segments."""
        if hosts is None:
            meant = np.zeros(len(self._numbers.concluded), bool)
            meant[self._numbers.samples.host[self._admitted[self._numbers.samples.life]]] = True
            hosts = self._numbers.told[meant[self._numbers.told]].tolist()
        for host in hosts:
            yield host_info(self._numbers.host(host))

    def stories(self) -> list[StoryGroup]:
        """The connections grouped by what happened to them, most first."""
        return story_groups(self._all, self._admitted, [(f.rule.code, f.lives) for f in self._found])

    def ladder(self, number: int) -> list[Rung]:
        """A connection as the rungs of a ladder diagram. UsageError when there is none of that number."""
        return ladder(self._view(number), self.findings_of(number))

    def script(self, number: int) -> str:
        """A connection as a packet script without addresses. UsageError when there is none of that number."""
        # Rarely asked for, and the notation takes a while to import.
        from handshake_inspect.report.scripted import scripted

        return str(scripted(self._view(number), self.findings_of(number)))

    def _view(self, number: int) -> View:
        if not 1 <= number <= len(self._all):
            count = len(self._all)
            raise UsageError(f"there is no connection {number}: they are numbered from 1 to {count}")
        return View(self._all, int(self._all.by_number[number - 1]))

    @cached_property
    def _codes(self) -> tuple[list[str], Array]:
        """All codes found, and which lives they were found in: life * number of codes + index of the code."""
        codes = sorted({f.rule.code for f in self._found})
        pairs = [f.lives * len(codes) + codes.index(f.rule.code) for f in self._found]
        return codes, distinct(np.concatenate(pairs)) if pairs else np.empty(0, np.int64)

    def _codes_of(self, lives: Array) -> list[list[str]]:
        codes, pairs = self._codes
        bounds = (np.searchsorted(pairs, (lives + after) * len(codes)).tolist() for after in (0, 1))
        return [
            [codes[pair % len(codes)] for pair in pairs[first:last].tolist()] if first < last else []
            for first, last in zip(*bounds, strict=True)
        ]
