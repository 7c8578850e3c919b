"""Programs run as a stranger would: away from this checkout, and with an index or not at all."""

import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.cli.commands import environment


def run(command: Sequence[str | Path], cwd: Path, **env: str) -> "subprocess.CompletedProcess[str]":
    """Run a program that knows nothing of this checkout."""
    clean = {k: v for k, v in environment(**env).items() if k not in ("PYTHONPATH", "PYTHONWARNINGS")}
    return subprocess.run(command, cwd=cwd, env=clean, capture_output=True, text=True, check=False)


def require_index() -> None:
    """Skip the test where pip cannot fetch anything."""
    if not _index_answers():
        pytest.skip("pip reaches no package index, so nothing can be installed into a fresh environment")


@cache
def _index_answers() -> bool:
    with TemporaryDirectory() as folder:
        download = [sys.executable, "-m", "pip", "download", "--no-deps", "--dest", folder, "click"]
        return run(download, Path(folder)).returncode == 0
