"""Start-up: nothing is imported that the command does not need."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import ROOT, SAMPLES, environment

HEAVY = {"numpy", "rich", "msgspec", "dpkt"}

LATE = {
    "handshake_inspect.config.keys",
    "handshake_inspect.engine.pool",
    "handshake_inspect.isn.bank",
    "handshake_inspect.isn.generators",
    "handshake_inspect.isn.preparation",
    "handshake_inspect.render.sarif",
    "handshake_inspect.report.baseline",
    "handshake_inspect.script",
    "difflib",
}
"What a capture of one clean connection needs nothing of."


def modules(*args: str, cwd: Path) -> set[str]:
    """The modules that a command line has imported when it ends."""
    program = (
        "import sys; from handshake_inspect.cli.main import run; "
        f"run({args!r}); print(*sys.modules, file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=cwd,
        capture_output=True,
        env=environment(),
        check=True,
        text=True,
    )
    return set(ended.stderr.split())


@pytest.mark.parametrize(
    "args",
    [["--help"], ["check", "--help"], ["trace", "-h"], ["isn", "--help"], ["--version"], ["--nonsense"]],
)
def test_help_imports_nothing_heavy(args: list[str]) -> None:
    """Neither help nor a usage error imports what only an inspection needs."""
    loaded = modules(*args, cwd=ROOT)
    assert "click" in loaded
    assert not HEAVY & loaded


def test_a_clean_connection_needs_little(tmp_path: Path) -> None:
    """A few clean frames import no expert on numbers, no baseline, no configuration and no other format."""
    loaded = modules("check", str(SAMPLES / "clean.pcap"), cwd=tmp_path)
    assert loaded >= HEAVY
    assert not LATE & loaded


@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("isn_*.pcap")), ids=lambda path: path.stem)
def test_numbers_need_no_masked_arrays(sample: Path, tmp_path: Path) -> None:
    """NumPy imports them for a median, and they take as long as judging the numbers."""
    loaded = modules("check", str(sample), cwd=tmp_path)
    assert "handshake_inspect.isn.bank" in loaded
    assert "numpy.ma" not in loaded


LEAVING = """import atexit, sys
class Last:
    def __del__(self, write=print):
        write("taken apart")
last = Last()
atexit.register(print, "at exit")
from handshake_inspect.__main__ import main
sys.argv = ["handshake-inspect", "--version"]
main()"""
"The command in a process that says how it ends."


def test_nothing_is_taken_apart() -> None:
    """The process ends when everything is written and all who asked for it were told."""
    ended = subprocess.run(
        [sys.executable, "-c", LEAVING], capture_output=True, env=environment(), check=True, text=True
    )
    version, *rest = ended.stdout.splitlines()
    assert version.startswith("handshake-inspect ")
    assert rest == ["at exit"]
