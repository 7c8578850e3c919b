"""Which configuration file holds, and what is said of one that cannot be read."""

import sys
from pathlib import Path

import pytest

from handshake_inspect.config.file import Configuration, named, nearest
from handshake_inspect.errors import UsageError

TABLE = '[tool.handshake-inspect]\nselect = ["SYN"]\n'


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")


def test_without_a_file_nothing_is_configured(tmp_path: Path) -> None:
    """A file of another tool, however broken, is not ours and says nothing."""
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\n= broken")
    assert nearest() == Configuration()


def test_the_nearest_file_holds_alone(tmp_path: Path) -> None:
    """The nearest file that has our table holds, wholly; those above it, and those of others, do not."""
    (tmp_path / "handshake-inspect.toml").write_text("strict = true\n")
    (tmp_path / "a" / "pyproject.toml").write_text(TABLE)
    (tmp_path / "a" / "b" / "pyproject.toml").write_text("[project]\nname = 'handshake-inspector'\n")
    found = nearest()
    assert found.path == "../pyproject.toml"
    assert found.options == {"select": ("SYN",)}
    assert found.passed_over is None


def test_own_file_wins_in_one_folder(tmp_path: Path) -> None:
    """Beside handshake-inspect.toml our table in pyproject.toml does not count, and that is known."""
    (tmp_path / "a" / "pyproject.toml").write_text(TABLE)
    (tmp_path / "a" / "handshake-inspect.toml").write_text("strict = true\n")
    found = nearest()
    assert (found.path, found.passed_over) == ("../handshake-inspect.toml", "../pyproject.toml")
    assert found.options == {"strict": True}
    (tmp_path / "a" / "pyproject.toml").write_text("[project]\n")
    assert nearest().passed_over is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems keep a folder in use")
def test_a_folder_that_is_gone_has_no_file(tmp_path: Path) -> None:
    """Work in a folder that was removed goes on without a configuration."""
    (tmp_path / "handshake-inspect.toml").write_text("strict = true\n")
    (tmp_path / "a" / "b").rmdir()
    assert nearest() == Configuration()


def test_a_heading_of_the_shared_file_is_told(tmp_path: Path) -> None:
    """In a file of ours alone a heading that belongs into pyproject.toml is said to be one."""
    (tmp_path / "handshake-inspect.toml").write_text(TABLE)
    with pytest.raises(UsageError, match=r"\[tool\.handshake-inspect\] is for pyproject\.toml"):
        nearest()


def test_named_file(tmp_path: Path) -> None:
    """A file that is named may be called anything; only pyproject.toml has our keys in a table."""
    other = tmp_path / "ci.toml"
    other.write_text("\ufefflimit = 3\n", "utf-8")
    assert named(str(other)).options == {"limit": 3}
    shared = tmp_path / "pyproject.toml"
    shared.write_text(TABLE)
    assert named(str(shared)).options == {"select": ("SYN",)}


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.toml", None, "x.toml: no such file or directory"),
        ("x.toml", b"select = [", "x.toml: is no TOML: "),
        ("x.toml", b"\xff", "x.toml: is no UTF-8: byte 0"),
        ("x.toml", b"a = " + b"[" * 100_000, "x.toml: is nested too deeply"),
        ("x.toml", b"limit = " + b"9" * 5000, "x.toml: is no TOML: "),
        ("pyproject.toml", b"[project]", "pyproject.toml: has no [tool.handshake-inspect]"),
        ("pyproject.toml", b"tool = 'handshake-inspect'", "pyproject.toml: has no [tool.handshake-inspect]"),
        (
            "pyproject.toml",
            b"[tool]\nhandshake-inspect = 3",
            "pyproject.toml: tool.handshake-inspect: must be a table",
        ),
    ],
    ids=["missing", "broken", "binary", "deep", "huge", "without", "other", "number"],
)
def test_file_that_cannot_be_read(name: str, content: bytes | None, words: str) -> None:
    """It is one line with the file and the cause."""
    if content is not None:
        Path(name).write_bytes(content)
    with pytest.raises(UsageError) as told:
        named(name)
    assert str(told.value).startswith(words)
    assert "\n" not in str(told.value)
