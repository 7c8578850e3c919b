"""What the documents show is what happens: their examples are run, and what they print is compared.

In a ```console block each line after `$ ` is run in the root of the checkout, on a page of 80 columns, and
what follows must be its output; a line `...` stands for any lines. In a ```sh block each line beginning with
the program is run, and a ```python block is run whole, by pytest where it holds a test. Those two find the
captures of `PLACES` beside them.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.cli.commands import ROOT, SAMPLES, environment

DOCUMENTS = sorted(
    path
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    if "docs.generate" not in path.read_text("utf-8").partition("\n")[0]
)
"Every document that is written by hand."

PLACES = {
    "capture.pcapng": "refused.pcap",
    "run.pcapng": "clean.pcap",
    "captures/one.pcap": "clean.pcap",
    "captures/two.pcap.gz": "three_in_a_row.pcap.gz",
}
"A capture's name in an example → the sample that it is."

TSHARK = "4.0."
"The version of tshark whose output the documents quote."

PROGRAM = "handshake-inspect"
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
ELIDED = "..."


class Block(NamedTuple):
    """One fenced block."""

    name: str
    "'README.md:12', its document and line"
    language: str
    text: str


def blocks(*languages: str) -> list[Block]:
    """All blocks of these languages, in the order of the documents."""
    found = []
    for path in DOCUMENTS:
        text = path.read_text("utf-8")
        for fence in FENCE.finditer(text):
            if fence[1] in languages:
                line = text.count("\n", 0, fence.start()) + 1
                found.append(Block(f"{path.relative_to(ROOT).as_posix()}:{line}", fence[1], fence[2]))
    return found


def each(*languages: str) -> pytest.MarkDecorator:
    """Run a test for every block of these languages."""
    return pytest.mark.parametrize("block", blocks(*languages), ids=lambda block: block.name)


def commands(text: str) -> Iterator[str]:
    """The command lines of a shell block that begin with the program; a line may go on in the next."""
    for line in text.replace("\\\n", "").splitlines():
        if line.startswith(PROGRAM):
            yield line


def sessions(text: str) -> Iterator[tuple[str, list[str]]]:
    """The command lines of a console block, each with the lines below it."""
    for part in re.split(r"^\$ ", text, flags=re.M)[1:]:
        line, *shown = part.replace("\\\n", "").splitlines()
        while shown and not shown[-1]:
            shown.pop()
        yield line, shown


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A search path on which the command of this checkout comes first."""
    folder = tmp_path / "bin"
    folder.mkdir()
    command = folder / PROGRAM
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m handshake_inspect "$@"\n')
    command.chmod(0o755)
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with the captures that examples name."""
    for name, sample in PLACES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(SAMPLES / sample, tmp_path / name)
    return tmp_path


def shell(line: str, cwd: Path, path: str) -> "subprocess.CompletedProcess[str]":
    """Run a command line. Skips where it needs a program that is not here."""
    for part in re.split(r"\|(?=(?:[^']*'[^']*')*[^']*$)", line):
        program = shlex.split(part)[0]
        if shutil.which(program, path=path) is None:
            pytest.skip(f"{program} is not installed")
        if program == "tshark" and not _tshark_version().startswith(TSHARK):
            pytest.skip(f"tshark is not of version {TSHARK}, which the documents quote")
    return subprocess.run(
        ["bash", "-o", "pipefail", "-c", line],
        cwd=cwd,
        env=environment(PATH=path, COLUMNS="80", NO_COLOR="1"),
        capture_output=True,
        text=True,
        check=False,
    )


@cache
def _tshark_version() -> str:
    told = subprocess.run(["tshark", "--version"], capture_output=True, text=True, check=True).stdout
    return re.search(r"\d[\d.]*", told)[0]  # type: ignore[index]


def agrees(shown: list[str], printed: list[str]) -> bool:
    """Whether the lines are those printed; `...` stands for any number of lines."""
    pattern = "".join(".*" if line.strip() == ELIDED else re.escape(f"{line}\n") for line in shown)
    return re.fullmatch(pattern, "".join(f"{line.rstrip()}\n" for line in printed), re.S) is not None


def test_examples_are_found() -> None:
    """There are examples of each kind, so that none is passed over for how it is written."""
    assert {block.language for block in blocks("console", "sh", "python")} == {"console", "sh", "python"}
    assert sum(len(list(commands(block.text))) for block in blocks("sh")) > 3


@each("console")
def test_sessions_print_what_is_shown(block: Block, path: str) -> None:
    """Every command of a session prints what the document shows."""
    for line, shown in sessions(block.text):
        ended = shell(line, ROOT, path)
        assert ended.returncode in (0, 1), ended.stderr
        printed = ended.stdout.splitlines()
        assert agrees(shown, printed), "\n".join(["", line, *printed])


@each("sh")
def test_command_lines_work(block: Block, place: Path, path: str) -> None:
    """Every line that begins with the program does its work, and neither it nor jq complains."""
    for line in commands(block.text):
        ended = shell(line, place, path)
        assert ended.returncode in (0, 1), f"{line}\n{ended.stderr}"
        assert ended.stderr == ""
        assert ended.stdout or ">" in line or "-o" in line, line


@each("python")
def test_programs_work(block: Block, place: Path) -> None:
    """Every Python example runs without an error or a warning; tests among them pass."""
    file = place / "test_example.py"
    file.write_text(block.text, "utf-8")
    tests = ["-m", "pytest", "-q", "-p", "no:cacheprovider"] if "def test_" in block.text else []
    ended = subprocess.run(
        [sys.executable, "-W", "error", *tests, file.name],
        cwd=place,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_wrong_page_is_told() -> None:
    """A line that is missing, too many or different is no agreement; `...` stands for none, one or many."""
    assert agrees(["a", "b"], ["a", "b  "])
    assert agrees(["a", "...", "d"], ["a", "b", "c", "d"])
    assert agrees(["a", "..."], ["a"])
    assert not agrees(["a"], ["a", "b"])
    assert not agrees(["a", "b"], ["a"])
    assert not agrees(["a.c"], ["abc"])
