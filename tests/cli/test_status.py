"""The exit status: the same promise for every format and every way to fail."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from handshake_inspect.cli import main
from handshake_inspect.cli.status import Status
from handshake_inspect.render import formats
from tests.cli.commands import COMMAND, LINUX, SAMPLES, environment, run


@pytest.mark.parametrize("name", formats())
@pytest.mark.parametrize(
    ("args", "status"),
    [
        (["clean.pcap"], 0),
        (["syn_unanswered.pcap"], 1),
        (["syn_unanswered.pcap", "--exit-zero"], 0),
        (["syn_unanswered.pcap", "--fail-on", "never"], 0),
        (["syn_unanswered.pcap", "--fail-on", "error"], 1),
        (["cut_mid_record.pcap", "--select", "CAP001"], 1),
        (["cut_mid_record.pcap", "--select", "CAP001", "--fail-on", "error"], 0),
        (["cut_mid_record.pcap", "--select", "CAP001", "--min-severity", "error"], 0),
        (["clean.pcap", "--exit-zero", "missing.pcap"], 2),
        (["README.md"], 2),
    ],
)
def test_status_is_the_same_for_every_format(name: str, args: list[str], status: int) -> None:
    """0 for nothing at or above --fail-on, 1 for findings, 2 for what cannot be done."""
    assert run("check", *args, "--format", name).returncode == status


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["missing.pcap"], "missing.pcap: no such file"),
        (["README.md"], "README.md: is not a pcap or pcapng capture"),
        (["clean.pcap", "--select", "SYN999"], "SYN999: no such rule"),
        (["clean.pcap", "--select", " ,"], "--select: names no rule"),
        (["clean.pcap", "--select", "SYN002", "--ignore", "SYN"], "the selection leaves no rule"),
        (["clean.pcap", "--where", "colour blue"], "--where: 'colour blue' is not understood"),
        (["missing.pcap", "--where", "port"], "--where: 'port' is not understood"),
        (["missing.pcap", "--where", "not host 192.0.2"], "--where: 192.0.2 is no address or network"),
        (
            ["missing.pcap", "--where", "port 80 or opening closed"],
            "--where: closed is no opening; there are",
        ),
        (["clean.pcap", "--where", f"port {'9' * 5000}"], "--where: 999"),
        (["clean.pcap", "--where", "not " * 5001 + "host 192.0.2.1"], "--where: no connection is meant by"),
        (["clean.pcap", "--where", "port 1"], "--where: no connection is meant by 'port 1'"),
        (["connections", "clean.pcap", "--where", "port 1"], "--where: no connection is meant by 'port 1'"),
        (["clean.pcap", "--separate", "--where", "port 1"], "--where: no connection is meant by 'port 1'"),
        (["clean.pcap", "--format", "xml"], "'xml' is not one of"),
        (["clean.pcap", "--limit", "-1"], "-1 is not in the range"),
        (["clean.pcap", "--nonsense"], "No such option"),
        (["check"], "Missing argument"),
        (["trace", "clean.pcap", "2"], "there is no connection 2"),
        (["trace", "clean.pcap", "0"], "0 is not in the range"),
        (["trace", "clean.pcap"], "Invalid value for 'N': 'clean.pcap' is not a valid integer"),
        (["trace", "1"], "no capture was given"),
        (["tracee", "clean.pcap", "1"], "tracee: no such file, and no such command; did you mean trace?"),
        (["clean.pcap", "--output", ""], "'': no such file or directory"),
        (["connections", "clean.pcap", "--story", "--format", "json"], "--story is for people"),
        (["rules", "SYN0200"], "SYN0200: no such rule; did you mean SYN0"),
        (["clean.pcap", "ipv6.pcap", "--separate", "--format", "json"], "use --format jsonl"),
    ],
)
def test_impossible_requests_are_told_in_a_line(args: list[str], words: str) -> None:
    """Wrong usage and unreadable input end with 2, one sentence that names the cause, and no report."""
    ended = run(*args)
    assert ended.returncode == 2
    assert ended.stdout == ""
    first, *rest = ended.stderr.splitlines()
    assert first.startswith("handshake-inspect: ")
    assert words in first
    assert all(line.startswith("handshake-inspect: try 'handshake-inspect") for line in rest)


def test_no_arguments_is_wrong_usage() -> None:
    """Without arguments the help is shown, on standard error, and nothing was checked."""
    ended = run()
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "Usage: handshake-inspect" in ended.stderr


def test_no_memory(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """A capture that this machine cannot hold is no bug, and is said to be just that."""

    def large(args: object) -> int:
        raise MemoryError("no room for 5 bytes")

    monkeypatch.setattr(main, "_invoke", large)
    assert main.run(["check"]) == Status.IMPOSSIBLE
    said = capsys.readouterr().err
    assert said == "handshake-inspect: there is not enough memory: no room for 5 bytes\n"


def test_bug_of_ours(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """An exception nobody foresaw ends with 3 and one line; the traceback comes only when asked for."""

    def broken(args: object) -> int:
        raise ZeroDivisionError("by \x1b[31mzero")

    monkeypatch.setattr(main, "_invoke", broken)
    monkeypatch.delenv(main.DEBUG, raising=False)
    assert main.run(["clean.pcap"]) == Status.BUG == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1
    assert r"ZeroDivisionError: by \x1b[31mzero" in said.err
    assert "report" in said.err
    monkeypatch.setenv(main.DEBUG, "1")
    assert main.run(["clean.pcap"]) == Status.BUG
    assert "Traceback" in capsys.readouterr().err


def test_reading_says_who_may_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a capture may be read is found out by whoever reads it, and is no question of usage."""
    monkeypatch.setattr(os, "access", lambda *args, **options: False)
    assert main.run(["-q", str(SAMPLES / "clean.pcap"), "--output", os.devnull]) == Status.CLEAN


