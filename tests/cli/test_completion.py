"""Completion: the real shells, with the script that the command prints, offer what can be typed next."""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.commands import SAMPLES, environment, run

BASH = """
eval "$(handshake-inspect completion bash)"
COMP_WORDS=({line}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))
compopt() {{ echo compopt "$@"; }}
_handshake_inspect_completion handshake-inspect
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ZSH = """
compdef() {{ }}
_path_files() {{ print files }}
_describe() {{ print -l -- ${{(P)3}} }}
compadd() {{ }}
eval "$(handshake-inspect completion zsh)"
words=({line}); CURRENT=$#words
_handshake_inspect_completion
"""
FISH = """
handshake-inspect completion fish | source
complete --do-complete {quoted}
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A search path on which the command of this checkout comes first."""
    command = tmp_path / "handshake-inspect"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m handshake_inspect "$@"\n')
    command.chmod(0o755)
    return f"{tmp_path}{os.pathsep}{os.environ['PATH']}"


def offered(shell: str, line: str, path: str) -> list[str]:
    """What a shell offers at the end of a command line, each with its explanation where it shows one."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    script = {"bash": BASH, "zsh": ZSH, "fish": FISH}[shell].format(line=line, quoted=shlex.quote(line))
    options = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    ended = subprocess.run(
        [shell, *options, "-c", script],
        cwd=SAMPLES,
        env=environment(PATH=path, HOME=str(Path(path.partition(os.pathsep)[0]))),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == ""
    return ended.stdout.split("\n")[:-1]


@pytest.mark.parametrize(
    ("shell", "between"), [("bash", None), ("zsh", ":"), ("fish", "\t")], ids=["bash", "zsh", "fish"]
)
def test_rules_are_offered(shell: str, between: str | None, path: str) -> None:
    """Every shell completes a rule's code, also where `check` is left out, and tells its name if it can."""

    def shown(*pairs: tuple[str, str]) -> list[str]:
        return [code if between is None else f"{code}{between}{name}" for code, name in pairs]

    unanswered, missing = ("SYN002", "syn-unanswered"), ("SYN003", "third-ack-missing")
    assert set(shown(unanswered, missing)) < set(
        offered(shell, "handshake-inspect check --ignore SYN00", path)
    )
    assert set(shown(unanswered)) < set(offered(shell, "handshake-inspect --select SYN00", path))
    assert offered(shell, "handshake-inspect rules syn-u", path) == shown(unanswered[::-1])


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_the_last_of_several_rules_is_completed(shell: str, path: str) -> None:
    """What stands before the last comma stays as it is."""
    words = [
        line.partition(":")[0] for line in offered(shell, "handshake-inspect --select SYN001,CAP00", path)
    ]
    assert {"SYN001,CAP001", "SYN001,CAP002"} < set(words)


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_options_of_rules_are_offered(shell: str, path: str) -> None:
    """What can be set of a rule is offered with its default, ready to be changed."""
    line = "handshake-inspect check --set host002.p"
    assert [word.partition(":")[0] for word in offered(shell, line, path)] == ["HOST002.ports=8"]


def test_commands_options_and_captures_are_offered(path: str) -> None:
    """Commands, the options of `check` where it is left out, their values, and files where captures stand."""
    assert offered("bash", "handshake-inspect co", path)[1:] == ["completion", "connections"]
    assert offered("bash", "handshake-inspect --fail", path) == ["--fail-on"]
    assert offered("bash", "handshake-inspect --he", path) == ["--help"]
    assert offered("bash", "handshake-inspect --fail-on w", path) == ["warning"]
    for line in ("handshake-inspect cle", "handshake-inspect check cle", "handshake-inspect trace cle"):
        assert offered("bash", line, path)[0] == "compopt -o default"


def test_an_unknown_shell_is_a_usage_error() -> None:
    """A shell that has no script is named, with those that have one."""
    ended = run("completion", "tcsh")
    assert ended.returncode == 2
    assert "tcsh" in ended.stderr
    assert "bash" in ended.stderr
