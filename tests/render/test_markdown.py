"""Markdown: what GitHub shows of it, read by a Markdown parser."""

import re
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from handshake_inspect import inspect
from handshake_inspect.render import Layout
from handshake_inspect.render.markdown import _escaping
from handshake_inspect.render.parts.text import clean
from tests.render.fakes import STOPPED, FakeReport, capture, finding, group
from tests.render.pages import CAPTURES
from tests.render.shared import written

GITHUB = MarkdownIt("commonmark").enable("table")
TAGS = {"<details>", "</details>", "<summary>", "</summary>", "<code>", "</code>"}


def tags(page: str) -> set[str]:
    """The HTML tags of the page."""
    return set(re.findall(r"<[^>]*>", page))


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_samples(path: Path) -> None:
    """The page of every sample has a sentence, a row for each kind of finding, and no tags but ours."""
    read = inspect(path)
    page = written(read, "markdown")
    assert page.startswith("## handshake-inspect\n\n**")
    html = GITHUB.render(page)
    assert html.count("<tr>") == (len(read.finding_groups()) + 1 if read.finding_groups() else 0)
    assert tags(page) <= TAGS
    for tag in ("details", "summary", "code"):
        assert page.count(f"<{tag}>") == page.count(f"</{tag}>")


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=40))
@example("__0__")
@example("0.")
def test_text_from_outside_is_only_text(text: str) -> None:
    """Whatever stands in a name, a Markdown parser sees one paragraph of text and no structure."""
    escape = _escaping(clean)
    seen = GITHUB.parse(f"x {escape(text)}")
    assert [token.type for token in seen] == ["paragraph_open", "inline", "paragraph_close"]
    children = seen[1].children or []
    assert {child.type for child in children} <= {"text", "text_special"}
    shown = "".join(child.content for child in children)
    assert shown.split() == f"x {clean(text)}".split()
    assert {token.type for token in GITHUB.parse(escape(text))} <= {token.type for token in seen}
    cell = GITHUB.parse(f"| a |\n| --- |\n| {escape(text)} |\n")
    assert sum(1 for token in cell if token.type == "td_open") == 1


@pytest.mark.parametrize("text", ["@someone", "https://a.b", "WWW.a.b", ":+1:", "$x$", "http://a"])
def test_what_only_github_reads_is_broken(text: str) -> None:
    """Mentions, emoji, formulas and links without brackets are GitHub's own, and none is made."""
    escaped = _escaping(clean)(text)
    assert not re.search(r"@\w|://|(?i:www\.)|:[\w+]+:|\$", escaped)


def test_limit_and_rest() -> None:
    """More kinds of finding than the limit are counted and named."""
    groups = [group(finding(), 3, f"SYN{number:03}") for number in range(1, 31)]
    page = written(FakeReport(groups=groups), "markdown", Layout(limit=28))
    assert page.count("<details>") == 29
    assert "… and 6 findings more (`--limit`): SYN029 SYN030" in page


def test_many_frames_are_cut() -> None:
    """A finding lists its first frames, and says how many there are more."""
    read = FakeReport(captures=(capture(frames=100),), groups=[group(finding(frames=50))])
    page = written(read, "markdown")
    assert page.count("* frame ") == 20
    assert "* … and 30 frames more" in page


def test_captures_that_stopped_are_told() -> None:
    """What was skipped and where a capture stopped stands below the captures."""
    page = written(FakeReport(captures=(capture(stopped=STOPPED, skipped={"arp": 3}),)), "markdown")
    assert "<summary>1 capture, 1 of them cut short</summary>" in page
    assert "  * skipped: 3 arp" in page
    assert "  * **stopped** at byte 41 216" in page


def test_reports_below_each_other() -> None:
    """Each has its capture's name as a heading, and a blank line before it."""
    page = written(FakeReport(), "markdown", Layout(title="a_b.pcap", below=True))
    assert page.startswith("\n## handshake-inspect: a_b.pcap\n")
