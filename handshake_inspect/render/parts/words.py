"""What the outcomes of a connection are called in a sentence, and the sentence that opens every report.

It knows the outcomes of the JSON form, each by one phrase. The one idea: every connection is in exactly one
phrase, so that the numbers of the sentence add up.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from handshake_inspect.finding import Severity
from handshake_inspect.report.model import ClosingOutcome, OpeningOutcome
from handshake_inspect.units import counted, number

if TYPE_CHECKING:
    from handshake_inspect.report.groups import FindingGroup, StoryGroup

CLEAN = "opened and closed cleanly"
FLAGGED = "opened and closed with findings"
LATE = "joined late"

NOT_OPENED: dict[OpeningOutcome, str] = {
    "half-open": "half-open",
    "unanswered": "never answered",
    "refused": "refused",
    "rejected": "rejected by ICMP",
    "reset": "reset while opening",
    "invalid": "wrongly answered",
    "unsolicited": "out of nowhere",
}
"What a connection that did not open is called."

OPENED: dict[ClosingOutcome, str] = {
    "closed": FLAGGED,
    "closing": "not fully closed",
    "half-closed": "closed on one side only",
    "reset": "ended by a reset",
    "reset-after-fin": "reset while closing",
    "open": "still open at the end",
    "never-opened": "never opened",
}
"What a connection that did open is called, unless nothing is to be said of it."


def vlan(numbers: Sequence[int] | None) -> str:
    """`VLAN 10`, or `VLAN 5.10` where 5 is the outer one; empty where there is none."""
    return f"VLAN {'.'.join(map(str, numbers))}" if numbers else ""


def fate(opening: str, closing: str, flagged: bool) -> str:
    """What became of a connection, to follow its number: `never answered`."""
    if opening == "unseen":
        return LATE
    if opening != "established":
        return NOT_OPENED.get(opening, opening)  # type: ignore[call-overload,no-any-return]
    if closing == "closed" and not flagged:
        return CLEAN
    return OPENED.get(closing, closing)  # type: ignore[call-overload,no-any-return]


def headline(connections: int, fates: Mapping[str, int]) -> str:
    """`12 connections: 9 opened and closed cleanly, 2 never answered, 1 refused.`"""
    if not connections:
        return "No TCP connections."
    order = sorted(fates, key=lambda words: (words != CLEAN, -fates[words], words))
    start = counted(connections, "connection")
    if len(order) == 1:
        return f"{start}: {'all ' if connections > 1 else ''}{order[0]}."
    return f"{start}: {', '.join(f'{number(fates[words])} {words}' for words in order)}."


def tally(findings: Mapping[Severity, int], connections: int) -> str:
    """`1 error, 2 warnings, in 3 connections.`"""
    parts = [counted(findings[s], s.word) for s in sorted(Severity, reverse=True) if findings.get(s)]
    if not parts:
        return "No findings."
    about = f", in {counted(connections, 'connection')}" if connections else ""
    return f"{', '.join(parts)}{about}."


def summary(
    connections: int, flagged: int, stories: Sequence["StoryGroup"], groups: Sequence["FindingGroup"]
) -> str:
    """The headline and the tally of a report, in one line."""
    return f"{headline(connections, fates(stories))} {tally(severities(groups), flagged)}"


def fates(stories: Sequence["StoryGroup"]) -> Counter[str]:
    """How many connections met each fate."""
    met: Counter[str] = Counter()
    for story in stories:
        met[fate(story.opening, story.closing, bool(story.codes))] += story.count
    return met


def severities(groups: Sequence["FindingGroup"]) -> Counter[Severity]:
    """How many findings there are of each severity."""
    found: Counter[Severity] = Counter()
    for group in groups:
        found[group.severity] += group.findings
    return found


def opening(outcome: str, manner: str | None) -> str:
    """`established`, or `established, fast-open` where it is not the usual three segments."""
    return outcome if manner in (None, "three-way") else f"{outcome}, {manner}"


def closing(outcome: str, by: str | None) -> str:
    """`closed by client`; empty where nothing opened."""
    if outcome == "never-opened":
        return ""
    return f"{outcome} by {by}" if by else outcome


def state(known: str, presumed: str) -> str:
    """`LAST-ACK`, or `LAST-ACK (CLOSED)` where only the first is proved."""
    return known if known == presumed else f"{known} ({presumed})"


PRESUMED = "In brackets, and right of | in a word: presumed. Nothing proves that it arrived."
"How to read a state in brackets, on every page that shows one."
