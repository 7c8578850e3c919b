"""The findings of a report: a table inside, sentences when asked."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from handshake_inspect.columns import Array, distinct
from handshake_inspect.config import Settings
from handshake_inspect.finding import Confidence, Evidence, Finding, Severity
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.view import View
from handshake_inspect.report.captured import Captured
from handshake_inspect.report.groups import FindingGroup
from handshake_inspect.rules.case import Hit, WholeHit
from handshake_inspect.rules.examine import Found


class Findings:
    """What the rules found, and how it is said."""

    def __init__(self, all_: Connections, captures: Sequence[Captured], found: list[Found]) -> None:
        self._all = all_
        self._captures = captures
        self._found = found

    def __iter__(self) -> Iterator[Finding]:
        """All findings: those about captures first, then by connection and code."""
        for f in self._found:
            if isinstance(f.hit, WholeHit):
                yield self._whole(f)
        ordinals: Counter[str] = Counter()
        for life, index, at in self._by_connection():
            finding = self._one(self._found[index], at)
            print_ = _fingerprint(finding, View(self._all, life))
            ordinals[print_] += 1
            if ordinals[print_] > 1:
                print_ = _digest(print_, str(ordinals[print_]))
            yield replace(finding, fingerprint=print_)

    def of(self, life: int) -> list[Finding]:
        """Those that speak of this connection alone."""
        return [self._one(self._found[index], at) for _, index, at in self._by_connection(life)]

    def groups(self) -> list[FindingGroup]:
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
            example = self._whole(whole[0])
        else:
            f, at = min(members, key=lambda m: self._all.number[m[0].lives[m[1]]].min())
            example = self._one(f, int(at[self._all.number[f.lives[at]].argmin()]))
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

    def _by_connection(self, life: int | None = None) -> Iterator[tuple[int, int, int]]:
        """(life, index of the found, position in it), by connection number and code."""
        numbers, indices, places = [], [], []
        for index, f in enumerate(self._found):
            if isinstance(f.hit, WholeHit):
                continue
            at = np.arange(len(f.lives))
            if life is not None:
                at = at[f.lives == life]
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

    def _one(self, f: Found, at: int) -> Finding:
        hit = f.hit
        assert isinstance(hit, Hit)
        view = View(self._all, int(f.lives[at]))
        # An event that shows several things is one piece of evidence, for the first of them.
        said: dict[int, str] = {}
        for says in hit.evidence:
            said.setdefault(says.event, says.text)
        evidence = tuple(self._evidence(view, event, text) for event, text in said.items())
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
            Confidence(int(f.confidence[at])),
            hit.message(view),
            self._capture_of(first).path,
            view.number,
            (),
            hit.count,
            evidence,
            ends,
            "",
        )

    def _whole(self, f: Found) -> Finding:
        hit = f.hit
        assert isinstance(hit, WholeHit)
        evidence = tuple(Evidence(*frame) for frame in hit.frames)
        numbers = tuple(np.sort(self._all.number[f.lives]).tolist())
        # Wireshark counts the frames of one capture.
        frames = ", ".join(str(e.frame - self._capture_of(e.frame).base) for e in evidence)
        path = hit.path or self._capture_of(evidence[0].frame).path
        return Finding(
            f.rule.code,
            f.rule.name,
            f.severity,
            Confidence(int(f.confidence[0])),
            hit.message,
            path,
            None,
            numbers,
            hit.count or max(1, len(numbers)),
            evidence,
            hit.display_filter or (f"frame.number in {{{frames}}}" if frames else "tcp"),
            _digest(f.rule.code, _name(path), *([hit.about] if hit.about else [])),
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


def _name(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _fingerprint(finding: Finding, view: View) -> str:
    """The same for the same cause in a re-recorded capture: no frames, no times, no ephemeral port."""
    return _digest(finding.code, _name(finding.capture), f"{view.host(server=False)}>{view.server}")


def _digest(*parts: str) -> str:
    # A file name need not be UTF-8.
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogateescape")).hexdigest()[:32]


def wanted(found: Sequence[Found], admitted: Array, settings: Settings) -> list[Found]:
    """What is to be reported: by severity, by confidence, and of the connections that are meant."""
    kept = []
    for f in found:
        if f.severity < settings.min_severity:
            continue
        if isinstance(f.hit, WholeHit):
            lives = f.lives[admitted[f.lives]]
            if f.confidence[0] >= settings.min_confidence and (len(lives) or not len(f.lives)):
                kept.append(f.over(lives))
            continue
        f = f.only((f.confidence >= settings.min_confidence) & admitted[f.lives])
        if len(f.lives):
            kept.append(f)
    return kept
