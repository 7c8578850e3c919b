"""What an inspection found: tables inside, objects when asked.

A report of a million connections is a few arrays. Sentences, addresses and objects are made for what is
looked at, and looked at in order, so nothing here holds a million of them at once.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

import numpy as np

from handshake_inspect.columns import Array, among, distinct
from handshake_inspect.config import Settings
from handshake_inspect.errors import UsageError
from handshake_inspect.finding import Confidence, Evidence, Finding, Severity
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.view import View
from handshake_inspect.report import person
from handshake_inspect.report.captured import Captured
from handshake_inspect.report.groups import FindingGroup, StoryGroup, story_groups
from handshake_inspect.report.ladder import Rung, ladder
from handshake_inspect.report.model import CaptureInfo, Connection, Summary
from handshake_inspect.report.scripted import scripted
from handshake_inspect.report.where import admitted
from handshake_inspect.rules.case import Hit, WholeHit
from handshake_inspect.rules.examine import Found


class Report:
    """The findings, the connections and the captures of one inspection."""

    def __init__(
        self, all_: Connections, captures: Sequence[Captured], found: list[Found], settings: Settings
    ) -> None:
        self._all = all_
        self._captures = captures
        self._admitted = admitted(all_, settings.where)
        self._found = [kept for f in found if (kept := self._wanted(f, settings)) is not None]

    def _wanted(self, f: Found, settings: Settings) -> Found | None:
        if f.severity < settings.min_severity:
            return None
        if isinstance(f.hit, WholeHit):
            if not len(f.lives):
                return f if f.confidence[0] >= settings.min_confidence else None
            lives = f.lives[self._admitted[f.lives]]
            if not len(lives) or f.confidence[0] < settings.min_confidence:
                return None
            return Found(f.rule, f.hit, f.severity, lives, f.confidence)
        f = f.only((f.confidence >= settings.min_confidence) & self._admitted[f.lives])
        return f if len(f.lives) else None

    @cached_property
    def captures(self) -> tuple[CaptureInfo, ...]:
        """What was read."""
        return tuple(c.info() for c in self._captures)

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
        if numbers is None:
            numbers = (np.flatnonzero(self._admitted[self._all.by_number]) + 1).tolist()
        for number in numbers:
            yield self.connection(number)

    def connection(self, number: int) -> Connection:
        """One connection. UsageError when there is none of that number."""
        view = self._view(number)
        return person.connection(view, self._codes_of(view.life))

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
        for f in self._found:
            if isinstance(f.hit, WholeHit):
                yield self._finding(f, 0)
        ordinals: Counter[str] = Counter()
        for life, index, at in self._by_connection():
            finding = self._finding(self._found[index], at)
            print_ = fingerprint(finding, View(self._all, life))
            ordinals[print_] += 1
            yield _with_ordinal(finding, print_, ordinals[print_])

    def worst(self) -> Severity | None:
        """The highest severity found."""
        return max((f.severity for f in self._found), default=None)

    def finding_groups(self) -> list[FindingGroup]:
        """What was found, one row for each rule, severity and confidence, worst first."""
        parts: dict[tuple[str, Severity, Confidence], list[tuple[Found, Array]]] = defaultdict(list)
        for f in self._found:
            for level in distinct(f.confidence):
                at = np.flatnonzero(f.confidence == level)
                parts[f.rule.code, f.severity, Confidence(int(level))].append((f, at))
        groups = [self._group(*key, members) for key, members in parts.items()]
        return sorted(groups, key=lambda g: (-g.severity, -g.confidence, g.code))

    def _group(
        self, code: str, severity: Severity, confidence: Confidence, members: list[tuple[Found, Array]]
    ) -> FindingGroup:
        whole = [f for f, _ in members if isinstance(f.hit, WholeHit)]
        lives = np.concatenate([f.lives if isinstance(f.hit, WholeHit) else f.lives[at] for f, at in members])
        numbers = distinct(self._all.number[lives])
        if whole:
            example = self._finding(whole[0], 0)
        else:
            f, at = min(members, key=lambda m: self._all.number[m[0].lives[m[1]]].min())
            example = self._finding(f, int(at[self._all.number[f.lives[at]].argmin()]))
        rule = members[0][0].rule
        count = len(whole) or len(lives)
        return FindingGroup(
            code,
            rule.name,
            severity,
            confidence,
            len(numbers),
            count,
            example,
            numbers[:8].tolist(),
            rule.summary,
        )

    def stories(self) -> list[StoryGroup]:
        """The connections grouped by what happened to them, most first."""
        return story_groups(self._all, self._admitted, self._codes_by_shape())

    def ladder(self, number: int) -> list[Rung]:
        """A connection as the rungs of a ladder diagram. UsageError when there is none of that number."""
        return ladder(self._view(number), self.findings_of(number))

    def script(self, number: int) -> str:
        """A connection as a packet script without addresses. UsageError when there is none of that number."""
        return str(scripted(self._view(number), self.findings_of(number)))

    def findings_of(self, number: int) -> list[Finding]:
        life = self._view(number).life
        return [self._finding(self._found[index], at) for _, index, at in self._by_connection({life})]

    def _view(self, number: int) -> View:
        if not 1 <= number <= len(self._all):
            count = len(self._all)
            raise UsageError(f"there is no connection {number}: they are numbered from 1 to {count}")
        return View(self._all, int(self._all.by_number[number - 1]))

    def _by_connection(self, only: set[int] | None = None) -> Iterator[tuple[int, int, int]]:
        """(life, index of the found, position in it), by connection number and code."""
        numbers, indices, places = [], [], []
        for index, f in enumerate(self._found):
            if isinstance(f.hit, WholeHit):
                continue
            at = np.arange(len(f.lives))
            if only is not None:
                at = at[among(f.lives, np.array(list(only)))]
            numbers.append(self._all.number[f.lives[at]])
            indices.append(np.full(len(at), index))
            places.append(at)
        if not numbers:
            return
        number = np.concatenate(numbers)
        which, place = np.concatenate(indices), np.concatenate(places)
        rank = np.array(self._rank, np.int64)[which]
        for i in np.lexsort((which, rank, number)).tolist():
            yield int(self._all.by_number[number[i] - 1]), int(which[i]), int(place[i])

    @cached_property
    def _rank(self) -> list[int]:
        codes = sorted({f.rule.code for f in self._found})
        return [codes.index(f.rule.code) for f in self._found]

    def _finding(self, f: Found, at: int) -> Finding:
        confidence = Confidence(int(f.confidence[at]))
        if isinstance(f.hit, WholeHit):
            return self._whole_finding(f, f.hit, confidence)
        hit: Hit = f.hit
        view = View(self._all, int(f.lives[at]))
        evidence = tuple(self._evidence(view, says.event, says.text) for says in hit.evidence)
        first = evidence[0].frame
        ends = " && ".join(
            f"{'ipv6' if ':' in host else 'ip'}.addr == {host} && tcp.port == {port}"
            for host, port in (
                (view.host(server=False), view.port(server=False)),
                (view.host(server=True), view.port(server=True)),
            )
        )
        return Finding(
            f.rule.code,
            f.rule.name,
            f.severity,
            confidence,
            hit.message(view),
            self._capture_of(first).path,
            view.number,
            (),
            hit.count,
            evidence,
            ends,
            "",
        )

    def _whole_finding(self, f: Found, hit: WholeHit, confidence: Confidence) -> Finding:
        evidence = tuple(Evidence(*frame) for frame in hit.frames)
        numbers = tuple(np.sort(self._all.number[f.lives]).tolist())
        # Wireshark counts the frames of one capture.
        frames = ", ".join(str(e.frame - self._capture_of(e.frame).base) for e in evidence)
        path = hit.path or self._capture_of(evidence[0].frame).path
        print_ = hashlib.sha256(
            f"{f.rule.code}\n{_name(path)}".encode("utf-8", "surrogateescape")
        ).hexdigest()[:32]
        return Finding(
            f.rule.code,
            f.rule.name,
            f.severity,
            confidence,
            hit.message,
            path,
            None,
            numbers,
            max(1, len(numbers)),
            evidence,
            f"frame.number in {{{frames}}}" if frames else "tcp",
            print_,
        )

    def _evidence(self, view: View, event: int, text: str) -> Evidence:
        server = view.sent_by_server(event)
        who = view.quote(event)[0] if view.is_quote(event) else ("server" if server else "client")
        return Evidence(
            view.frame(event),
            view.event("record_byte", event),
            view.event("record_bytes", event),
            view.time(event),
            who,
            text,
        )

    def _capture_of(self, frame: int) -> Captured:
        return next((c for c in reversed(self._captures) if c.base < frame), self._captures[0])

    @cached_property
    def _codes(self) -> tuple[list[str], Array]:
        """All codes found, and which lives they were found in: life * number of codes + index of the code."""
        codes = sorted({f.rule.code for f in self._found})
        pairs = [f.lives * len(codes) + codes.index(f.rule.code) for f in self._found]
        return codes, distinct(np.concatenate(pairs)) if pairs else np.empty(0, np.int64)

    def _codes_of(self, life: int) -> list[str]:
        codes, pairs = self._codes
        first, last = np.searchsorted(pairs, (life * len(codes), (life + 1) * len(codes))).tolist()
        return [codes[pair % len(codes)] for pair in pairs[first:last].tolist()]

    def _codes_by_shape(self) -> list[set[str]]:
        by_shape: list[set[str]] = [set() for _ in self._all.stories]
        for f in self._found:
            for shape in distinct(self._all.shapes.of[f.lives]).tolist():
                by_shape[shape].add(f.rule.code)
        return by_shape


def _name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def fingerprint(finding: Finding, view: View) -> str:
    """The same for the same cause in a re-recorded capture: no frames, no times, no ephemeral port."""
    ends = f"{view.host(server=False)}>{view.server}"
    return hashlib.sha256(
        f"{finding.code}\n{_name(finding.capture)}\n{ends}".encode("utf-8", "surrogateescape")
    ).hexdigest()[:32]


def _with_ordinal(finding: Finding, print_: str, ordinal: int) -> Finding:
    from dataclasses import replace

    full = (
        print_
        if ordinal == 1
        else hashlib.sha256(f"{print_}\n{ordinal}".encode("utf-8", "surrogateescape")).hexdigest()[:32]
    )
    return replace(finding, fingerprint=full)
