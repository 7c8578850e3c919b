"""The report as JUnit XML, in the form that Jenkins' junit-10.xsd, GitLab and GitHub's test reporters share.

A test suite is a capture. In it, a test case is a connection and a rule that found something on it, and it
fails when that is at least as severe as `--fail-on`; with `--fail-on never`, as a warning. Every other rule
that was asked is a test case that passes, for a suite without test cases looks like one that did not run.
What a failure says stands in its text, because GitLab shows no `message`. There are no times: they would
differ from run to run. A capture that cannot be read is an error.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, TextIO
from xml.etree import ElementTree

from msgspec import Struct

from handshake_inspect.finding import Finding, Severity
from handshake_inspect.render import Layout, Unread
from handshake_inspect.render.parts.objects import TOOL
from handshake_inspect.render.parts.sentences import all_of_it, reasons, stop, with_frames
from handshake_inspect.render.parts.text import clean
from handshake_inspect.report.model import CaptureInfo

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


class Suite(Struct):
    """One capture, its test cases as XML text: a million of them as elements would fill the memory."""

    name: str
    cases: list[str]
    failures: int = 0
    errors: int = 0
    notes: str = ""


def render(report: "Report", out: TextIO, layout: Layout) -> None:
    """Write the document."""
    join([part(report, layout)], out, layout)


def part(read: "Report | Unread", layout: Layout) -> list[Suite]:
    """The suites of one report, one for each of its captures."""
    if isinstance(read, Unread):
        return [_unread(read)]
    suites = {
        capture.path: Suite(capture.path, [], notes="\n".join(_notes(capture))) for capture in read.captures
    }
    found: dict[str, set[str]] = {path: set() for path in suites}
    for (path, connection, code), same in groupby(
        read.findings(), lambda finding: (finding.capture, finding.connection, finding.code)
    ):
        found[path].add(code)
        said = [(finding, "\n".join(_lines(finding))) for finding in same]
        _add(suites[path], code, said, _ends(read, connection), layout.fail_on)
    for path, suite in suites.items():
        for rule in read.rules_asked:
            if rule.code not in found[path]:
                case = _case(path, rule.code, f"{rule.code} {rule.name}")
                suite.cases.append(_written(case))
    return list(suites.values())


def join(parts: Sequence[Sequence[Suite]], out: TextIO, layout: Layout) -> None:
    """Write the suites of all as one document."""
    suites = [suite for suites in parts for suite in suites]
    tests = sum(len(suite.cases) for suite in suites)
    failures, errors = sum(s.failures for s in suites), sum(s.errors for s in suites)
    out.write(DECLARATION)
    out.write(f'<testsuites name="{TOOL.name}" tests="{tests}" failures="{failures}" errors="{errors}">\n')
    for suite in suites:
        head = ElementTree.Element(
            "testsuite",
            name=clean(suite.name),
            tests=str(len(suite.cases)),
            failures=str(suite.failures),
            errors=str(suite.errors),
            skipped="0",
        )
        out.write(f"  {_written(head).removesuffix(' />')}>\n")
        for case in suite.cases:
            out.write(f"    {case}\n")
        if suite.notes:
            notes = ElementTree.Element("system-out")
            notes.text = suite.notes
            out.write(f"    {_written(notes)}\n")
        out.write("  </testsuite>\n")
    out.write("</testsuites>\n")


def _add(suite: Suite, code: str, said: Sequence[tuple[Finding, str]], ends: str, fail_on: Severity) -> None:
    worst = max((finding for finding, _ in said), key=lambda finding: finding.severity)
    name = f"{code} {worst.name}{ends}"
    case = _case(suite.name, code, name)
    if worst.severity >= fail_on:
        suite.failures += 1
        inside = ElementTree.SubElement(case, "failure", type=code, message=clean(worst.message))
    else:
        inside = ElementTree.SubElement(case, "system-out")
    inside.text = "\n\n".join(text for _, text in said)
    suite.cases.append(_written(case))


def _ends(report: "Report", connection: int | None) -> str:
    if connection is None:
        return ""
    client, server = report.ends(connection)
    return f" {client} -> {server} #{connection}"


def _lines(finding: Finding) -> Iterator[str]:
    sure = f"{finding.severity.word}, {finding.confidence.word}"
    yield clean(f"{sure}: {with_frames(finding)}")
    for evidence in finding.evidence:
        yield clean(f"frame {evidence.frame} ({evidence.who}: {evidence.says})")
    if finding.display_filter:
        yield clean(f"Wireshark: {finding.display_filter}")
    yield f"more: {TOOL.name} rules {finding.code}"


def _notes(capture: CaptureInfo) -> Iterator[str]:
    yield clean(f"{capture.format}: {all_of_it(capture)}")
    if skipped := reasons(capture.skipped):
        yield clean(f"skipped: {skipped}")
    if capture.stopped:
        yield clean(f"stopped: {stop(capture.stopped)}")


def _unread(unread: Unread) -> Suite:
    case = _case(unread.path, "capture", "the capture can be read")
    error = ElementTree.SubElement(case, "error", type="unreadable", message=clean(unread.reason))
    error.text = clean(unread.reason)
    return Suite(unread.path, [_written(case)], errors=1)


def _case(path: str, code: str, name: str) -> ElementTree.Element:
    # Dots and slashes make the folders of a test report: `captures/a.pcap` is the class captures.a_pcap.
    folders = [re.sub(r"[^A-Za-z0-9_-]+", "_", folder) for folder in re.split(r"[/\\]+", path) if folder]
    return ElementTree.Element("testcase", name=clean(name), classname=".".join([*folders, code]))


def _written(element: ElementTree.Element) -> str:
    """An element in ASCII; what it cannot hold is a character reference."""
    return ElementTree.tostring(element).decode()
