"""A SARIF log of one run, of one report or of several.

One run, however many captures: GitHub takes 20 runs of a file. The invocation says how the run ended and what
was met on the way, for without it a scan that failed looks like one that found nothing.
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

import msgspec

from handshake_inspect.finding import Finding
from handshake_inspect.render import Layout, Unread
from handshake_inspect.render.parts.fingerprints import Fingerprints
from handshake_inspect.render.parts.objects import TOOL, encode
from handshake_inspect.render.parts.sarif_objects import (
    SCHEMA,
    VERSION,
    Artifact,
    AutomationDetails,
    Driver,
    Invocation,
    Location,
    Log,
    Message,
    Notification,
    Result,
    RuleReference,
    Run,
    Tool,
)
from handshake_inspect.render.parts.sarif_results import Places, Profile, artifact, result
from handshake_inspect.render.parts.sarif_rules import descriptor
from handshake_inspect.render.parts.sentences import all_of_it, reasons, stop
from handshake_inspect.render.parts.text import plain_message
from handshake_inspect.report.model import CaptureInfo
from handshake_inspect.rules.selection import CAPTURE
from handshake_inspect.units import counted

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report

AUTOMATION = f"{TOOL.name}/"
"The category of a run, before a slash; behind it would stand what tells one run from the next."

SUCCESSFUL = (0, 1)
"Exit statuses of a run that did what it was asked."


class Ranked(msgspec.Struct):
    """A result, how bad it is, and its fingerprint as it was before any other was known."""

    rank: tuple[int, int]
    "rises from the worst"
    fingerprint: str
    result: Result


class Part(msgspec.Struct):
    """What one report gives to a log."""

    artifacts: list[Artifact]
    notifications: list[Notification]
    results: list[Ranked]
    "the worst first"
    left: Counter[str]
    "findings that are not among them, by code"
    codes: list[str]
    "the rules that were asked"
    unread: bool = False


def part(read: "Report | Unread", profile: Profile) -> Part:
    """What one report gives to a log."""
    if isinstance(read, Unread):
        notification = Notification("error", Message(plain_message(read.reason)))
        return Part([], [notification], [], Counter(), [], unread=True)
    places = Places(read, profile)
    left: Counter[str] = Counter()
    notes: list[Notification] = [_read(capture) for capture in read.captures]

    def seen() -> Iterator[tuple[tuple[int, int], int, Finding]]:
        for position, finding in enumerate(read.findings()):
            left[finding.code] += 1
            if finding.connection is None and finding.code.startswith(CAPTURE):
                notes.append(_noted(finding, places))
            yield (-finding.severity, -finding.confidence), position, finding

    results = []
    for rank, _, finding in heapq.nsmallest(profile.most, seen()):
        left[finding.code] -= 1
        results.append(Ranked(rank, finding.fingerprint, result(finding, places)))
    codes = [rule.code for rule in read.rules_asked]
    return Part([artifact(capture) for capture in read.captures], notes, results, left, codes)


def join(parts: Sequence[Part], out: TextIO, layout: Layout, profile: Profile) -> None:
    """Write the log of all parts."""
    # Late: the registry imports every rule.
    from handshake_inspect.rules.registry import find

    ranked = sorted((r for one in parts for r in one.results), key=lambda r: r.rank)
    left = sum((one.left for one in parts), Counter[str]())
    left.update(r.result.rule_id for r in ranked[profile.most :])
    seen = Fingerprints()
    results = [_fingerprinted(r, seen) for r in ranked[: profile.most]]
    notifications = [note for one in parts for note in one.notifications]
    if left := +left:
        notifications.append(_left(left, profile.most))
    codes = {code for one in parts for code in one.codes} | {r.rule_id for r in results}
    rules = [descriptor(find(code)) for code in sorted(codes)]
    run = Run(
        tool=Tool(Driver(TOOL.name, TOOL.version, TOOL.version, rules)),
        automation_details=AutomationDetails(AUTOMATION),
        invocations=[
            Invocation(
                layout.status in SUCCESSFUL and not any(one.unread for one in parts),
                layout.status,
                notifications,
            )
        ],
        artifacts=_distinct([artifact for one in parts for artifact in one.artifacts]),
        results=results,
    )
    text = encode(Log(SCHEMA, VERSION, [run]))
    out.write(f"{msgspec.json.format(text, indent=2)}\n")


def _fingerprinted(ranked: Ranked, seen: Fingerprints) -> Result:
    fingerprint = seen.unique(ranked.fingerprint)
    # GitHub knows alerts again by the second name only.
    ranked.result.partial_fingerprints = {
        "handshakeFinding/v1": fingerprint,
        "primaryLocationLineHash": fingerprint,
    }
    return ranked.result


def _distinct(artifacts: Sequence[Artifact]) -> list[Artifact]:
    """Each artifact once (SARIF §3.14.15: they are unique)."""
    return list({one.location.uri: one for one in artifacts}.values())


def _read(capture: CaptureInfo) -> Notification:
    said = f"{capture.path} ({capture.format}): {all_of_it(capture)}"
    if skipped := reasons(capture.skipped):
        said += f"; skipped: {skipped}"
    if capture.stopped:
        said += f"; stopped {stop(capture.stopped)}"
    return Notification("warning" if capture.stopped else "note", Message(plain_message(said)))


def _noted(finding: Finding, places: Places) -> Notification:
    return Notification(
        finding.severity.word,
        Message(plain_message(finding.message)),
        RuleReference(finding.code),
        [Location(None, places.of_capture(finding.capture))],
    )


def _left(left: Counter[str], most: int) -> Notification:
    found = counted(sum(left.values()), "finding")
    codes = ", ".join(f"{code} {count}" for code, count in sorted(left.items()))
    said = f"{found} left out, for only the worst {most} are written: {codes}"
    return Notification("warning", Message(plain_message(said)))