HEEDING = """import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])"""
"Runs a command that heeds Ctrl-C, although a script's background, and what it starts, ignores it."


@LINUX
def test_ctrl_c_ends_with_130(tmp_path: Path) -> None:
    """A user who stops the command while it reads gets 130, no report and no traceback.

    Warnings are as an interpreter has them by itself: what was open when it was stopped is not the question.
    """
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with subprocess.Popen(
        [sys.executable, "-c", HEEDING, *COMMAND, "check", str(fifo)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=SAMPLES,
        env=environment(PYTHONWARNINGS=""),
    ) as process:
        writer = _open_once_read(fifo, process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
        os.close(writer)
    assert (process.returncode, out) == (130, b"")
    assert err == b"handshake-inspect: interrupted\n"


STOPPED = """import runpy, sys
class Stop:
    def find_spec(self, name, path=None, target=None):
        if name == "handshake_inspect.cli.main":
            raise KeyboardInterrupt
sys.meta_path.insert(0, Stop())
runpy.run_module("handshake_inspect", run_name="__main__")"""
"The command, stopped while it is imported."


def test_ctrl_c_before_the_command_is_there() -> None:
    """A user who stops it at once is told the same, and not where Python was."""
    ended = subprocess.run(
        [sys.executable, "-c", STOPPED], capture_output=True, env=environment(), check=False
    )
    assert (ended.returncode, ended.stdout) == (130, b"")
    assert ended.stderr == b"handshake-inspect: interrupted\n"


def _open_once_read(fifo: Path, process: "subprocess.Popen[bytes]") -> int:
    """The fifo's writing end, once the process has opened the other: before that, opening it fails."""
    while process.poll() is None:
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            time.sleep(0.01)
    raise AssertionError("the command ended before it read")


def test_findings_of_separate_captures_are_not_lost(tmp_path: Path) -> None:
    """With --separate, an unreadable capture is told, and the others are still reported."""
    ended = run("--separate", "missing.pcap", "clean.pcap", "syn_unanswered.pcap")
    assert ended.returncode == 2
    assert ended.stderr == "handshake-inspect: missing.pcap: no such file\n"
    assert [line for line in ended.stdout.splitlines() if line.startswith("──")] == [
        "── clean.pcap",
        "── syn_unanswered.pcap",
    ]


def test_separate_captures_end_with_the_worst() -> None:
    """One capture with findings makes the status 1, whatever comes after it."""
    assert run("--separate", "syn_unanswered.pcap", "clean.pcap").returncode == 1
