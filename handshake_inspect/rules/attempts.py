"""How attempts to open follow one another on a 4-tuple, over the border of two lives.

It knows times and numbers only, by column. Its one idea: an attempt still lives while its next SYN is not yet
due, so whoever begins another one before that has dropped it, not failed with it.
"""

from collections.abc import Iterator

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Flag
from handshake_inspect.flow.events import QUOTE
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.story import Story
from handshake_inspect.integers import distinct
from handshake_inspect.rules.case import Case
from handshake_inspect.units import SECOND

PROMPT_NS = SECOND // 10
"Linux repeats its SYN 8 to 14 ms after it reset a wrong answer; no stack's first time-out is as short."


def first_of(marks: list[Array]) -> Iterator[tuple[int, Array]]:
    """For each position the connections in which it is the first marked one."""
    done: Array | None = None
    for position, mark in enumerate(marks):
        yield position, mark if done is None else mark & ~done
        done = mark if done is None else mark | done


def replaced(case: Case) -> Array:
    """Whether the client began another attempt while this one was still open to an answer."""
    return _succeeds(case, case.lives, case.neighbour(1))


def replacing(case: Case) -> Array:
    """Whether this attempt began while the client's attempt before was still open to an answer."""
    return _succeeds(case, case.neighbour(-1), case.lives)


def _succeeds(case: Case, earlier: Array, later: Array) -> Array:
    facts = case.all.facts
    both: Array = (earlier >= 0) & (later >= 0)
    if not both.any():
        return both
    # Doubling from 1 s, the next wait is all waits so far and 1 s; even waits are shorter (RFC 6298 §5.5).
    wait = facts.last_time_ns[earlier] - facts.first_time_ns[earlier] + SECOND
    pause = facts.first_time_ns[later] - facts.last_time_ns[earlier]
    in_time: Array = pause <= wait
    return both & _again(case, earlier, later) & in_time


def corrected(case: Case) -> Array:
    """Whether the next attempt came at the heels of this one's last segment, and opened."""
    later = case.neighbour(1)
    prompt = _prompt(case, case.lives, later)
    shape = np.where(prompt, case.all.shapes.of[later], -1)
    stories = case.all.stories
    opened = [i for i in distinct(shape[prompt]).tolist() if stories[i].opening.outcome is Opened.ESTABLISHED]
    return np.isin(shape, opened)


def correcting(case: Case) -> Array:
    """Whether this attempt came at the heels of the last segment of the one before."""
    return _prompt(case, case.neighbour(-1), case.lives)


def _prompt(case: Case, earlier: Array, later: Array) -> Array:
    facts = case.all.facts
    both: Array = (earlier >= 0) & (later >= 0)
    if not both.any():
        return both
    pause = facts.first_time_ns[later] - facts.last_time_ns[earlier]
    at_once: Array = pause < PROMPT_NS
    return both & _again(case, earlier, later) & at_once


def copied(case: Case) -> Array:
    """Whether the first SYN is the very one that began the life before: number and timestamp are the same."""
    before = np.maximum(case.neighbour(-1), 0)
    events, first = case.all.events, case.all.lives.first[before]
    same: Array = _again(case, case.lives, before) & (events.seq[first] == case.column("seq", 0))
    if same.any():
        stamps = case.all.recording.offers.tsval[case.all.offered.rows(events.frame[first])]
        same = same & (stamps == case.offer("tsval", 0))
    return same


def _again(case: Case, earlier: Array, later: Array) -> Array:
    """Whether the same end opened the later life with a SYN, where both exist."""
    lives, events = case.all.lives, case.all.events
    flags = events.flags[lives.first[later]]
    opener = (flags != QUOTE) & (flags & (Flag.SYN | Flag.ACK) == Flag.SYN)
    begun: Array = opener & (events.side[lives.first[later]] == lives.client[earlier])
    return begun


def stories_before(case: Case, among: Array) -> Iterator[tuple[Story, Array]]:
    """Each distinct story before the connections marked by `among`, with those it precedes."""
    shape = np.where(among, case.all.shapes.of[case.neighbour(-1)], -1)
    for index in distinct(shape[among]).tolist():
        yield case.all.stories[index], shape == index


def openers(story: Story) -> list[Happening]:
    """The client's SYNs, those the living connection did not take among them, until it was open."""
    end = story.opening.ack if story.opening.ack is not None else len(story.events)
    return [h for h in story.events[:end] if h.opener and not h.server]


def fate(story: Story) -> str:
    """What became of the opening, as the end of a sentence."""
    return {
        Opened.ESTABLISHED: "the connection opened",
        Opened.HALF_OPEN: "the handshake was never completed",
        Opened.REFUSED: "the server refused",
        Opened.REJECTED: "an ICMP error rejected it",
        Opened.RESET: "the attempt was reset",
        Opened.UNANSWERED: "nothing answered",
    }.get(story.opening.outcome, "the connection did not open")
