"""The findings of a report: a table inside, sentences when asked."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from handshake_inspect import wireshark
from handshake_inspect.columns import Array
from handshake_inspect.finding import Confidence, Evidence, Finding, Severity
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.view import View
from handshake_inspect.flow.vlans import numbers
from handshake_inspect.integers import distinct
from handshake_inspect.report.captured import Captured
from handshake_inspect.report.fingerprint import digest
from handshake_inspect.report.groups import FindingGroup
from handshake_inspect.rules.case import Hit, WholeHit
from handshake_inspect.rules.examine import Found


class About(NamedTuple):
    """What a finding is about, in what survives another recording of the same."""

    fingerprint: str
    "no frames, no times, no ephemeral port: the same for the same cause in a re-recorded capture"
    code: str
    name: str
    capture: str
    "the name of the capture's file"
    ends: str
    "between whom, or what else tells it from other findings of its rule; may be empty"
    found: int
    "which of the found"
    at: int
    "where in it"
    life: int | None
    "the connection, as a row of the lives; None for a finding about the recording"


class Findings:
    """What the rules found, and how it is said."""

    def __init__(
        self,
        all_: Connections,
        captures: Sequence[Captured],
        found: Sequence[Found],
        left_out: AbstractSet[str] = frozenset(),
    ) -> None:
        self._all = all_
        self._captures = captures
        self._found = found
        self._left_out = left_out

    def __iter__(self) -> Iterator[Finding]:
        """All findings: those about captures first, then by connection and code."""
        for about in self.about():
            f = self._found[about.found]
            finding = self._whole(f) if about.life is None else self._one(f, about.at)
            yield replace(finding, fingerprint=about.fingerprint)

    def about(self) -> Iterator[About]:
        """What each finding is about, in the same order, without making its sentences.

        Fingerprints that are left out are passed over: those findings are not among these.
        """
        taken: Counter[str] = Counter()
        for index, at, life in self._each():
            f = self._found[index]
            name, ends = base_name(self._path(f, at)), self._ends(f, life)
            cause = digest(f.rule.code, name, *([ends] if ends else []))
            while True:
                taken[cause] += 1
                print_ = cause if taken[cause] == 1 else digest(cause, str(taken[cause]))
                if print_ not in self._left_out:
                    break
            yield About(print_, f.rule.code, f.rule.name, name, ends, index, at, life)

    def _each(self) -> Iterator[tuple[int, int, int | None]]:
        """(index of the found, position in it, life or None) of every finding."""
        for index, f in enumerate(self._found):
            if isinstance(f.hit, WholeHit):
                yield index, 0, None
        for life, index, at in self._by_connection():
            yield index, at, life

    def _ends(self, f: Found, life: int | None) -> str:
        """Between whom it was, without the ephemeral port; or what else tells it from others of its rule."""
        if life is None:
            assert isinstance(f.hit, WholeHit)
            return f.hit.about
        view = View(self._all, life)
        return f"{view.host(server=False)}>{view.server}"

    def _path(self, f: Found, at: int) -> str:
        """The capture a finding lies in."""
        if isinstance(f.hit, WholeHit):
            return f.hit.path or self._captures[self._place(f.hit.frames[0][0])[0]].path
        first = int(self._all.lives.first[f.lives[at]]) + f.hit.evidence[0].event
        return self._captures[self._place(int(self._all.events.frame[first]))[0]].path

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
            example = self._whole(whole[0], listed=False)
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
        # What shows several things is one piece of evidence, for the first of them.
        said: dict[int, str] = {}
        for says in hit.evidence:
            said.setdefault(says.event, says.text)
        evidence = tuple(self._evidence(view, event, text) for event, text in said.items())
        ends = " && ".join(
            wireshark.endpoint(view.host(server=server), view.port(server=server)) for server in (False, True)
        )
        return Finding(
            f.rule.code,
            f.rule.name,
            f.severity,
            Confidence(int(f.confidence[at])),
            hit.message(view),
            self._path(f, at),
            view.number,
            (),
            hit.count,
            evidence,
            ends + _in_vlans(view.vlans),
            "",
        )

    def _whole(self, f: Found, *, listed: bool = True) -> Finding:
        """One that speaks of many connections, listed or not: there may be a million."""
        hit = f.hit
        assert isinstance(hit, WholeHit)
        # The last of a 4-tuple's reuses, say, is the one before the next.
        said: dict[int, tuple[int, int, int, int, str, str]] = {}
        for frame in hit.frames:
            said.setdefault(frame[0], frame)
        evidence = tuple(Evidence(*frame, *self._place(frame[0])) for frame in said.values())
        numbers = tuple(np.sort(self._all.number[f.lives]).tolist()) if listed else ()
        # Wireshark counts the frames of one capture.
        frames = ", ".join(str(e.capture_frame) for e in evidence)
        return Finding(
            f.rule.code,
            f.rule.name,
            f.severity,
            Confidence(int(f.confidence[0])),
            hit.message if isinstance(hit.message, str) else hit.message(),
            self._path(f, 0),
            None,
            numbers,
            hit.count or max(1, len(f.lives)),
            evidence,
            hit.display_filter or (f"frame.number in {{{frames}}}" if frames else "tcp"),
            "",
        )

    def _evidence(self, view: View, event: int, text: str) -> Evidence:
        server = view.sent_by_server(event)
        who = view.quote(event)[0] if view.is_quote(event) else ("server" if server else "client")
        frame = view.frame(event)
        return Evidence(
            frame,
            view.event("record_byte", event),
            view.event("record_bytes", event),
            view.time(event),
            who,
            text,
            *self._place(frame),
        )

    def _place(self, frame: int) -> tuple[int, int]:
        """The capture a frame lies in, by its position, and the frame's number there."""
        # A capture without frames begins where the next one does; the last of such has the frame.
        at = max(bisect_left(self._bases, frame) - 1, 0)
        return at, frame - self._bases[at]

    @cached_property
    def _bases(self) -> list[int]:
        return [c.base for c in self._captures]


def base_name(path: str) -> str:
    """The name of a capture's file, without its folders."""
    return path.replace("\\", "/").rsplit("/", 1)[-1]


def _in_vlans(tags: tuple[int, ...]) -> str:
    """What a display filter needs besides the ends, where others in other VLANs have the same."""
    # A tag of priority only names VLAN 0, which is none.
    each = [
        " && ".join(f"vlan.id == {vlan}" for vlan in numbers(tag)) if tag else "!(vlan.id > 0)"
        for tag in tags
    ]
    if len(each) > 1:
        return f" && ({' || '.join(f'({one})' if '&&' in one else one for one in each)})"
    return f" && {each[0]}" if each else ""
