"""The generated pages say what the code says."""

from pathlib import Path

from docs.generate import DOCS, MARK, pages, stale, write
from handshake_inspect.rules.registry import rules


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
    made = {"a.md": f"{MARK}\n\nnow\n", "b/c.md": f"{MARK}\n\nnew\n"}
    (tmp_path / "a.md").write_text(f"{MARK}\n\nbefore\n")
    (tmp_path / "gone.md").write_text(f"{MARK}\n\nno longer made\n")
    (tmp_path / "hand.md").write_text("by hand\n")
    changes = stale(made, tmp_path)
    assert changes == {
        tmp_path / "a.md": made["a.md"],
        tmp_path / "b/c.md": made["b/c.md"],
        tmp_path / "gone.md": None,
    }
    write(changes)
    assert stale(made, tmp_path) == {}
    assert {p.name for p in tmp_path.rglob("*.md")} == {"a.md", "c.md", "hand.md"}
