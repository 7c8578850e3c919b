"""The streams: the report on standard output and nothing else there, quietly ended when nobody reads on."""

import json
import subprocess
from pathlib import Path

import pytest

from handshake_inspect.render import formats
from tests.cli.commands import COMMAND, LINUX, SAMPLES, environment, run
from tests.render.pages import acting


@pytest.mark.parametrize("name", formats())
@pytest.mark.parametrize(("capture", "status"), [("clean.pcap", 0), ("syn_unanswered.pcap", 1)])
def test_report_is_all_there_is(name: str, capture: str, status: int) -> None:
    """In a pipe there is the report, and not a word beside it."""
    ended = run(capture, "--format", name)
    assert (ended.returncode, ended.stderr) == (status, "")
    assert ended.stdout


@pytest.mark.parametrize("name", formats())
def test_same_input_same_bytes(name: str) -> None:
    """Two runs write the same, whatever hashing and the clock do."""
    one, other = (run(SAMPLES, "--format", name, PYTHONHASHSEED=seed).stdout for seed in ("1", "2"))
    assert one == other


@pytest.mark.parametrize(
    ("args", "status"),
    [
        (["syn_unanswered.pcap"], 1),
        (["clean.pcap", "--format", "json"], 0),
        (["--separate", "syn_unanswered.pcap", "clean.pcap"], 1),
        (["connections", "."], 0),
        (["trace", "clean.pcap", "1"], 0),
        (["rules"], 0),
        (["rules", "SYN002"], 0),
        (["schema"], 0),
        (["--help"], 0),
        (["check", "--help"], 0),
        (["--version"], 0),
    ],
)
def test_closed_pipe_ends_quietly(args: list[str], status: int) -> None:
    """A reader that has gone is no error: no traceback, no word, and the status of what was found."""
    with subprocess.Popen(
        [*COMMAND, *args, *(["--quiet"] if args == ["connections", "."] else [])],
        cwd=SAMPLES,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
    ) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        said = process.stderr.read()
    assert (process.returncode, said) == (status, b"")


@LINUX
@pytest.mark.parametrize("args", [["clean.pcap"], ["schema"], ["--help"]])
def test_full_disk_is_told(args: list[str]) -> None:
    """A report that cannot be written is no success."""
    with open("/dev/full", "wb") as full:
        ended = subprocess.run(
            [*COMMAND, *args],
            cwd=SAMPLES,
            stdout=full,
            stderr=subprocess.PIPE,
            env=environment(),
            check=False,
        )
    assert ended.returncode == 2
    assert ended.stderr == b"handshake-inspect: standard output: no space left on device\n"


@pytest.mark.parametrize(
    ("redirection", "args", "said"),
    [
        (">&-", ["clean.pcap"], "standard output is closed"),
        ("<&-", ["-"], "standard input: is closed"),
        ("2>&- >&-", ["clean.pcap"], ""),
    ],
)
def test_closed_streams_are_told(redirection: str, args: list[str], said: str) -> None:
    """Without a stream it needs, the command cannot do its work, and says so where it still can."""
    ended = subprocess.run(
        ["sh", "-c", f'exec "$@" {redirection}', "sh", *COMMAND, *args],
        cwd=SAMPLES,
        capture_output=True,
        env=environment(),
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.decode() == (f"handshake-inspect: {said}\n" if said else "")


def test_report_into_a_file(tmp_path: Path) -> None:
    """--output holds what standard output would have, which stays empty."""
    file = tmp_path / "report.json"
    ended = run("syn_unanswered.pcap", "--format", "json", "--output", file)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "")
    assert file.read_text() == run("syn_unanswered.pcap", "--format", "json").stdout


def test_separate_reports_into_one_file(tmp_path: Path) -> None:
    """With --separate all reports are in the file, not only the last."""
    file = tmp_path / "report.jsonl"
    run("--separate", "syn_unanswered.pcap", "clean.pcap", "--format", "jsonl", "-o", file)
    kinds = [json.loads(line)["type"] for line in file.read_text().splitlines()]
    assert kinds.count("run") == kinds.count("summary") == 2


