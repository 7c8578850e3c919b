"""The generated pages say what the code says."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import handshake_inspect
from docs.commands import commands
from docs.generate import DOCS, MARK, pages, stale, write
from docs.pages import manual
from handshake_inspect.report.schema import schema
from handshake_inspect.rules.registry import rules

MANUAL = DOCS / "man" / "handshake-inspect.1"


def test_pages_are_up_to_date() -> None:
    """Every generated page is as the code would have it now; `python -m docs.generate` makes it so."""
    assert [str(path.relative_to(DOCS)) for path in stale(pages())] == []


def test_every_rule_has_a_page() -> None:
    """Each rule has its page and its line in the list."""
    made = pages()
    for rule in rules():
        assert rule.page in made[f"rules/{rule.code}.md"]
        assert f"[{rule.code}]({rule.code}.md)" in made["rules/README.md"]


def test_stale_pages_are_found_and_put_right(tmp_path: Path) -> None:
    """A page that is missing, differs or is no longer made is found; one written by hand is left alone."""
    made = {"a.md": f"{MARK}\n\nnow\n", "b/c.md": f"{MARK}\n\nnew\n", "d.json": "{}"}
    (tmp_path / "a.md").write_text(f"{MARK}\n\nbefore\n")
    (tmp_path / "gone.md").write_text(f"{MARK}\n\nno longer made\n")
    (tmp_path / "hand.md").write_text("by hand\n")
    changes = stale(made, tmp_path)
    assert changes == {
        tmp_path / "a.md": made["a.md"],
        tmp_path / "b/c.md": made["b/c.md"],
        tmp_path / "d.json": "{}",
        tmp_path / "gone.md": None,
    }
    write(changes)
    assert stale(made, tmp_path) == {}
    assert {p.name for p in tmp_path.rglob("*.*")} == {"a.md", "c.md", "d.json", "hand.md"}


def test_every_command_and_option_is_documented() -> None:
    """The manual page and the reference have each command with its usage, and each of its options."""
    made = pages()
    page, reference = made["man/handshake-inspect.1"], made["cli.md"]
    for command in commands():
        assert command.usage in reference
        assert not command.name or f"\n## {command.name}\n" in reference
        assert not command.name or f"\n.SS {manual._literal(command.usage)}\n" in page
        for option in command.options:
            assert option.help
            assert f"`{option.names}`".replace("|", "\\|") in reference
            assert f"\n.B {manual._literal(option.names)}\n" in page


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_roff_has_nothing_to_say_of_the_manual_page() -> None:
    """The page is laid out without a warning, and shows hyphens that can be copied."""
    groff = ["groff", "-man", "-ww", "-Tascii", "-P-cbou", str(MANUAL)]
    ended = subprocess.run(groff, capture_output=True, text=True, check=True)
    assert ended.stderr == ""
    assert "--min-severity [note|warning|error]" in ended.stdout
    assert "handshake-inspect trace capture.pcapng 3" in ended.stdout


@pytest.mark.parametrize(
    ("text", "roff"),
    [(".so /etc/passwd", "\\&.so /etc/passwd"), ("'x", "\\&'x"), ("a\\b", "a\\eb"), ("--x", "\\-\\-x")],
    ids=["request", "quote", "backslash", "hyphens"],
)
def test_text_is_no_roff(text: str, roff: str) -> None:
    """Text from outside the page is shown as it is, and never obeyed."""
    assert manual._literal(text) == roff


def test_everything_exported_is_on_the_page_of_the_library() -> None:
    """Each promised name has its signature and docstring there."""
    page = (DOCS / "library.md").read_text("utf-8").splitlines()
    promised = [getattr(handshake_inspect, name) for name in handshake_inspect.__all__ if name[0] != "_"]
    assert promised
    assert [one for one in promised if f"::: {one.__module__}.{one.__qualname__}" not in page] == []


def test_the_schema_file_is_the_schema() -> None:
    """The file is what `schema` prints, and the page has a section for each of its objects."""
    made = pages()
    assert json.loads(made["report.schema.json"]) == schema()
    for name, described in schema()["$defs"].items():
        assert f"## {name}\n\n{described['description']}" in made["json.md"]
        for field in described["properties"]:
            assert f"| `{field}` |" in made["json.md"]
