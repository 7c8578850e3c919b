"""The findings as GitLab reads them, in its Code Quality form: one JSON list.

It knows what GitLab asks for: a path relative to the repository, a line, which a capture has none of and so
is 1, and a fingerprint that no other finding of the list has, for it shows only one of two equal ones.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct

from handshake_inspect.finding import Finding, Severity
from handshake_inspect.render import Layout, Unread
from handshake_inspect.render.parts.fingerprints import Fingerprints
from handshake_inspect.render.parts.objects import encode
from handshake_inspect.render.parts.places import relative
from handshake_inspect.render.parts.sentences import with_frames
from handshake_inspect.render.parts.text import clean
from handshake_inspect.report.fingerprint import digest

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report

SEVERITY = {Severity.ERROR: "major", Severity.WARNING: "minor", Severity.NOTE: "info"}
"GitLab's word for each; critical and blocker are for more than a finding can know."

UNREADABLE = "capture-unreadable"


class Lines(Struct, frozen=True):
    """Where in a file, from 1."""

    begin: int


class Location(Struct, frozen=True):
    """Which file."""

    path: str
    lines: Lines = Lines(1)


class Issue(Struct):
    """One finding."""

    description: str
    check_name: str
    fingerprint: str
    severity: str
    location: Location


def render(report: "Report", out: TextIO, layout: Layout) -> None:
    """Write the list."""
    join([part(report, layout)], out, layout)


def part(read: "Report | Unread", layout: Layout) -> list[Issue]:
    """The issues of one report."""
    if isinstance(read, Unread):
        path = clean(relative(read.path))
        return [Issue(clean(read.reason), UNREADABLE, digest(UNREADABLE, path), "blocker", Location(path))]
    location = cache(lambda path: Location(clean(relative(path))))
    return [_issue(finding, location(finding.capture)) for finding in read.findings()]


def join(parts: Sequence[list[Issue]], out: TextIO, layout: Layout) -> None:
    """Write the issues of all as one list."""
    seen = Fingerprints()
    between = "[\n"
    for issues in parts:
        for issue in issues:
            issue.fingerprint = seen.unique(issue.fingerprint)
            out.write(f"{between}  {encode(issue)}")
            between = ",\n"
    out.write("[]\n" if between == "[\n" else "\n]\n")


def _issue(finding: Finding, location: Location) -> Issue:
    description = f"{finding.code} {finding.name} ({finding.confidence.word}): {with_frames(finding)}"
    return Issue(clean(description), finding.code, finding.fingerprint, SEVERITY[finding.severity], location)
