"""The tools that are measured, and how each is asked to look at every connection of a capture.

It knows their command lines and nothing of their answers: those are thrown away. Each tool does the least
that makes it follow all connections, and writes the report that it writes by default.
"""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CAPTURE = "CAPTURE"
"""Stands for the capture's path in a command line."""

_DPKT_LOOP = str(Path(__file__).with_name("dpkt_loop.py"))


@dataclass(frozen=True)
class Tool:
    """A program to measure."""

    name: str
    program: tuple[str, ...]
    "how it is called, without arguments"
    arguments: tuple[str, ...]
    "with CAPTURE where the capture's path goes"
    version_command: tuple[str, ...]
    "prints a text whose first dotted number is its version"

    @property
    def installed(self) -> bool:
        """Whether its program can be run here."""
        return shutil.which(self.program[0]) is not None

    def command(self, capture: Path) -> list[str]:
        """The command line that looks at `capture`."""
        return [*self.program, *(str(capture) if word == CAPTURE else word for word in self.arguments)]

    def shown(self) -> str:
        """The command line as people are shown it, without this machine's paths."""
        words = (*self.program, *self.arguments)
        return " ".join(Path(word).name if word in (*self.program, _DPKT_LOOP) else word for word in words)

    def version(self) -> str:
        """Its version by its own words, or 'unknown'."""
        try:
            said = subprocess.run(
                self.version_command,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=30,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return "unknown"
        number = re.search(r"\d+(?:\.\d+)+", said.stdout + said.stderr)
        return number.group() if number else "unknown"


def ours(program: Sequence[str]) -> Tool:
    """The linter, called as `program`."""
    return Tool(
        "handshake-inspect",
        tuple(program),
        ("check", "--fail-on", "never", CAPTURE),
        (*program, "--version"),
    )


def our_program() -> tuple[str, ...]:
    """The linter that is installed beside this interpreter."""
    return (str(Path(sys.executable).with_name("handshake-inspect")),)


PEERS = (
    Tool("tcptrace", ("tcptrace",), ("-n", CAPTURE), ("tcptrace", "-v")),
    Tool(
        "argus",
        ("argus",),
        # -X forgets the system's configuration, which may write a second copy elsewhere.
        ("-X", "-r", CAPTURE, "-w", "/dev/null"),
        ("argus", "-h"),
    ),
    Tool(
        "tshark",
        ("tshark",),
        ("-q", "-z", "conv,tcp", "-r", CAPTURE),
        ("tshark", "--version"),
    ),
    Tool(
        "dpkt loop",
        (sys.executable,),
        (_DPKT_LOOP, CAPTURE),
        (sys.executable, "-c", "import dpkt; print(dpkt.__version__)"),
    ),
    Tool(
        "capinfos",
        ("capinfos",),
        ("-c", CAPTURE),
        ("capinfos", "--version"),
    ),
)
