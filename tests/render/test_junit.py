"""JUnit: by Jenkins' schema, and readable where only the text of a failure is shown."""

import io
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from handshake_inspect import Settings, inspect
from handshake_inspect.finding import Severity
from handshake_inspect.render import Layout, Unread, join, part
from tests.render.fakes import FakeReport, capture, finding
from tests.render.pages import CAPTURES, SAMPLES
from tests.render.shared import written

XSD = etree.XMLSchema(etree.parse(str(Path(__file__).parent / "schemas" / "junit-10.xsd")))


def parsed(text: str) -> Any:
    """The document, valid by the schema, whose counts are right."""
    root = etree.fromstring(text.encode())
    XSD.assertValid(root)
    suites = root.findall("testsuite")
    for element, cases in [
        (root, root.findall("testsuite/testcase")),
        *((s, s.findall("testcase")) for s in suites),
    ]:
        assert int(element.get("tests")) == len(cases) > 0
        for kind in ("failure", "error"):
            assert int(element.get(f"{kind}s")) == sum(1 for case in cases if case.find(kind) is not None)
    return root


def suites(read: Any, layout: Layout | None = None) -> Any:
    """The report as a document."""
    return parsed(written(read, "junit", layout))


def test_schema_refuses_what_jenkins_refuses() -> None:
    """The schema we test with has no properties inside a test case and no skipped on the root."""
    for text in (
        '<testsuites skipped="0"/>',
        '<testsuite name="a" tests="1" failures="0" errors="0">'
        '<testcase name="b"><properties/></testcase></testsuite>',
    ):
        assert not XSD.validate(etree.fromstring(text))


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_samples_are_valid(path: Path) -> None:
    """The document of every sample is valid, and a rule is in it whether it found something or not."""
    read = inspect(path)
    root = suites(read)
    codes = {case.get("classname").rpartition(".")[2] for case in root.iter("testcase")}
    assert codes == {rule.code for rule in read.rules_asked}


def test_failures_are_those_that_fail_the_run() -> None:
    """A test case fails when its finding is at least as severe as --fail-on, and otherwise says it beside."""
    captures = [SAMPLES / "cut_mid_record.pcap", SAMPLES / "filtered.pcap"]
    read = inspect(*captures)
    expected = {Severity.NOTE: 3, Severity.WARNING: 2, Severity.ERROR: 1}
    for least, failures in expected.items():
        root = suites(read, Layout(fail_on=least))
        assert int(root.get("failures")) == failures
        said = [case for case in root.iter("testcase") if case.find("system-out") is not None]
        assert len(said) == 3 - failures


def test_failure_says_all_in_its_text() -> None:
    """GitLab shows no message attribute: the sentence, the frames and the filter are in the text."""
    read = inspect(SAMPLES / "syn_unanswered.pcap")
    (case,) = (case for case in suites(read).iter("testcase") if case.find("failure") is not None)
    (said,) = read.findings()
    text = case.find("failure").text
    assert case.get("name") == "SYN002 syn-unanswered 192.0.2.1:40000 -> 198.51.100.1:80 #1"
    assert text.startswith(f"error, certain: {said.message} (frames 1, 2, 3, 4, 5 and 6)\n")
    assert said.display_filter in text
    assert "frame 6 (client: SYN again, try 6)" in text


def test_one_suite_for_each_capture() -> None:
    """Several captures of one recording have a suite each, with the findings that begin in them."""
    paths = [SAMPLES / "cut_mid_record.pcap", SAMPLES / "filtered.pcap"]
    root = suites(inspect(*paths, settings=Settings(select=("CAP001", "SYN002"))))
    assert [suite.get("name") for suite in root] == [str(path) for path in paths]
    failed = [
        [case.get("name").split()[0] for case in suite if case.find("failure") is not None] for suite in root
    ]
    assert failed == [["CAP001"], ["SYN002"]]
    assert "stopped: at byte 941" in root[0].find("system-out").text


def test_findings_of_one_rule_on_one_connection_are_one_case() -> None:
    """A test case is a connection and a rule."""
    root = suites(FakeReport(said=[finding("one"), finding("two")]))
    (case,) = (case for case in root.iter("testcase") if case.find("failure") is not None)
    assert "one" in case.find("failure").text
    assert "two" in case.find("failure").text


def test_no_character_breaks_the_document() -> None:
    """What XML cannot hold is escaped (XML 1.0 §2.2), and what it could misread too."""
    text = "a\x00\x1b\ufffe<b>&\"']]>\udcff"
    root = suites(FakeReport(captures=(capture("a.pcap"),), said=[finding(text)]))
    (failure,) = root.iter("failure")
    assert failure.get("message") == "a\\x00\\x1b\\ufffe<b>&\"']]>\\xff"


def test_unreadable_captures_are_errors() -> None:
    """Beside other reports, a capture that could not be read is an error and no silence."""
    out = io.StringIO()
    layout = Layout()
    reads = (FakeReport(), Unread("b/c.pcap", "b/c.pcap: no such file"))
    join("junit", [part("junit", read, layout) for read in reads], out, layout)  # type: ignore[arg-type]
    root = parsed(out.getvalue())
    (case,) = (case for case in root.iter("testcase") if case.find("error") is not None)
    assert case.get("classname") == "b.c_pcap.capture"
    assert case.find("error").text == "b/c.pcap: no such file"
