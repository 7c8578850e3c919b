"""Ask every rule, settle what speaks of the same cause, and keep the findings as a table.

A finding is a rule, a hit, and the connections it holds for; no sentence is made here.
"""

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from handshake_inspect.columns import Array
from handshake_inspect.finding import Confidence, Severity
from handshake_inspect.flow.connections import Connections
from handshake_inspect.rules.case import CaptureFacts, Case, Hit, Whole, WholeHit
from handshake_inspect.rules.precedence import EXPLAINS
from handshake_inspect.rules.registry import Rule, rules


class Found(Struct, frozen=True):
    """What one hit of one rule found, for every connection it holds for."""

    rule: Rule
    hit: "Hit | WholeHit"
    severity: Severity
    lives: Array
    "the connections, as rows of the lives"
    confidence: Array
    "the Confidence of each, in the same order; of a hit on the whole recording a single one"

    def only(self, keep: Array) -> "Found":
        """The same for some of its connections."""
        return replace(self, lives=self.lives[keep], confidence=self.confidence[keep])

    def over(self, lives: Array) -> "Found":
        """The same hit on the whole recording, speaking of these connections."""
        return replace(self, lives=lives)


def examine(all_: Connections, captures: Sequence[CaptureFacts], codes: frozenset[str]) -> list[Found]:
    """Everything the rules with these codes find, one cause each.

    Rules that explain others are asked even when they are not selected, so that selecting fewer rules never
    makes one speak that was silent.
    """
    two_sided = bool(((all_.facts.client_segments > 0) & (all_.facts.server_segments > 0)).any())
    found: list[Found] = []
    whole = Whole(all_, captures, two_sided)
    for rule in rules():
        if rule.of_whole:
            for said in rule.of_whole(whole):
                confidence = np.array([Confidence.CERTAIN if said.certain else Confidence.POSSIBLE])
                found.append(Found(rule, said, rule.severity, said.lives, confidence))
    doubtful = all_.facts.one_sided
    order = np.argsort(all_.shapes.of, kind="stable")
    bounds = np.searchsorted(all_.shapes.of[order], np.arange(len(all_.stories) + 1))
    for index, story in enumerate(all_.stories):
        lives = order[bounds[index] : bounds[index + 1]]
        case = Case(story, all_, lives, all_.end_ns, two_sided)
        for rule in rules():
            if rule.of_story:
                found += [_found(rule, hit, case, doubtful[lives]) for hit in rule.of_story(case)]
    found = [f for f in found if len(f.lives) or f.rule.of_whole]
    return [f for f in _settled(found, len(all_)) if f.rule.code in codes]


def _found(rule: Rule, hit: Hit, case: Case, doubtful: Array) -> Found:
    confidence = np.where(hit.proved, Confidence.CERTAIN, Confidence.LIKELY)
    confidence = np.broadcast_to(confidence, len(case))
    if hit.doubtful is not None:
        doubtful = doubtful | hit.doubtful
    confidence = np.where(doubtful, Confidence.POSSIBLE, confidence)
    all_of_it = Found(rule, hit, hit.severity or rule.severity, case.lives, confidence)
    return all_of_it if hit.where is None else all_of_it.only(hit.where)


def _settled(found: list[Found], count: int) -> list[Found]:
    silent: dict[str, Array] = {}
    for f in found:
        for code in EXPLAINS.get(f.rule.code, ()):
            silent.setdefault(code, np.zeros(count, bool))[f.lives] = True
    settled = []
    for f in found:
        if f.rule.of_story and f.rule.code in silent:
            f = f.only(~silent[f.rule.code][f.lives])
            if not len(f.lives):
                continue
        settled.append(f)
    return settled
