"""Every rule's page is complete, and every packet script on it says what the rules find."""

import re
from pathlib import Path

import pytest

from handshake_inspect import inspect, script
from handshake_inspect.rules.registry import HEADINGS, Rule, rules

SCRIPT = re.compile(r"^```\n(\+.*?|\[.*?|client.*?|server.*?)^```$", re.M | re.S)


def scripts(rule: Rule) -> list[tuple[str, str]]:
    """(heading, script) of every example on a rule's page."""
    sections = re.split(r"^## (.+)$", rule.page, flags=re.M)[1:]
    return [
        (h, m[1])
        for h, text in zip(sections[::2], sections[1::2], strict=True)
        for m in SCRIPT.finditer(text)
    ]


EXAMPLES = [(rule, heading, text) for rule in rules() for heading, text in scripts(rule)]


def found(text: str, tmp_path: Path) -> set[tuple[str, int]]:
    """(code, frame of the primary evidence) of everything found in a packet script."""
    capture = tmp_path / "example.pcap"
    capture.write_bytes(script.to_pcap(script.parse(text)))
    return {(f.code, f.evidence[0].frame) for f in inspect(capture).findings()}


@pytest.mark.parametrize(
    ("rule", "heading", "text"), EXAMPLES, ids=[f"{r.code}-{h}-{i}" for i, (r, h, _) in enumerate(EXAMPLES)]
)
def test_examples(rule: Rule, heading: str, text: str, tmp_path: Path) -> None:
    """The rules point at the marked packets of an example and at no others."""
    expected = set(script.parse(text).expected)
    assert found(text, tmp_path) == expected
    codes = {code for code, _ in expected}
    if heading == "Example":
        assert rule.code in codes
    elif heading == "Not flagged":
        assert rule.code not in codes


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r.code)
def test_page(rule: Rule) -> None:
    """A page has one sentence that says what happened, then every heading with something under it."""
    sections = re.split(r"^## (.+)$", rule.page, flags=re.M)
    assert rule.page.startswith(rule.summary)
    assert rule.summary.endswith(".")
    assert sections[1::2] == list(HEADINGS)
    assert all(text.strip() for text in sections[2::2])
    assert rule.sources


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r.code)
def test_name_and_file(rule: Rule) -> None:
    """A rule lives in a file of its name, in the folder of its family."""
    module = (rule.of_story or rule.of_whole).__module__
    assert module == f"handshake_inspect.rules.{rule.code[:-3].lower()}.{rule.name.replace('-', '_')}"
    assert re.fullmatch(r"[A-Z]{3,4}[0-9]{3}", rule.code)
    assert re.fullmatch(r"[a-z0-9-]+", rule.name)


@pytest.mark.parametrize("rule", [r for r in rules() if r.of_story], ids=lambda r: r.code)
def test_fires_and_near_miss(rule: Rule) -> None:
    """A rule about connections has an example that fires it and a near miss that does not."""
    headings = [heading for heading, _ in scripts(rule)]
    assert "Example" in headings
    assert "Not flagged" in headings
