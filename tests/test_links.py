"""The documents lead to files that are there, and on the site to pages that are."""

import posixpath
import re
from pathlib import Path

import pytest

from docs.generate import DOCS
from docs.links import FENCE, LINK, ROOT, place, turned

DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *DOCS.rglob("*.md"), *ROOT.glob("benchmarks/*.md"), *ROOT.glob("sample_pcaps/*.md")]
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(document: Path) -> None:
    """Every link to a file of this project leads to one, and its anchor to a heading there."""
    text = FENCE.sub("", document.read_text("utf-8"))
    for link in re.finditer(r"\]\((?!\w+:)([^)#\s]*)(?:#([^)]+))?\)", text):
        target = document.parent / link[1] if link[1] else document
        assert target.exists(), link[0]
        if link[2]:
            headings = re.findall(r"^#+ (.+)$", target.read_text("utf-8"), re.M)
            anchors = {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
            assert link[2] in anchors, link[0]


@pytest.mark.parametrize(
    ("path", "link", "wanted"),
    [
        ("README.md", "docs/zeek.md", "zeek.md"),
        ("README.md", "docs/rules/README.md", "rules/README.md"),
        ("README.md", "docs/rules", "rules/README.md"),
        ("README.md", "sample_pcaps/README.md", "sample_pcaps/README.md"),
        ("docs/zeek.md", "../README.md", "index.md"),
        ("docs/essays/proof.md", "../../sample_pcaps/clean.pcap", "../sample_pcaps/clean.pcap"),
        ("docs/essays/proof.md", "../state-machine.md#the-bar", "../state-machine.md#the-bar"),
        ("docs/rules/SYN003.md", "README.md", "README.md"),
        ("sample_pcaps/README.md", "../docs/rules/SYN003.md", "../rules/SYN003.md"),
        ("README.md", "https://example.org/docs/x.md", "https://example.org/docs/x.md"),
        ("README.md", "#limits", "#limits"),
    ],
)
def test_links_are_turned(path: str, link: str, wanted: str) -> None:
    """A link of the checkout leads to the same thing on the site; other sites and own headings stay."""
    assert turned(f"see [it]({link}) there", path) == f"see [it]({wanted}) there"


def test_code_is_left_alone() -> None:
    """What looks like a link in a fenced block is none."""
    text = "```python\nx[0](docs/zeek.md)\n```\n[it](docs/zeek.md)"
    assert turned(text, "README.md") == "```python\nx[0](docs/zeek.md)\n```\n[it](zeek.md)"


def test_bars_in_code_are_bare() -> None:
    """A bar that is escaped in code, as GitHub's tables need it, is bare on the site; other bars stay."""
    assert turned("| `S\\|r` | a \\| b |", "README.md") == "| `S|r` | a \\| b |"


def test_turned_links_meet_their_targets() -> None:
    """Turning loses no link: each leads on the site to the place of the file that it meant."""
    document = DOCS / "essays" / "proof.md"
    text = document.read_text("utf-8")
    meant = [place(posixpath.normpath(f"docs/essays/{link[1]}")) for link in LINK.finditer(text)]
    led = [
        posixpath.normpath(f"essays/{link[1]}")
        for link in LINK.finditer(turned(text, "docs/essays/proof.md"))
    ]
    assert led == meant
    assert len(meant) > 5
