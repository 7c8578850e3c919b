"""The report as GitHub-flavoured Markdown, made for `>> "$GITHUB_STEP_SUMMARY"` and for comments of a CI job.

A headline, one table row for each kind of finding, the details of each folded away, and the captures. The one
idea: what comes from outside is written in character references, which begin no Markdown and no HTML
(CommonMark 0.31 §2.5), so one kind of escaping is right in text, in tables, in links and in code alike.
"""

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TextIO

from handshake_inspect.finding import Finding, Severity
from handshake_inspect.render import Layout
from handshake_inspect.render.parts import words
from handshake_inspect.render.parts.sentences import all_of_it, reasons, stop
from handshake_inspect.render.parts.text import cleaner
from handshake_inspect.units import counted, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from handshake_inspect.report.groups import FindingGroup
    from handshake_inspect.report.model import CaptureInfo
    from handshake_inspect.report.report import Report

MOST_FRAMES = 20
"The details of a finding list no more frames than this."

MARK = {Severity.ERROR: ":x:", Severity.WARNING: ":warning:", Severity.NOTE: ":information_source:"}

# What begins a structure, a mention, an emoji or, in GitHub's dialect, a formula or a link without brackets.
ACTIVE = re.compile(
    r"[\\`*{}\[\]<>#|~&@$]|(?<![^\W_])_|_(?![^\W_])|:(?=//|[\w+-]+:)|(?i:www)(?=\.)|^[\s+=-]|^\d+[.)](?!\S)"
)


def render(report: "Report", out: TextIO, layout: Layout) -> None:
    """Write the summary."""
    escape = _escaping(cleaner(out))
    for line in _lines(report, layout, escape):
        out.write(f"{line}\n")


def _lines(report: "Report", layout: Layout, escape: Callable[[str], str]) -> Iterator[str]:
    if layout.below:
        yield ""
    yield f"## handshake-inspect{': ' + escape(layout.title) if layout.title else ''}"
    yield ""
    groups = report.finding_groups()
    yield f"**{words.summary(report.connection_count, report.flagged_count, report.stories(), groups)}**"
    yield ""
    shown = groups[: layout.limit]
    if shown:
        yield from _table(shown, escape)
        yield ""
    if left := groups[layout.limit :]:
        found = counted(sum(group.findings for group in left), "finding")
        yield f"… and {found} more (`--limit`): {' '.join(sorted({group.code for group in left}))}"
        yield ""
    for group in shown:
        yield from _details(group, report.captures, escape)
    yield from _captures(report.captures, escape)


def _table(groups: "Sequence[FindingGroup]", escape: Callable[[str], str]) -> Iterator[str]:
    yield "| | code | what happened | findings | connections | sure |"
    yield "| --- | --- | --- | ---: | ---: | --- |"
    for group in groups:
        yield (
            f"| {MARK[group.severity]} {group.severity.word} | {group.code} {group.name} "
            f"| {escape(group.summary)} | {number(group.findings)} | {number(group.connections)} "
            f"| {group.confidence.word} |"
        )


def _details(
    group: "FindingGroup", captures: "Sequence[CaptureInfo]", escape: Callable[[str], str]
) -> Iterator[str]:
    example = group.example
    which = "" if group.findings == 1 else f", one of {number(group.findings)}"
    yield f"<details><summary>{group.code} {group.name} ({group.confidence.word}{which})</summary>"
    # A blank line ends the HTML, so that what follows is Markdown again.
    yield ""
    yield escape(example.message)
    yield ""
    yield from _evidence(example, captures, escape)
    if example.display_filter:
        yield f"Wireshark: <code>{escape(example.display_filter)}</code>"
        yield ""
    yield f"More: `handshake-inspect rules {group.code}`"
    yield ""
    yield "</details>"
    yield ""


def _evidence(
    finding: Finding, captures: "Sequence[CaptureInfo]", escape: Callable[[str], str]
) -> Iterator[str]:
    for evidence in finding.evidence[:MOST_FRAMES]:
        where = f"frame {evidence.frame}"
        if len(captures) > 1:
            path = captures[evidence.capture].path
            where = f"frame {evidence.frame} (frame {evidence.capture_frame} of {escape(path)})"
        yield f"* {where}: {escape(evidence.who)}: {escape(evidence.says)}"
    if left := finding.evidence[MOST_FRAMES:]:
        yield f"* … and {counted(len(left), 'frame')} more"
    if finding.evidence:
        yield ""


def _captures(captures: "Sequence[CaptureInfo]", escape: Callable[[str], str]) -> Iterator[str]:
    name = counted(len(captures), "capture")
    stopped = sum(1 for capture in captures if capture.stopped)
    early = f", {number(stopped)} of them cut short" if stopped else ""
    yield f"<details><summary>{name}{early}</summary>"
    yield ""
    for capture in captures:
        yield f"* <code>{escape(capture.path)}</code> ({capture.format}): {escape(all_of_it(capture))}"
        if skipped := reasons(capture.skipped):
            yield f"  * skipped: {escape(skipped)}"
        if capture.stopped:
            yield f"  * **stopped** {escape(stop(capture.stopped))}"
    yield ""
    yield "</details>"


def _escaping(clean: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: ACTIVE.sub(_referenced, clean(text))


def _referenced(match: re.Match[str]) -> str:
    return "".join(f"&#{ord(sign)};" for sign in match.group())
