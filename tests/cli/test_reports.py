"""Several reports of one run: each format where it was sent, and separate captures in one document."""

import json
import subprocess
from pathlib import Path

import pytest
from lxml import etree

from handshake_inspect.render import formats, together
from tests.cli.commands import COMMAND, SAMPLES, environment, run


def test_each_format_goes_to_its_file(tmp_path: Path) -> None:
    """The k-th --output is the k-th --format's, in whatever order they stand, and the rest is printed."""
    names = ("sarif", "junit", "json")
    files = [tmp_path / name for name in names]
    given = [word for name in names for word in ("--format", name)]
    sent = [word for file in files for word in ("--output", str(file))]
    ended = run("syn_unanswered.pcap", *sent, *given, "--format", "csv")
    assert (ended.returncode, ended.stderr) == (1, "")
    for name, text in [
        *((name, file.read_text("utf-8")) for name, file in zip(names, files, strict=True)),
        ("csv", ended.stdout),
    ]:
        assert text == run("syn_unanswered.pcap", "--format", name).stdout


def test_dash_is_standard_output(tmp_path: Path) -> None:
    """A first format can be printed while the second has a file."""
    file = tmp_path / "report.json"
    ended = run("clean.pcap", "--format", "terminal", "-o", "-", "--format", "json", "-o", file)
    assert ended.stdout == run("clean.pcap").stdout
    assert json.loads(file.read_text("utf-8"))["summary"]["connections"] == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--format", "json", "--format", "csv"], "json and csv would both go to standard output"),
        (["-o", "a", "-o", "b"], "--output is given twice, --format never"),
        (["-o", "a", "-o", "b", "--format", "csv"], "--output is given twice, --format once"),
        (
            ["--format", "json", "-o", "a", "--format", "csv", "-o", "./a"],
            "json and csv would both go to ./a",
        ),
        (["--format", "json", "--format", "csv", "-o", "-"], "would both go to standard output"),
        (["--format", "csv", "-o", "a", "--format", "json", "-o", "clean.pcap"], "would be overwritten"),
    ],
)
def test_unclear_places_are_told(args: list[str], words: str, tmp_path: Path) -> None:
    """Where it is not clear what goes where, nothing is read and nothing is written."""
    capture = tmp_path / "clean.pcap"
    capture.write_bytes((SAMPLES / "clean.pcap").read_bytes())
    ended = run("clean.pcap", *args, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr
    assert list(tmp_path.iterdir()) == [capture]


def test_one_unwritable_file_is_told(tmp_path: Path) -> None:
    """One of several files that cannot be written ends with 2."""
    ended = run("clean.pcap", "--format", "json", "-o", tmp_path / "a", "--format", "csv", "-o", tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == f"handshake-inspect: {tmp_path}: is a directory\n"


@pytest.mark.parametrize("name", [name for name in formats() if together(name) != "never"])
def test_separate_captures(name: str) -> None:
    """Each capture is told of, one below the other or in one document, and the worst is the exit status."""
    ended = run("--separate", "syn_unanswered.pcap", "clean.pcap", "filtered.pcap", "--format", name)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "syn_unanswered.pcap" in ended.stdout
    assert "filtered.pcap" in ended.stdout
    if name.startswith("sarif"):
        (only,) = json.loads(ended.stdout)["runs"]
        assert len(only["artifacts"]) == 3
        assert only["invocations"][0]["exitCode"] == 1
    if name == "junit":
        assert len(etree.fromstring(ended.stdout.encode())) == 3
    if name == "gitlab":
        assert len(json.loads(ended.stdout)) == 2
    if name == "csv":
        assert ended.stdout.count("fingerprint") == 1


@pytest.mark.parametrize("name", ["sarif", "sarif-github", "junit", "github", "gitlab"])
def test_unreadable_capture_is_in_the_document(name: str) -> None:
    """Where a program reads the report, a capture that could not be read is in it, and the status is 2."""
    ended = run("--separate", "missing.pcap", "clean.pcap", "--format", name)
    assert ended.returncode == 2
    assert ended.stderr == "handshake-inspect: missing.pcap: no such file\n"
    assert "missing.pcap: no such file" in ended.stdout
    if name.startswith("sarif"):
        (invocation,) = json.loads(ended.stdout)["runs"][0]["invocations"]
        assert (invocation["exitCode"], invocation["executionSuccessful"]) == (2, False)


@pytest.mark.parametrize(
    "args", [["syn_unanswered.pcap"], ["clean.pcap"], ["syn_unanswered.pcap", "--exit-zero"]]
)
def test_sarif_has_the_exit_status(args: list[str]) -> None:
    """The invocation's exit code is the process's."""
    ended = run(*args, "--format", "sarif")
    (invocation,) = json.loads(ended.stdout)["runs"][0]["invocations"]
    assert invocation["exitCode"] == ended.returncode
    assert invocation["executionSuccessful"]


@pytest.mark.parametrize("name", formats())
def test_closed_pipe_ends_quietly_in_every_format(name: str, tmp_path: Path) -> None:
    """A reader that has gone is no error, and does not keep another report from its file."""
    file = tmp_path / "report.jsonl"
    with subprocess.Popen(
        [*COMMAND, "syn_unanswered.pcap", "--format", "jsonl", "-o", str(file), "--format", name],
        cwd=SAMPLES,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        said = process.stderr.read()
    assert (process.returncode, said) == (1, b"")
    assert file.read_text("utf-8").splitlines()[-1].startswith('{"type":"summary"')


def test_captures_are_read_once(tmp_path: Path) -> None:
    """Standard input can be reported on in several formats."""
    file = tmp_path / "report.json"
    held = (SAMPLES / "clean.pcap").read_bytes()
    ended = run("-", "--format", "json", "-o", file, "--format", "sarif", stdin=held)
    (only,) = json.loads(ended.stdout)["runs"]
    assert only["artifacts"][0]["location"]["uri"] == "standard-input"
    assert json.loads(file.read_text("utf-8"))["captures"][0]["path"] == "-"
