"""Start-up: asking for help or a version costs none of the heavy libraries."""

import subprocess
import sys

import pytest

from tests.cli.commands import ROOT, environment

HEAVY = {"numpy", "rich", "dask", "msgspec", "dpkt"}


@pytest.mark.parametrize(
    "args",
    [["--help"], ["check", "--help"], ["trace", "-h"], ["isn", "--help"], ["--version"], ["--nonsense"]],
)
def test_help_imports_nothing_heavy(args: list[str]) -> None:
    """Neither help nor a usage error imports what only an inspection needs."""
    program = (
        "import sys; from handshake_inspect.cli.main import run; "
        f"run({args!r}); print(*{{name.partition('.')[0] for name in sys.modules}}, file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        env=environment(),
        check=True,
        text=True,
    )
    loaded = set(ended.stderr.split())
    assert "click" in loaded
    assert not HEAVY & loaded
