"""What is shipped: the wheel has what belongs in it, installs into an empty environment and works."""

import os
import shutil
import sys
import venv
import zipfile
from pathlib import Path, PurePosixPath

import pytest

from tests.cli.commands import ROOT, SAMPLES
from tests.packaging.programs import require_index, run

SCRIPT = ROOT / "docs" / "ci" / "check.sh"
BIN = "Scripts" if os.name == "nt" else "bin"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from this checkout by the build backend that is installed here."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir"]
    built = run([*pip, folder, ROOT], folder)
    assert built.returncode == 0, built.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment that holds the wheel and what it depends on."""
    require_index()
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "env")
    programs = folder / "env" / BIN
    # Neither a pip of its own nor compiled modules, most of which no test imports: both take long to make.
    pip = [sys.executable, "-m", "pip", "--python", programs / "python", "install", "--no-compile"]
    ended = run([*pip, "--quiet", wheel], folder)
    assert ended.returncode == 0, ended.stderr
    return programs


def test_the_wheel_holds_what_belongs_in_it(wheel: Path) -> None:
    """The wheel has every module of the package and its marker for type checkers, and no test or tool."""
    with zipfile.ZipFile(wheel) as file:
        names = [PurePosixPath(name) for name in file.namelist()]
    package = {name for name in names if name.parts[0] == "handshake_inspect"}
    source = ROOT / "handshake_inspect"
    mine = {path.relative_to(ROOT) for path in source.rglob("*") if path.suffix in (".py", ".typed")}
    assert package == {PurePosixPath(path.as_posix()) for path in mine}
    assert PurePosixPath("handshake_inspect/py.typed") in package
    folders = {PurePosixPath(name.parts[0]).suffix for name in set(names) - package}
    assert folders == {".data", ".dist-info"}
    shared = {"/".join(name.parts[1:]) for name in names if name.parts[0].endswith(".data")}
    assert shared == {
        "data/share/man/man1/handshake-inspect.1",
        "data/share/handshake-inspect/report.schema.json",
    }


def test_the_wheel_says_what_it_offers(wheel: Path) -> None:
    """The command and the pytest plugin are entry points; pytest itself is no dependency."""
    with zipfile.ZipFile(wheel) as file:
        read = {PurePosixPath(name).name: name for name in file.namelist() if ".dist-info/" in name}
        entries = file.read(read["entry_points.txt"]).decode()
        metadata = file.read(read["METADATA"]).decode()
        assert "LICENSE" in read
    assert "handshake-inspect = handshake_inspect.__main__:main" in entries
    assert "handshake_inspect = handshake_inspect.pytest_plugin" in entries
    needed = [line.split()[1] for line in metadata.splitlines() if line.startswith("Requires-Dist: ")]
    assert needed
    assert not [name for name in needed if name.startswith(("pytest", "hypothesis", "mkdocs"))]


def test_it_works_where_it_is_installed(installed: Path, tmp_path: Path) -> None:
    """The installed command inspects a capture, and knows its version, its rules and its schema."""
    command = installed / "handshake-inspect"
    checked = run([command, "check", SAMPLES / "clean.pcap"], tmp_path)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert (installed.parent / "share" / "man" / "man1" / "handshake-inspect.1").is_file()
    for args, text in (
        (["--version"], "handshake-inspect 0"),
        (["rules"], "SYN002"),
        (["schema"], "$schema"),
    ):
        ended = run([command, *args], tmp_path)
        assert (ended.returncode, ended.stderr) == (0, "")
        assert text in ended.stdout


@pytest.mark.skipif(os.name == "nt", reason="the script is for a POSIX shell")
def test_a_ci_job_fails_until_the_baseline_knows(installed: Path, tmp_path: Path) -> None:
    """The script of the docs fails on a missing third ACK, and passes once the baseline was written.

    It fails again on what the baseline does not know.
    """
    shutil.copy(SAMPLES / "third_ack_lost.pcap", tmp_path)
    shutil.copy(SAMPLES / "refused.pcap", tmp_path)
    path = f"{installed}{os.pathsep}{os.environ['PATH']}"
    script = ["sh", SCRIPT, "third_ack_lost.pcap"]
    first = run(script, tmp_path, PATH=path)
    assert first.returncode == 1
    assert "SYN003" in first.stdout
    baseline = ["check", "--write-baseline", "handshakes.json", "third_ack_lost.pcap"]
    written = run([installed / "handshake-inspect", *baseline], tmp_path)
    assert written.returncode in (0, 1), written.stderr
    second = run(script, tmp_path, PATH=path)
    assert second.returncode == 0, second.stdout
    third = run(["sh", SCRIPT, "refused.pcap"], tmp_path, PATH=path)
    assert third.returncode == 1, third.stdout
