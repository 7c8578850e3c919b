"""Ask every rule, settle what speaks of the same cause, and keep the findings as a table.

A finding is a rule, a hit, and the connections it holds for; no sentence is made here.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from handshake_inspect.agreements import Expectation
from handshake_inspect.columns import Array
from handshake_inspect.finding import Confidence, Severity
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.lives import KnownBy
from handshake_inspect.integers import order
from handshake_inspect.isn.numbers import Numbers
from handshake_inspect.rules.case import CaptureFacts, Case, Hit, Told, Whole, WholeHit
from handshake_inspect.rules.precedence import EXPLAINS, OF_ITSELF
from handshake_inspect.rules.registry import Rule, rules
from handshake_inspect.rules.values import Values


class Found(Struct, frozen=True):
    """What one hit of one rule found, for every connection it holds for."""

    rule: Rule
    hit: "Hit | WholeHit"
    severity: Severity
    lives: Array
    "the connections, as rows of the lives"
    confidence: Array
    "the Confidence of each, in the same order; of a hit on the whole recording a single one"
    speaks_for: frozenset[str] = frozenset()
    "the codes it took the place of, where it says of many connections what each would have said"

    def only(self, keep: Array) -> "Found":
        """The same for some of its connections."""
        return replace(self, lives=self.lives[keep], confidence=self.confidence[keep])

    def over(self, lives: Array) -> "Found":
        """The same hit on the whole recording, speaking of these connections."""
        return replace(self, lives=lives)


def examine(
    all_: Connections,
    captures: Sequence[CaptureFacts],
    numbers: Numbers,
    codes: frozenset[str],
    values: Values,
    least: Confidence = Confidence.POSSIBLE,
    expectations: Sequence[Expectation] = (),
) -> list[Found]:
    """Everything the rules find, one cause each, whatever is selected.

    Rules about one connection explain others even when they are not among `codes`, so that selecting fewer
    never makes one speak that was silent. What a rule says of many connections takes the place of what is
    said of each only where it will be said: where it is among `codes`, and at least so sure. `values` has the
    options of every rule.
    """
    two_sided = bool(((all_.facts.client_segments > 0) & (all_.facts.server_segments > 0)).any())
    found: list[Found] = []
    told: dict[str, list[Told]] = {}
    by_shape = order(all_.shapes.of)
    bounds = np.searchsorted(all_.shapes.of[by_shape], np.arange(len(all_.stories) + 1))
    cases = [
        Case(story, all_, by_shape[bounds[index] : bounds[index + 1]], all_.end_ns, two_sided)
        for index, story in enumerate(all_.stories)
    ]
    whole = Whole(all_, captures, two_sided, cases, numbers, told)
    for rule in rules():
        if rule.of_whole and not rule.last and not rule.settled:
            found += _of_whole(rule, whole, values)
    doubtful = all_.facts.one_sided.copy()
    for f in found:
        if isinstance(f.hit, WholeHit) and f.hit.weakens:
            doubtful[f.lives] = True
    for case in cases:
        itself = case.story.known_by is KnownBy.ITSELF
        for rule in rules():
            if rule.of_story and (not itself or rule.code in OF_ITSELF):
                of_this = rule.of_story(case, **values[rule.code])
                found += [_found(rule, hit, case, doubtful[case.lives]) for hit in of_this]
    for f in found:
        told.setdefault(f.rule.code, []).append(Told(f.hit, f.lives))
    together: list[Found] = []
    for rule in rules():
        if rule.of_whole and rule.last:
            hits = _of_whole(rule, whole, values)
            told[rule.code] = [Told(f.hit, f.lives) for f in hits]
            together += hits
    found = [f for f in found if len(f.lives) or f.rule.of_whole]
    settled = _settled(found, len(all_))
    silent, together = _summed_up(settled, together, len(all_), codes, least)
    settled = _without(settled, silent) + together
    if expectations:
        said: dict[str, list[Told]] = {}
        for f in settled:
            said.setdefault(f.rule.code, []).append(Told(f.hit, f.lives, f.speaks_for))
        whole = Whole(all_, captures, two_sided, cases, numbers, said, expectations)
        settled += [f for rule in rules() if rule.settled for f in _of_whole(rule, whole, values)]
    return settled


def _of_whole(rule: Rule, whole: Whole, values: Values) -> list[Found]:
    assert rule.of_whole
    said = []
    for hit in rule.of_whole(whole, **values[rule.code]):
        sure = Confidence.CERTAIN if hit.proved else Confidence.LIKELY
        confidence = np.array([sure if hit.certain else Confidence.POSSIBLE])
        said.append(Found(rule, hit, hit.severity or rule.severity, hit.lives, confidence))
    return said


def _found(rule: Rule, hit: Hit, case: Case, doubtful: Array) -> Found:
    confidence = np.empty(len(case), np.uint8)
    confidence[:] = np.where(hit.proved, Confidence.CERTAIN, Confidence.LIKELY)
    if hit.doubtful is not None:
        doubtful = doubtful | hit.doubtful
    confidence[doubtful] = Confidence.POSSIBLE
    all_of_it = Found(rule, hit, hit.severity or rule.severity, case.lives, confidence)
    return all_of_it if hit.where is None else all_of_it.only(hit.where)


def _settled(found: list[Found], count: int) -> list[Found]:
    silent: dict[str, Array] = {}
    for f in found:
        if isinstance(f.hit, Hit) and not f.hit.explains:
            continue
        for code in EXPLAINS.get(f.rule.code, ()):
            silent.setdefault(code, np.zeros(count, bool))[f.lives] = True
    return _without(found, silent)


def _summed_up(
    found: list[Found], together: list[Found], count: int, codes: frozenset[str], least: Confidence
) -> tuple[dict[str, Array], list[Found]]:
    """What is silent because it is said of many at once, and what is said of many with what that makes it.

    Who speaks for others is at least as severe as they are: more of one fault is no smaller fault.
    """
    silent: dict[str, Array] = {}
    worst: dict[str, Array] = {}
    which: dict[str, Array] = {}
    said = []
    for f in together:
        explained = EXPLAINS.get(f.rule.code, ())
        if f.rule.code not in codes or f.confidence[0] < least or not explained:
            said.append(f)
            continue
        if f.rule.code not in worst:
            worst[f.rule.code], which[f.rule.code] = _losses(found, explained, count)
        for code in explained:
            silent.setdefault(code, np.zeros(count, bool))[f.lives] = True
        severity = Severity(max(int(f.severity), int(worst[f.rule.code][f.lives].max(initial=0))))
        marks = int(np.bitwise_or.reduce(which[f.rule.code][f.lives], initial=0))
        spoken = frozenset(code for i, code in enumerate(explained) if marks >> i & 1)
        said.append(replace(f, severity=severity, speaks_for=spoken))
    return silent, said


def _losses(found: list[Found], explained: Sequence[str], count: int) -> tuple[Array, Array]:
    """For each connection the worst severity found under these codes, and a bit for each of them."""
    worst, which = np.zeros(count, np.int8), np.zeros(count, np.int32)
    for f in found:
        if f.rule.of_story and f.rule.code in explained:
            worst[f.lives] = np.maximum(worst[f.lives], f.severity)
            which[f.lives] |= 1 << explained.index(f.rule.code)
    return worst, which


def _without(found: list[Found], silent: dict[str, Array]) -> list[Found]:
    left = []
    for f in found:
        if f.rule.of_story and f.rule.code in silent:
            f = f.only(~silent[f.rule.code][f.lives])
            if not len(f.lives):
                continue
        left.append(f)
    return left
