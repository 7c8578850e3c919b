"""Options of rules as a user sets them: in a file, and over it with `--set`."""

import json
from pathlib import Path

import pytest

from handshake_inspect import script
from tests.cli.commands import run

SLOW = "+0 > S 0:0(0)\n+2 < S. 0:0(0) ack 1\n+0 > . 1:1(0) ack 1\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a capture of a SYN-ACK that took 2 s, and a configuration that lets it take 5 s."""
    (tmp_path / "slow.pcap").write_bytes(script.to_pcap(script.parse(SLOW)))
    (tmp_path / "handshake-inspect.toml").write_text("[rules.slow-opening]\nseconds = 5\n")
    return tmp_path


def codes(folder: Path, *args: str, command: str = "check") -> list[str]:
    """What a command finds in the capture."""
    ended = run(command, "--format", "json", *args, "slow.pcap", cwd=folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    return [finding["code"] for finding in json.loads(ended.stdout)["findings"]]


def test_set_wins_over_the_file_and_the_last_over_those_before(folder: Path) -> None:
    """A threshold is that of the command line, else that of the file, else the rule's own."""
    assert codes(folder) == []
    assert codes(folder, "--isolated") == ["SYN017"]
    assert codes(folder, "--set", "SYN017.seconds=1.5") == ["SYN017"]
    assert codes(folder, "--set", "slow-opening.seconds = 1.5") == ["SYN017"]
    assert codes(folder, "--set", "SYN017.seconds=1.5", "--set", "SYN017.seconds=2.5") == []
    assert codes(folder, "--set", "SYN017.seconds=1.5", command="connections") == ["SYN017"]


def test_set_leaves_what_it_does_not_name(folder: Path) -> None:
    """Other options of the file hold beside those that are given, of the same rule and of others."""
    (folder / "handshake-inspect.toml").write_text(
        "[rules.SYN017]\nseconds = 5\n[rules.HOST002]\nports = 1\nhosts = 1\n"
    )
    (folder / "slow.pcap").write_bytes(script.to_pcap(script.parse("+0 > S 0:0(0)\n+0 < R. 0:0(0) ack 1\n")))
    ended = run("--format", "json", "--set", "HOST002.ports=9", "slow.pcap", cwd=folder)
    assert [f["code"] for f in json.loads(ended.stdout)["findings"]] == ["HOST002"]
    ended = run(
        "--format", "json", "--set", "HOST002.ports=9", "--set", "HOST002.hosts=9", "slow.pcap", cwd=folder
    )
    assert [f["code"] for f in json.loads(ended.stdout)["findings"]] == ["SYN007"]


def test_separate_captures_and_jobs_use_them(folder: Path) -> None:
    """Processes that read captures know no settings; what is concluded does."""
    (folder / "two.pcap").write_bytes((folder / "slow.pcap").read_bytes())
    for wanted, more in (([0, 0], []), ([1, 1], ["--set", "SYN017.seconds=1.5"])):
        ended = run(
            "--separate", "--jobs", "2", "--format", "jsonl", *more, "slow.pcap", "two.pcap", cwd=folder
        )
        rows = [json.loads(row) for row in ended.stdout.splitlines()]
        assert [row["findings"].get("SYN017", 0) for row in rows if row["type"] == "summary"] == wanted


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SYN017", "--set: SYN017 sets nothing; say RULE.OPTION=VALUE, as in SYN017.seconds=2.5"),
        ("SYN017=2", "--set: SYN017=2 sets nothing; say RULE.OPTION=VALUE"),
        ("SYN17.seconds=2", "--set: SYN17: no such rule; did you mean SYN017?"),
        ("SYN017.secs=2", "--set: SYN017.secs: no such option; did you mean seconds?"),
        ("SYN017.seconds=", "--set: SYN017.seconds: must be a number from 0; it is ''"),
        ("SYN017.seconds=-1", "--set: SYN017.seconds: must be a number from 0; it is -1"),
        ("RST009.resets=2.5", "--set: RST009.resets: must be a whole number from 0; it is 2.5"),
    ],
)
def test_what_cannot_be_set_is_a_usage_error(text: str, words: str, folder: Path) -> None:
    """One line says what is wrong, and nothing is read."""
    ended = run("check", "--set", text, "missing.pcap", cwd=folder)
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert words in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_wrong_file_is_a_usage_error(folder: Path) -> None:
    """The line has the file and the key."""
    (folder / "handshake-inspect.toml").write_text("[rules.SYN017]\nsecond = 5\n")
    ended = run("slow.pcap", cwd=folder)
    assert ended.returncode == 2
    wrong = "handshake-inspect.toml: rules.SYN017.second: no such option; did you mean seconds?"
    assert ended.stderr == f"handshake-inspect: {wrong}\n"


def test_the_catalogue_has_them() -> None:
    """`rules --format json` has every option with its default; the page says how to set it."""
    (rule,) = json.loads(run("rules", "SYN017", "--format", "json").stdout)
    assert rule["options"] == [
        {
            "name": "seconds",
            "default": 1.0,
            "unit": "s",
            "text": "the longest that either half of the handshake may take",
            "least": 0,
        }
    ]
    assert "--set SYN017.seconds=1" in run("rules", "SYN017").stdout
    (without,) = json.loads(run("rules", "SYN001", "--format", "json").stdout)
    assert without["options"] == []
