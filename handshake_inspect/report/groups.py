"""Connections and findings in groups: what a person reads instead of a thousand equal rows."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from handshake_inspect.columns import Array
from handshake_inspect.finding import Confidence, Finding, Severity
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.story import Story
from handshake_inspect.integers import leaders

WORD_BITS = 8
"Most recordings have few codes."


class FindingGroup(Struct, frozen=True):
    """One rule, at one severity and confidence."""

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    connections: int
    "how many connections it speaks of"
    findings: int
    example: Finding
    "the one of the lowest connection number; one that speaks of many does not list them here"
    numbers: list[int]
    "the first few of those connections"
    summary: str
    "what the rule says in one sentence"


class StoryGroup(Struct, frozen=True):
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
    frame: int
    "the first frame of that one"


def story_groups(all_: Connections, admitted: Array, found: Sequence[tuple[str, Array]]) -> list[StoryGroup]:
    """One group for each distinct outcome, pair of words and codes; the largest first.

    `found` has a code and the lives it was found in, as often as it was found.
    """
    # In the order of first frames, so that the first of a group has the lowest number.
    lives = all_.by_number[np.flatnonzero(admitted[all_.by_number])]
    codes = sorted({code for code, _ in found})
    # Which codes a life has, one bit each, in as many words as it takes.
    marks = np.zeros((len(codes) // WORD_BITS + 1, len(all_)), np.uint8)
    for code, at in found:
        word, bit = divmod(codes.index(code), WORD_BITS)
        marks[word, at] |= np.uint8(1 << bit)
    group = leaders(all_.shapes.of[lives])
    for marked in marks:
        marked_alike = leaders(marked[lives])
        if marked_alike.any():
            # Both are below 2**32, so one number says which pair of them it is.
            pair = group.astype(np.int64) << 32 | marked_alike
            group = leaders(pair) if group.any() else marked_alike
    sizes = np.bincount(group, minlength=len(lives))
    first = np.flatnonzero(sizes)
    of_first = lives[first]

    counts: Counter[StoryGroup] = Counter()
    examples: dict[StoryGroup, tuple[int, int]] = {}
    for size, number, frame, shape, words in zip(
        sizes[first].tolist(),
        all_.number[of_first].tolist(),
        all_.facts.first_frame[of_first].tolist(),
        all_.shapes.of[of_first].tolist(),
        marks[:, of_first].T.tolist(),
        strict=True,
    ):
        theirs = [c for i, c in enumerate(codes) if words[i // WORD_BITS] >> i % WORD_BITS & 1]
        key = _group(all_.stories[shape], theirs)
        counts[key] += size
        examples[key] = min(examples.get(key, (number, frame)), (number, frame))
    groups = [
        replace(key, count=counts[key], example=number, frame=frame)
        for key, (number, frame) in examples.items()
    ]
    return sorted(groups, key=lambda g: (-g.count, g.example))


def _group(story: Story, codes: Sequence[str]) -> StoryGroup:
    """The group of a story, without its connections."""
    by = story.closing.by_server
    client, server = story.client.replay, story.server.replay
    return StoryGroup(
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
        codes=tuple(codes),
        count=0,
        example=0,
        frame=0,
    )
