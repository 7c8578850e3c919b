"""The GitHub action, the GitLab job and the pre-commit hook: well-formed, and their lines do what they say.

Their steps are taken out of the files and run here, with the variables that a runner would set.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.commands import ROOT, SAMPLES, environment

ACTION = ROOT / "action.yml"
GITLAB = ROOT / "docs" / "ci" / "gitlab.yml"
HOOKS = ROOT / ".pre-commit-hooks.yaml"
GITHUB_SHELL = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]
"What `shell: bash` means to GitHub's runner."

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the steps are for bash")


def load(path: Path) -> Any:
    """A YAML file."""
    return yaml.safe_load(path.read_text("utf-8"))


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder like an environment's, with the command of this checkout in it."""
    folder = tmp_path / "temp" / "handshake-inspect" / "bin"
    folder.mkdir(parents=True)
    command = folder / "handshake-inspect"
    # Nothing here is a warning of ours to be raised: a job's shell has no PYTHONWARNINGS.
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m handshake_inspect "$@"\n')
    command.chmod(0o755)
    return folder


class Job:
    """A place with captures, and a runner that runs the action's second step in it."""

    def __init__(self, folder: Path) -> None:
        self.work = folder / "work"
        self.summary = folder / "summary.md"
        self.outputs = folder / "outputs"
        self.temp = folder / "temp"
        (self.work / "captures").mkdir(parents=True)

    def add(self, sample: str, name: str = "") -> None:
        """Put a sample among the job's captures."""
        shutil.copy(SAMPLES / sample, self.work / "captures" / (name or sample))

    def check(self, **inputs: str) -> "subprocess.CompletedProcess[str]":
        """Run the step, with the inputs' defaults where nothing is given."""
        action = load(ACTION)
        given = {name: str(about.get("default", "")) for name, about in action["inputs"].items()} | inputs
        step = next(step for step in action["runs"]["steps"] if step.get("id") == "check")
        variables = {
            name: re.sub(r"\$\{\{ inputs\.(\w+) \}\}", lambda found: given[found[1]], value)
            for name, value in step["env"].items()
        }
        runner = {
            "RUNNER_TEMP": str(self.temp),
            "GITHUB_OUTPUT": str(self.outputs),
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }
        return subprocess.run(
            [*GITHUB_SHELL, step["run"]],
            cwd=self.work,
            env=environment(**runner, **variables),
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def job(tmp_path: Path, programs: Path) -> Job:
    """A job without captures yet."""
    return Job(tmp_path)


@pytest.mark.parametrize(
    ("schema", "file"),
    [("vendor.github-actions", ACTION), ("vendor.gitlab-ci", GITLAB)],
    ids=["action", "gitlab"],
)
def test_files_are_what_their_readers_accept(schema: str, file: Path) -> None:
    """The action and the GitLab job are valid against the published schemas of such files."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, file]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout


def test_no_input_is_pasted_into_a_shell_line() -> None:
    """Inputs reach the shell as variables only, so that none can be read as a command."""
    for step in load(ACTION)["runs"]["steps"]:
        assert "${{" not in step["run"]


def test_the_action_passes_on_clean_captures(job: Job) -> None:
    """Clean captures end with 0, are summed up, and there is no SARIF that nobody asked for."""
    job.add("clean.pcap")
    job.add("ipv6.pcap", "one more.pcap")
    ended = job.check(captures="captures/c*.pcap\ncaptures/one more.pcap\n")
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert job.outputs.read_text() == "status=0\n"
    assert "2 connections" in ended.stdout
    assert job.summary.read_text().strip()
    assert not list(job.work.rglob("*.sarif"))


def test_the_action_fails_on_findings(job: Job) -> None:
    """Findings end with 1, after annotations, a summary and SARIF were written."""
    job.add("third_ack_lost.pcap")
    ended = job.check(captures="captures", sarif="out/handshakes.sarif")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert job.outputs.read_text() == "status=1\n"
    assert "SYN003" in job.summary.read_text()
    assert re.search(r"^::warning .*SYN003", ended.stdout, re.M)
    (sarif,) = json.loads((job.work / "out" / "handshakes.sarif").read_text())["runs"]
    assert [result["ruleId"] for result in sarif["results"]] == ["SYN003"]


def test_the_action_takes_options_as_a_shell_does(job: Job) -> None:
    """Options with blanks in quotes stay one word, and patterns in them are left alone."""
    job.add("third_ack_lost.pcap")
    options = "--ignore third-ack-missing --where 'host 192.0.2.1'"
    assert job.check(captures="captures", args=options).returncode == 0
    ended = job.check(captures="captures", args="--where '$(touch made) `touch made`'")
    assert ended.returncode == 2
    assert not list(job.work.rglob("made"))


def test_what_the_report_says_is_no_command(job: Job) -> None:
    """While the report is printed the runner obeys nothing in it."""
    job.add("clean.pcap", "::error::boo.pcap")
    ended = job.check(captures="captures/*.pcap", summary="false")
    lines = ended.stdout.splitlines()
    token = lines[0].removeprefix("::stop-commands::")
    assert re.fullmatch("[0-9a-f]{32}", token)
    assert lines.index(f"::{token}::") > max(i for i, line in enumerate(lines) if "boo" in line)
    assert not job.summary.exists()


@pytest.mark.parametrize(
    ("version", "wanted"), [("", str(ROOT)), ("1.2.3", "handshake-inspect==1.2.3")], ids=["own", "version"]
)
def test_what_the_action_installs(tmp_path: Path, version: str, wanted: str) -> None:
    """The first step makes an environment, and installs the action's own checkout or a version."""
    step = load(ACTION)["runs"]["steps"][0]
    assert step["env"] == {"VERSION": "${{ inputs.version }}", "ACTION": "${{ github.action_path }}"}
    python = tmp_path / "python3"
    # Makes what `python -m venv FOLDER` makes: a copy of itself, which then is pip, and echoes.
    python.write_text(
        '#!/bin/sh\n[ "$2" = pip ] && echo "$@" && exit\nmkdir -p "$3/bin"; cp "$0" "$3/bin/python"\n'
    )
    python.chmod(0o755)
    env = environment(
        RUNNER_TEMP=str(tmp_path / "temp"),
        VERSION=version,
        ACTION=str(ROOT),
        PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}",
    )
    ended = subprocess.run([*GITHUB_SHELL, step["run"]], env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "temp" / "handshake-inspect" / "bin" / "python").exists()
    asked = ended.stdout.split()
    assert asked[:3] == ["-m", "pip", "install"]
    assert asked[-1] == wanted


