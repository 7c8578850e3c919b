"""GitHub's annotations and GitLab's code quality list: their syntax, and their limits."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from handshake_inspect import inspect
from handshake_inspect.finding import Severity
from handshake_inspect.render import Layout, Unread, join, part
from tests.render.fakes import FakeReport, finding, group
from tests.render.pages import CAPTURES
from tests.render.shared import written

COMMAND = re.compile(r"::(error|warning|notice) title=([^,:]+)(?:,file=([^,:]*))?::(.*)")


def annotations(text: str) -> list[tuple[str, str, str, str]]:
    """Kind, title, file and message of each annotation; all other lines are ours."""
    found = []
    for line in text.splitlines():
        match = COMMAND.fullmatch(line)
        assert match or line.startswith("handshake-inspect: ")
        if match:
            found.append((match[1], match[2], match[3], match[4]))
    return found


def joined(name: str, *reads: Any) -> str:
    """Several reports as one output."""
    out, layout = io.StringIO(), Layout()
    join(name, [part(name, read, layout) for read in reads], out, layout)
    return out.getvalue()


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_annotations_of_samples(path: Path) -> None:
    """There is one annotation for each kind of finding, the worst first."""
    read = inspect(path)
    groups = read.finding_groups()
    kinds = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}
    found = annotations(written(read, "github"))
    assert [one[:2] for one in found] == [(kinds[g.severity], f"{g.code} {g.name}") for g in groups]


def test_nine_and_a_rest() -> None:
    """GitHub shows ten of a kind: beyond that nine are shown, and the tenth says what was left."""
    groups = [group(finding(), 2, f"SYN{number:03}") for number in range(1, 13)]
    ten = annotations(written(FakeReport(groups=groups[:10]), "github"))
    assert [title.split()[0] for _, title, _, _ in ten] == [g.code for g in groups[:10]]
    nine = annotations(written(FakeReport(groups=groups), "github"))
    assert len(nine) == 10
    assert nine[-1][3] == "6 findings more, see the whole report: SYN010 SYN011 SYN012"
    assert len(annotations(joined("github", *[FakeReport(groups=groups)] * 3))) == 10


def test_equal_findings_are_counted() -> None:
    """An annotation says how many more there are."""
    ((_, _, _, message),) = annotations(written(FakeReport(groups=[group(finding(), 1204)]), "github"))
    assert message.endswith("(frames 1 and 2), and 1 203 more findings like it")


def test_workflow_commands_are_escaped() -> None:
    """No text from outside ends a property, a line, or an annotation."""
    hostile = "a%0A\r\n::error::b"
    text = written(FakeReport(groups=[group(finding(hostile))]), "github")
    ((kind, _, _, message),) = annotations(text)
    assert kind == "error"
    assert message.startswith("a%250A\\x0d\\x0a::error::b")


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_quality_of_samples(path: Path) -> None:
    """Every finding is an issue with GitLab's keys and words."""
    read = inspect(path)
    issues = json.loads(written(read, "gitlab"))
    assert [issue["check_name"] for issue in issues] == [found.code for found in read.findings()]
    for issue in issues:
        assert issue.keys() == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert issue["location"]["lines"] == {"begin": 1}


def test_quality_fingerprints_differ() -> None:
    """GitLab shows one of two issues with one fingerprint, so there are none such."""
    same = FakeReport(said=[finding(), finding()])
    issues = json.loads(joined("gitlab", same, same))
    assert len({issue["fingerprint"] for issue in issues}) == 4


def test_unreadable_captures_are_told() -> None:
    """Beside other reports, a capture that could not be read is the worst."""
    unread = Unread("b.pcap", "b.pcap: no such file")
    first, *_ = annotations(joined("github", FakeReport(groups=[group(finding())]), unread))
    assert first[0] == "error"
    (issue,) = json.loads(joined("gitlab", FakeReport(), unread))
    assert (issue["severity"], issue["description"]) == ("blocker", "b.pcap: no such file")
