"""The command as a user runs it: a process with two streams and an exit status."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "sample_pcaps"
COMMAND = [sys.executable, "-m", "handshake_inspect"]
LINUX = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux's files and names")
WISHES = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM", "HANDSHAKE_INSPECT_DEBUG")


def environment(**changes: str) -> dict[str, str]:
    """This process's, without wishes about colours and widths, and with these changes."""
    kept = {name: value for name, value in os.environ.items() if name not in WISHES}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"} | changes


def run(*args: str | Path, cwd: Path = SAMPLES, stdin: bytes = b"", **env: str) -> Any:
    """Run the command; what it wrote is text."""
    ended = subprocess.run(
        [*COMMAND, *map(str, args)],
        cwd=cwd,
        input=stdin,
        capture_output=True,
        env=environment(**env),
        check=False,
    )
    ended.stdout, ended.stderr = ended.stdout.decode(), ended.stderr.decode()
    return ended