def test_the_action_says_when_no_capture_matches(job: Job) -> None:
    """A pattern that matches nothing is an error, not a clean run."""
    ended = job.check(captures="captures/*.pcap")
    assert ended.returncode == 2
    assert "no file matches captures/*.pcap" in ended.stdout
    assert job.outputs.read_text() == "status=2\n"


def test_the_gitlab_job_writes_its_reports(job: Job, programs: Path) -> None:
    """The job's script ends as `check` does, and writes the reports that it hands over."""
    job.add("third_ack_lost.pcap")
    described = load(GITLAB)["handshakes"]
    (line,) = described["script"]
    env = environment(PATH=f"{programs}{os.pathsep}{os.environ['PATH']}", **described["variables"])
    ended = subprocess.run(
        ["bash", "-c", line], cwd=job.work, env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1, ended.stdout + ended.stderr
    for path in described["artifacts"]["reports"].values():
        assert "SYN003" in (job.work / path).read_text()


@pytest.mark.skipif(shutil.which("git") is None, reason="pre-commit needs git")
def test_the_hook_flags_a_commit(job: Job, programs: Path) -> None:
    """pre-commit accepts the hook, and runs it on the captures of a commit and on nothing else."""
    pre_commit = [sys.executable, "-m", "pre_commit"]
    subprocess.run([*pre_commit, "validate-manifest", HOOKS], check=True, capture_output=True)
    (hook,) = load(HOOKS)
    # As the hook is, but for its environment: the command of this checkout is used, not an installed one.
    local = hook | {"language": "system", "entry": f"{programs}/{hook['entry']}"}
    config = {"repos": [{"repo": "local", "hooks": [local]}]}
    (job.work / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    (job.work / "notes.txt").write_text("no capture")

    def git(*args: str) -> None:
        subprocess.run(["git", *args], cwd=job.work, check=True, capture_output=True)

    def commit() -> "subprocess.CompletedProcess[str]":
        git("add", ".")
        # pre-commit keeps a folder of its own; it is not to be the user's.
        env = environment(PRE_COMMIT_HOME=str(job.temp / "pre-commit"))
        return subprocess.run(
            [*pre_commit, "run"], cwd=job.work, env=env, capture_output=True, text=True, check=False
        )

    git("init", "--quiet")
    skipped = commit()
    assert (skipped.returncode, "no files to check" in skipped.stdout) == (0, True), skipped.stdout
    job.add("clean.pcap")
    job.add("three_in_a_row.pcap.gz")
    passed = commit()
    assert (passed.returncode, "Passed" in passed.stdout) == (0, True), passed.stdout
    job.add("third_ack_lost.pcap")
    failed = commit()
    assert failed.returncode == 1
    assert "SYN003" in failed.stdout
