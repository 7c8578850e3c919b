"""Directories: the captures in them, by magic and by name."""

import os
from pathlib import Path

import pytest

from handshake_inspect.cli.inputs import expand
from tests.cli.commands import LINUX, SAMPLES, run

CLEAN = (SAMPLES / "clean.pcap").read_bytes()


def test_directory_means_its_captures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Captures are known by magic, come by name, and what is none is counted in a note."""
    for name in ("b.txt", "a.pcap", "c"):
        (tmp_path / name).write_bytes(CLEAN)
    (tmp_path / "notes.md").write_text("no capture at all")
    (tmp_path / "empty").touch()
    (tmp_path / "folder").mkdir()
    assert [Path(path).name for path in expand([str(tmp_path)], quiet=False)] == ["a.pcap", "b.txt", "c"]
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"handshake-inspect: note: {tmp_path}: 2 files left out, which are no capture\n"


def test_quiet_says_no_notes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--quiet leaves nothing but the report."""
    (tmp_path / "a").write_bytes(CLEAN)
    (tmp_path / "b").touch()
    assert len(expand([str(tmp_path)], quiet=True)) == 1
    assert capsys.readouterr().err == ""


def test_files_stay_as_given() -> None:
    """Paths that are no directories are not judged here, and keep their order."""
    assert expand(["z", "-", "a"], quiet=False) == ["z", "-", "a"]


def test_directory_without_captures(tmp_path: Path) -> None:
    """A directory in which nothing can be checked is an error, not a clean result."""
    (tmp_path / "notes.txt").write_text("nothing")
    ended = run(tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == f"handshake-inspect: {tmp_path}: has no capture in it\n"


@LINUX
def test_pipes_in_a_directory_are_not_waited_for(tmp_path: Path) -> None:
    """A named pipe in a directory is no file of it."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "a.pcap").write_bytes(CLEAN)
    assert len(expand([str(tmp_path)], quiet=True)) == 1


@pytest.mark.parametrize("name", ["b.pcap", "b.pcapng", "b.PCAP", "b.pcap.gz", "b.pcapng.zst"])
def test_no_capture_of_that_name(tmp_path: Path, name: str) -> None:
    """A file that is called a capture and is none is a mistake, not something to leave out."""
    (tmp_path / "a.pcap").write_bytes(CLEAN)
    (tmp_path / name).touch()
    ended = run(tmp_path)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"handshake-inspect: {tmp_path / name}: is empty\n"
    ended = run(tmp_path, "--separate")
    assert ended.returncode == 2
    assert "1 connection: opened and closed cleanly." in ended.stdout


def test_unreadable_file_in_a_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file nobody may read could be a capture: it is not left out in silence."""
    (tmp_path / "a").write_bytes(CLEAN)
    (tmp_path / "b").touch()
    monkeypatch.setattr(os, "access", lambda path, mode: not path.endswith("b"))
    assert expand([str(tmp_path)], quiet=True) == [str(tmp_path / "a"), str(tmp_path / "b")]


def test_captures_that_overlap_are_told() -> None:
    """Whoever gives captures that cannot be one recording hears of it, once, and of what to do."""
    one_after_the_other = run("clean.pcap", "refused.pcap", "--limit", "0")
    assert one_after_the_other.stderr == ""
    overlapping = run("refused.pcap", "clean.pcap", "icmp_rejected.pcap", "--limit", "0")
    assert overlapping.stderr == (
        "handshake-inspect: note: clean.pcap begins 6.7 s before refused.pcap ends: all are read as one "
        "recording, in the order given; --separate reports on each alone\n"
    )
    assert (
        "note: 2 captures begin before the one before"
        in run("filtered.pcap", "refused.pcap", "clean.pcap").stderr
    )
    for alone in ("--separate", "--quiet"):
        assert run("refused.pcap", "clean.pcap", alone).stderr == ""


def test_jitter_is_no_overlap(tmp_path: Path) -> None:
    """The frames at both ends of two rotated files may be a few microseconds out of order."""
    head, frame = CLEAN[:24], bytearray(CLEAN[24 : 24 + 16 + int.from_bytes(CLEAN[32:36], "little")])
    (tmp_path / "1.pcap").write_bytes(head + frame)
    for early_us, told in ((9_999, False), (10_001, True)):
        later = bytearray(frame)
        microseconds = int.from_bytes(frame[4:8], "little") - early_us
        assert microseconds > 0
        later[4:8] = microseconds.to_bytes(4, "little")
        (tmp_path / "2.pcap").write_bytes(head + later)
        said = run("1.pcap", "2.pcap", cwd=tmp_path).stderr
        assert ("2.pcap begins 10 ms before 1.pcap ends" in said) == told
