"""The configuration file, the baseline and `--strict` as a user meets them."""

import json
from pathlib import Path
from typing import Any

import pytest

from handshake_inspect import script
from handshake_inspect.render import formats
from tests.cli.commands import LINUX, SAMPLES, run

CAPTURES = ("clean.pcap", "refused.pcap", "aborted.pcap", "cut_mid_record.pcap", "joined_late.pcap")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a few captures."""
    for name in CAPTURES:
        (tmp_path / name).write_bytes((SAMPLES / name).read_bytes())
    return tmp_path


def found(ended: Any) -> dict[str, int]:
    """The codes that a JSON report counts."""
    counts: dict[str, int] = json.loads(ended.stdout)["summary"]["findings"]
    return counts


def write(folder: Path, text: str, name: str = "handshake-inspect.toml") -> None:
    """Configure."""
    (folder / name).write_text(text)


DESCRIBES_RULES = {"junit", "sarif", "sarif-github"}
"Formats that name rules which found nothing, too."
MESSAGE = "198.51.100.1:80 refused 192.0.2.1:40000"

KNOWN = "[[ignores]]\nrules = ['SYN007']\nreason = 'known'\n"


def test_options_win_over_the_file(folder: Path) -> None:
    """What is given on the command line counts; what is not is as the file says."""
    write(folder, "select = ['RST']\nfail-on = 'never'\nlimit = 1\n")
    assert run("check", "refused.pcap", cwd=folder).stdout.startswith("1 connection: refused. No findings.")
    assert run("check", "aborted.pcap", cwd=folder).returncode == 0
    assert run("check", "refused.pcap", "--select", "SYN", cwd=folder).returncode == 0
    assert run("check", "refused.pcap", "--select", "SYN", "--fail-on", "note", cwd=folder).returncode == 1
    assert run("check", "refused.pcap", "--isolated", cwd=folder).returncode == 1


def test_file_is_for_every_command(folder: Path) -> None:
    """`connections` and `trace` select and ignore as `check` does."""
    write(folder, KNOWN)
    for command in (["connections", "refused.pcap"], ["trace", "refused.pcap", "1"]):
        assert "SYN007" not in run(*command, cwd=folder).stdout
        assert "SYN007" in run(*command, "--isolated", cwd=folder).stdout


def test_named_file(folder: Path) -> None:
    """--config names the only file that counts, and what it says of paths is meant from where it stands."""
    write(folder, "nonsense = 1")
    (folder / "ci").mkdir()
    write(folder, "fail-on = 'never'\nbaseline = 'known.json'\n", "ci/lint.toml")
    assert run("refused.pcap", "--config", "ci/lint.toml", cwd=folder).returncode == 2
    (folder / "ci" / "known.json").write_text('{"version": 1, "findings": []}')
    assert run("refused.pcap", "--config", "ci/lint.toml", cwd=folder).returncode == 0
    assert run("--config", "ci/lint.toml", "refused.pcap", cwd=folder).returncode == 0


def test_two_files_in_one_folder(folder: Path) -> None:
    """The one that does not count is named, unless told to be quiet."""
    write(folder, "fail-on = 'never'\n")
    write(folder, "[tool.handshake-inspect]\nfail-on = 'note'\n", "pyproject.toml")
    ended = run("refused.pcap", cwd=folder)
    assert ended.returncode == 0
    said = "handshake-inspect: note: pyproject.toml: does not count beside handshake-inspect.toml\n"
    assert ended.stderr == said
    assert run("refused.pcap", "--quiet", cwd=folder).stderr == ""


@pytest.mark.parametrize(
    ("text", "args", "words"),
    [
        ("slect = []", [], "handshake-inspect.toml: slect: is no key; did you mean select?"),
        ("", ["--config", "x.toml"], "x.toml: no such file or directory"),
        ("", ["--config", "x.toml", "--isolated"], "--config names a file, and --isolated wants none"),
        ("", ["--isolated", "--config", "x.toml"], "--config names a file, and --isolated wants none"),
        ("baseline = 'b.json'", [], "b.json: no such file; --write-baseline makes a baseline"),
        ("", ["--write-baseline", "-"], "--write-baseline: names a file; standard output has the report"),
        ("", ["--write-baseline", "refused.pcap"], "refused.pcap: is a capture to be read"),
        ("", ["--write-baseline", "x", "--output", "x"], "x: is to hold the report and the baseline"),
        ("", ["--write-baseline", "no/x"], "no/x: no such file or directory"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(text: str, args: list[str], words: str, folder: Path) -> None:
    """Wrong configuration ends with 2 and one line."""
    write(folder, text)
    ended = run("check", "refused.pcap", *args, cwd=folder)
    assert ended.returncode == 2
    assert ended.stderr.startswith(f"handshake-inspect: {words}")
    assert ended.stderr.count("\n") == 1
    assert (folder / "refused.pcap").read_bytes() == (SAMPLES / "refused.pcap").read_bytes()


def test_help_needs_no_configuration(folder: Path) -> None:
    """A broken file keeps nobody from reading how to mend it."""
    write(folder, "= broken")
    assert run("check", "--help", cwd=folder).returncode == 0


@LINUX
def test_text_of_the_configuration_is_made_safe(folder: Path) -> None:
    """What stands in a file from somewhere acts on no terminal."""
    write(folder, '"\\u001b[31m" = 1')
    assert r"handshake-inspect.toml: \x1b[31m: is no key" in run("refused.pcap", cwd=folder).stderr
    write(folder, KNOWN.replace("'known'", '"\\u001b[31mknown"'))
    assert r"1 finding ignored: \x1b[31mknown" in run("refused.pcap", cwd=folder).stdout


@pytest.mark.parametrize("name", formats())
def test_ignored_findings_are_in_no_format(name: str, folder: Path) -> None:
    """They are counted for people, with the reason; no format has them, and none fails for them."""
    write(folder, KNOWN)
    ended = run("check", "refused.pcap", "--format", name, cwd=folder)
    assert ended.returncode == 0
    assert MESSAGE not in ended.stdout
    assert ("SYN007" in ended.stdout) is (name in DESCRIBES_RULES)
    assert ("1 finding ignored: known\n" in ended.stdout) is (name == "terminal")


def test_ignore_in_vain(folder: Path) -> None:
    """It is a note, and with --strict a failure; with --quiet it is silent."""
    write(folder, KNOWN)
    ended = run("clean.pcap", cwd=folder)
    assert ended.returncode == 0
    assert ended.stderr == "handshake-inspect: note: the ignore of SYN007 matched nothing: known\n"
    assert run("clean.pcap", "--strict", cwd=folder).returncode == 1
    assert run("clean.pcap", "--strict", "--exit-zero", cwd=folder).returncode == 0
    quiet = run("clean.pcap", "--strict", "--quiet", cwd=folder)
    assert (quiet.returncode, quiet.stderr) == (1, "")


def test_ignore_in_one_of_separate_captures(folder: Path) -> None:
    """Over several captures it is enough that it matched in one."""
    write(folder, KNOWN)
    ended = run("--separate", "--strict", "clean.pcap", "refused.pcap", "clean.pcap", cwd=folder)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_expectation(folder: Path) -> None:
    """What is expected does not count, and where it is missing that is an error."""
    write(folder, "[[expectations]]\nservices = [':80']\noutcome = 'refused'\nreason = 'nothing listens'\n")
    met = run("refused.pcap", cwd=folder)
    assert met.returncode == 0
    assert "1 finding expected: nothing listens\n" in met.stdout
    unmet = run("clean.pcap", cwd=folder)
    assert unmet.returncode == 1
    assert "error EXP001 expectation-not-met (certain), connection 1" in unmet.stdout
    assert "1 of 1 connection of :80 is not 'refused' as expected: nothing listens" in unmet.stdout


@pytest.mark.parametrize("name", formats())
def test_baseline(name: str, folder: Path) -> None:
    """Writing it ends with 0 and shows what is in it; with it only what is new counts, in every format."""
    wrote = run("refused.pcap", "--write-baseline", "b.json", cwd=folder)
    assert wrote.returncode == 0
    assert "error SYN007" in wrote.stdout
    assert wrote.stderr == "handshake-inspect: note: b.json: 1 finding written\n"
    ended = run("refused.pcap", "--baseline", "b.json", "--format", name, cwd=folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert MESSAGE not in ended.stdout
    assert ("SYN007" in ended.stdout) is (name in DESCRIBES_RULES)
    assert ("1 finding in the baseline: b.json\n" in ended.stdout) is (name == "terminal")
    assert run("aborted.pcap", "--baseline", "b.json", cwd=folder).returncode == 1


def test_baseline_is_written_anew(folder: Path) -> None:
    """A new one has all that is found, be it in the old one or not, which may even be missing."""
    write(folder, "baseline = 'b.json'\n")
    for _ in range(2):
        ended = run("aborted.pcap", "refused.pcap", "--write-baseline", "b.json", cwd=folder)
        assert ended.stderr == "handshake-inspect: note: b.json: 2 findings written\n"
    assert run("aborted.pcap", "refused.pcap", cwd=folder).returncode == 0


def test_baseline_of_separate_captures(folder: Path) -> None:
    """It has the findings of all; where one cannot be inspected, none is written."""
    both = ("--separate", "refused.pcap", "aborted.pcap")
    assert run(*both, "--write-baseline", "b.json", cwd=folder).returncode == 0
    ended = run(*both, "--baseline", "b.json", "--strict", cwd=folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    broken = run(*both, "missing.pcap", "--write-baseline", "c.json", cwd=folder)
    assert broken.returncode == 2
    assert "note: c.json: not written, for not every capture could be inspected" in broken.stderr
    assert not (folder / "c.json").exists()


def test_stale_baseline(folder: Path) -> None:
    """What is found no more is a note, and with --strict a failure."""
    run("refused.pcap", "--write-baseline", "b.json", cwd=folder)
    (folder / "refused.pcap").write_bytes((SAMPLES / "clean.pcap").read_bytes())
    ended = run("refused.pcap", "--baseline", "b.json", cwd=folder)
    said = "b.json: 1 entry found no more: SYN007 192.0.2.1>198.51.100.1:80"
    assert (ended.returncode, ended.stderr) == (0, f"handshake-inspect: note: {said}\n")
    assert run("refused.pcap", "--baseline", "b.json", "--strict", cwd=folder).returncode == 1


@pytest.mark.parametrize(
    ("args", "status"),
    [
        (["joined_late.pcap", "--fail-on", "error"], 0),
        (["joined_late.pcap", "--fail-on", "error", "--strict"], 1),
        (["joined_late.pcap", "--strict", "--min-severity", "error"], 1),
        (["joined_late.pcap", "--strict", "--select", "SYN"], 1),
        (["joined_late.pcap", "--strict", "--fail-on", "never"], 0),
        (["joined_late.pcap", "--strict", "--ignore", "CAP003"], 0),
        (["cut_mid_record.pcap", "--fail-on", "error", "--strict"], 1),
        (["clean.pcap", "--strict"], 0),
    ],
)
def test_strict_wants_whole_captures(args: list[str], status: int, folder: Path) -> None:
    """What is wrong with a capture fails whatever is selected, unless it is ignored; and it is named."""
    ended = run("check", *args, cwd=folder)
    assert ended.returncode == status
    assert ("--strict: something is wrong with the capture: CAP00" in ended.stderr) is (status == 1)
    accepted = [*(arg for arg in args if arg != "--strict"), "--strict", "--write-baseline", "b.json"]
    assert run("check", *accepted, cwd=folder).returncode == 0


@pytest.mark.parametrize("count", [1, 5])
def test_more_of_one_fault_does_not_pass(count: int, folder: Path) -> None:
    """Five refusals of one service fail wherever one does, at the highest threshold, whatever is selected."""
    lines = "".join(f"+0.1 [{n}] > S 0:0(0)\n+0.1 [{n}] < R. 0:0(0) ack 1\n" for n in range(1, count + 1))
    (folder / "many.pcap").write_bytes(script.to_pcap(script.parse(lines)))
    for chosen in ([], ["--select", "SYN"], ["--min-severity", "error"], ["--ignore", "HOST"]):
        assert run("many.pcap", "--fail-on", "error", *chosen, cwd=folder).returncode == 1
