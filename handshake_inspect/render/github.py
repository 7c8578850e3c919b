"""Annotations of a GitHub Actions job, as workflow commands on its standard output.

It knows the syntax of `::error …::message`, and that GitHub shows ten annotations of each kind for a step.
The one idea: one annotation says one kind of finding once, with how many there are, and where even these are
too many, the worst nine are shown and the tenth says what was left.
"""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, TextIO

from msgspec import Struct

from handshake_inspect.finding import Confidence, Severity
from handshake_inspect.render import Layout, Unread
from handshake_inspect.render.parts import words
from handshake_inspect.render.parts.places import relative
from handshake_inspect.render.parts.sentences import with_frames
from handshake_inspect.render.parts.text import cleaner
from handshake_inspect.units import counted

if TYPE_CHECKING:
    from handshake_inspect.report.groups import FindingGroup
    from handshake_inspect.report.report import Report

MOST = 10
"So many annotations of a kind are shown for a step; GitHub drops the others without a word."

COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


class Annotation(Struct, frozen=True):
    """One kind of finding, or one capture that could not be read."""

    severity: Severity
    confidence: Confidence
    title: str
    capture: str
    message: str
    findings: int


class Part(Struct, frozen=True):
    """What one report has to say."""

    headline: str
    annotations: list[Annotation]


def render(report: "Report", out: TextIO, layout: Layout) -> None:
    """Write the headline, and an annotation for each kind of finding."""
    join([part(report, layout)], out, layout)


def part(read: "Report | Unread", layout: Layout) -> Part:
    """The annotations of one report."""
    if isinstance(read, Unread):
        annotation = Annotation(
            Severity.ERROR, Confidence.CERTAIN, "capture unreadable", read.path, read.reason, 1
        )
        return Part(read.reason, [annotation])
    stories, groups = read.stories(), read.finding_groups()
    headline = words.summary(read.connection_count, read.flagged_count, stories, groups)
    headline = f"{layout.title}: {headline}" if layout.title else headline
    return Part(headline, [_annotation(group) for group in groups])


def join(parts: Sequence[Part], out: TextIO, layout: Layout) -> None:
    """Write the headlines, and the worst annotations of all."""
    clean = cleaner(out)
    for one in parts:
        # A prefix, so that no text from outside begins a line, where it could be a command.
        out.write(f"handshake-inspect: {clean(one.headline)}\n")
    annotations = [annotation for one in parts for annotation in one.annotations]
    annotations.sort(key=lambda a: (-a.severity, -a.confidence))
    for severity in sorted(COMMAND, reverse=True):
        same = [annotation for annotation in annotations if annotation.severity is severity]
        shown = same if len(same) <= MOST else same[: MOST - 1]
        for annotation in shown:
            title, file = clean(annotation.title), clean(relative(annotation.capture))
            where = f"title={_property(title)},file={_property(file)}"
            out.write(f"::{COMMAND[severity]} {where}::{_data(clean(annotation.message))}\n")
        if left := same[len(shown) :]:
            out.write(f"::{COMMAND[severity]} title=handshake-inspect::{_data(clean(_rest(left)))}\n")


def _annotation(group: "FindingGroup") -> Annotation:
    more = counted(group.findings - 1, "more finding")
    return Annotation(
        group.severity,
        group.confidence,
        f"{group.code} {group.name}",
        group.example.capture,
        with_frames(group.example) + (f", and {more} like it" if group.findings > 1 else ""),
        group.findings,
    )


def _rest(left: Sequence[Annotation]) -> str:
    codes = Counter(annotation.title.split()[0] for annotation in left)
    found = counted(sum(annotation.findings for annotation in left), "finding")
    return f"{found} more, see the whole report: {' '.join(sorted(codes))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
