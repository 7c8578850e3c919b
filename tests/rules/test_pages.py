"""Every rule's page is complete, and every packet script on it says what the rules find."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from handshake_inspect import Settings, inspect, script
from handshake_inspect.config.file import named
from handshake_inspect.rules.registry import HEADINGS, OPTIONS, Rule, rules

SCRIPT = re.compile(
    r"(?:^```toml\n(?P<toml>.*?)^```\n)?^```\n(?P<script>(?:\+|\[|client|server).*?)^```$", re.M | re.S
)


class Example(NamedTuple):
    """A packet script on a rule's page."""

    heading: str
    configuration: str
    "the TOML right before it, or nothing"
    text: str


def scripts(rule: Rule) -> list[Example]:
    """Every example on a rule's page."""
    sections = re.split(r"^## (.+)$", rule.page, flags=re.M)[1:]
    return [
        Example(heading, m["toml"] or "", m["script"])
        for heading, text in zip(sections[::2], sections[1::2], strict=True)
        for m in SCRIPT.finditer(text)
    ]


EXAMPLES = [(rule, example) for rule in rules() for example in scripts(rule)]


def found(example: Example, tmp_path: Path) -> set[tuple[str, int]]:
    """(code, frame of the primary evidence) of everything found in a packet script."""
    capture, toml = tmp_path / "example.pcap", tmp_path / "handshake-inspect.toml"
    capture.write_bytes(script.to_pcap(script.parse(example.text)))
    toml.write_text(example.configuration)
    configured = named(str(toml))
    settings = Settings(ignores=configured.ignores, expectations=configured.expectations)
    return {(f.code, f.evidence[0].frame) for f in inspect(capture, settings=settings).findings()}


@pytest.mark.parametrize(
    ("rule", "example"), EXAMPLES, ids=[f"{r.code}-{e.heading}-{i}" for i, (r, e) in enumerate(EXAMPLES)]
)
def test_examples(rule: Rule, example: Example, tmp_path: Path) -> None:
    """The rules point at the marked packets of an example and at no others."""
    expected = set(script.parse(example.text).expected)
    assert found(example, tmp_path) == expected
    codes = {code for code, _ in expected}
    if example.heading == "Example":
        assert rule.code in codes
    elif example.heading == "Not flagged":
        assert rule.code not in codes


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r.code)
def test_page(rule: Rule) -> None:
    """A page has one sentence that says what happened, then every heading with something under it.

    Options have a heading of their own where there are any.
    """
    sections = re.split(r"^## (.+)$", rule.page, flags=re.M)
    assert rule.page.startswith(rule.summary)
    assert rule.summary.endswith(".")
    at = HEADINGS.index("Limits")
    options = [OPTIONS] if rule.options else []
    assert sections[1::2] == [*HEADINGS[:at], *options, *HEADINGS[at:]]
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
    headings = [example.heading for example in scripts(rule)]
    assert "Example" in headings
    assert "Not flagged" in headings
