"""Each tool, asked as the benchmark asks it, follows every connection: no figure is of work not done."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.captures import Made, make
from benchmarks.tools import PEERS, Tool, our_program, ours

CONNECTIONS = 30
BY_NAME = {tool.name: tool for tool in PEERS}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make("short", tmp_path_factory.mktemp("tools") / "short.pcap", CONNECTIONS)


def said(tool: Tool, capture: Path, *, instead: dict[str, str] | None = None) -> str:
    if not tool.installed:
        pytest.skip(f"{tool.name} is not installed")
    command = [(instead or {}).get(word, word) for word in tool.command(capture)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_tcptrace(made: Made) -> None:
    """tcptrace traces all packets and calls all connections complete."""
    text = said(BY_NAME["tcptrace"], made.path)
    assert f"{made.packets} packets seen, {made.packets} TCP packets traced" in text
    assert text.count("(complete)") == CONNECTIONS


def test_tshark(made: Made) -> None:
    """tshark's table has a row for each connection."""
    assert said(BY_NAME["tshark"], made.path).count("<->") >= CONNECTIONS


def test_dpkt_loop(made: Made) -> None:
    """The loop over dpkt counts all packets and flows."""
    assert f"{made.packets} packets, {CONNECTIONS} flows" in said(BY_NAME["dpkt loop"], made.path)


def test_capinfos(made: Made) -> None:
    """capinfos counts all packets."""
    number = re.search(r"Number of packets:\s*(\d+)", said(BY_NAME["capinfos"], made.path))
    assert number is not None
    assert int(number.group(1)) == made.packets


def test_argus(made: Made, tmp_path: Path) -> None:
    """argus writes a record for each connection."""
    if shutil.which("ra") is None:
        pytest.skip("ra, which reads what argus writes, is not installed")
    records = tmp_path / "records"
    said(BY_NAME["argus"], made.path, instead={"/dev/null": str(records)})
    listed = subprocess.run(
        ["ra", "-n", "-r", str(records), "-", "tcp"], capture_output=True, text=True, check=True
    ).stdout
    assert len(re.findall(r"^.*->.*$", listed, re.MULTILINE)) == CONNECTIONS


@pytest.mark.parametrize("tool", PEERS, ids=lambda tool: tool.name)
def test_versions(tool: Tool) -> None:
    """Every installed tool tells its version."""
    if not tool.installed:
        pytest.skip(f"{tool.name} is not installed")
    assert re.fullmatch(r"\d+(\.\d+)+", tool.version())


def test_ours() -> None:
    """The linter is the one beside the interpreter, and its command line is shown without a path."""
    assert Path(our_program()[0]).parent == Path(sys.executable).parent
    tool = ours(our_program())
    assert tool.shown() == "handshake-inspect check --fail-on never CAPTURE"
    assert tool.command(Path("a b.pcap"))[-1] == "a b.pcap"


def test_absent_tool() -> None:
    """A tool that is not there says so instead of failing."""
    tool = ours(["/nowhere/handshake-inspect"])
    assert not tool.installed
    assert tool.version() == "unknown"
