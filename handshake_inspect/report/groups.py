"""Connections and findings in groups: what a person reads instead of a thousand equal rows."""

from collections import Counter
from dataclasses import dataclass, replace

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.finding import Confidence, Finding, Severity
from handshake_inspect.flow.connections import Connections


@dataclass(frozen=True)
class FindingGroup:
    """One rule, at one severity and confidence."""

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    connections: int
    "how many connections it speaks of"
    findings: int
    example: Finding
    "the one of the lowest connection number"
    numbers: list[int]
    "the first few of those connections"
    summary: str
    "what the rule says in one sentence"


@dataclass(frozen=True)
class StoryGroup:
    """Connections to which the same happened."""

    opening: str
    manner: str | None
    closing: str
    by: str | None
    client_word: str
    server_word: str
    client_state: str
    "where it is proved to have ended"
    server_state: str
    client_presumed: str
    "where it is presumed to have ended"
    server_presumed: str
    codes: tuple[str, ...]
    count: int
    example: int
    "the lowest number among them"


def story_groups(all_: Connections, admitted: Array, codes: list[set[str]]) -> list[StoryGroup]:
    """One group for each distinct outcome, pair of words and codes; the largest first."""
    counts: Counter[StoryGroup] = Counter()
    examples: dict[StoryGroup, int] = {}
    shape = all_.shapes.of[admitted]
    per_shape = np.bincount(shape, minlength=len(all_.stories)).tolist()
    lowest = np.full(len(all_.stories), np.iinfo(np.int64).max)
    np.minimum.at(lowest, shape, all_.number[admitted])
    for index, story in enumerate(all_.stories):
        if not per_shape[index]:
            continue
        by = story.closing.by_server
        client, server = story.client.replay, story.server.replay
        key = StoryGroup(
            opening=story.opening.outcome.value,
            manner=story.opening.manner.value if story.opening.manner else None,
            closing=story.closing.outcome.value,
            by=None if by is None else ("server" if by else "client"),
            client_word=client.word,
            server_word=server.word,
            client_state=client.known.value,
            server_state=server.known.value,
            client_presumed=client.presumed.value,
            server_presumed=server.presumed.value,
            codes=tuple(sorted(codes[index])),
            count=0,
            example=0,
        )
        counts[key] += per_shape[index]
        examples[key] = min(examples.get(key, int(lowest[index])), int(lowest[index]))
    groups = [replace(key, count=counts[key], example=examples[key]) for key in counts]
    return sorted(groups, key=lambda g: (-g.count, g.example))