def test_failed_inspection_leaves_the_old_report(tmp_path: Path) -> None:
    """A file is opened only when there is something to write."""
    file = tmp_path / "report.txt"
    file.write_text("old")
    assert run("missing.pcap", "-o", file).returncode == 2
    assert file.read_text() == "old"


def test_capture_is_not_overwritten(tmp_path: Path) -> None:
    """A report never replaces a capture that it is about."""
    capture = tmp_path / "a.pcap"
    held = (SAMPLES / "clean.pcap").read_bytes()
    capture.write_bytes(held)
    for command in (["check", capture], ["connections", capture], ["trace", capture, "1"]):
        ended = run(*command, "--output", capture)
        assert ended.returncode == 2
        assert "would be overwritten" in ended.stderr
    assert capture.read_bytes() == held


def test_unwritable_file_is_told(tmp_path: Path) -> None:
    """A file that cannot be written ends with 2 and its name."""
    ended = run("clean.pcap", "-o", tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == f"handshake-inspect: {tmp_path}: is a directory\n"


@pytest.mark.parametrize("command", [["check"], ["connections"], ["connections", "--story"]])
def test_pipe_is_plain_and_80_columns_wide(command: list[str]) -> None:
    """No escape sequence goes into a pipe, and COLUMNS alone makes the page wider."""
    narrow = run(*command, ".", "--quiet").stdout
    wide = run(*command, ".", "--quiet", COLUMNS="160").stdout
    assert acting(narrow + wide) == set()
    assert max(len(line) for line in narrow.splitlines() if "Wireshark" not in line) <= 80
    assert 80 < max(len(line) for line in wide.splitlines() if "Wireshark" not in line) <= 160


def test_colours_on_demand() -> None:
    """--color always colours a pipe, against NO_COLOR too; nothing else does."""
    assert "\x1b[" in run("syn_unanswered.pcap", "--color", "always", NO_COLOR="1").stdout
    assert "\x1b[" not in run("syn_unanswered.pcap").stdout
    assert "\x1b[" not in run("syn_unanswered.pcap", "--color", "never", FORCE_COLOR="1").stdout
    assert "\x1b[" not in run("syn_unanswered.pcap", "--color", "auto", FORCE_COLOR="1").stdout


@LINUX
@pytest.mark.parametrize("name", formats())
def test_hostile_file_name_cannot_act(name: str, tmp_path: Path) -> None:
    """A file name with escape sequences, a line break and bytes that are no UTF-8 is shown as escapes."""
    file = tmp_path.joinpath("\x1b[31mred\nline\u202e[bold]\udcff.pcap")
    file.write_bytes((SAMPLES / "cut_mid_record.pcap").read_bytes())
    ended = run("--separate", tmp_path, "--format", name)
    assert ended.returncode in (0, 1)
    assert acting(ended.stdout + ended.stderr) == set()
    assert "31mred" in ended.stdout


def test_hostile_missing_file_cannot_act(tmp_path: Path) -> None:
    """Nor does the name in an error."""
    ended = run("\x1b[31mmissing\u202e.pcap")
    assert ended.returncode == 2
    assert ended.stderr == "handshake-inspect: \\x1b[31mmissing\\u202e.pcap: no such file\n"


@pytest.mark.parametrize("command", [["check"], ["connections"], ["connections", "--story"], ["trace"]])
def test_ascii_stream(command: list[str]) -> None:
    """A stream without Unicode gets every page in ASCII."""
    number = ["1"] if command == ["trace"] else []
    ended = run(*command, "syn_unanswered.pcap", *number, PYTHONIOENCODING="ascii")
    assert ended.returncode in (0, 1)
    assert ended.stdout.isascii()
    assert ended.stderr == ""
