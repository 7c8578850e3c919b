"""The commands: what each prints, and that a capture alone means `check`."""

import json
from pathlib import Path

import click
import jsonschema
import pytest

from handshake_inspect import __version__
from handshake_inspect.cli.main import group
from handshake_inspect.cli.main import run as main_run
from handshake_inspect.render import formats
from tests.cli.commands import SAMPLES, run


def test_capture_alone_means_check() -> None:
    """`handshake-inspect CAPTURE` and options before a capture are for `check`."""
    expected = run("check", "syn_unanswered.pcap").stdout
    assert run("syn_unanswered.pcap").stdout == expected
    assert run("--limit", "20", "syn_unanswered.pcap").stdout == expected


def test_capture_called_like_a_command(tmp_path: Path) -> None:
    """With ./ before it, a capture called like a command is a capture."""
    (tmp_path / "check").write_bytes((SAMPLES / "clean.pcap").read_bytes())
    assert "opened and closed cleanly" in run("./check", cwd=tmp_path).stdout
    assert "opened and closed cleanly" in run("check", "check", cwd=tmp_path).stdout


def test_version() -> None:
    """The version is the package's."""
    assert run("--version").stdout == f"handshake-inspect {__version__}\n"


@pytest.mark.parametrize("name", sorted(group.commands))
def test_every_command_has_help(name: str) -> None:
    """Each command says what it does, and each of its options too."""
    command = group.commands[name]
    assert command.help
    assert all(option.help for option in command.params if isinstance(option, click.Option))
    assert command.help.splitlines()[0] in " ".join(run(name, "--help").stdout.split())


def test_format_choices_are_the_formats() -> None:
    """A format that exists can be chosen, and no other."""
    (option,) = (p for p in group.commands["check"].params if p.name == "format_")
    assert isinstance(option.type, click.Choice)
    assert tuple(option.type.choices) == formats()


def test_standard_input() -> None:
    """`-` reads a capture from standard input."""
    ended = run("-", stdin=(SAMPLES / "clean.pcap").read_bytes())
    assert ended.returncode == 0
    assert "1 connection: opened and closed cleanly." in ended.stdout


def test_several_captures_are_one_recording() -> None:
    """Frames and connections are counted through, in the order given."""
    document = json.loads(run("ipv6.pcap", "clean.pcap", "--format", "json").stdout)
    first, second = document["connections"]
    assert (first["number"], first["client"]["address"]) == (1, "2001:db8:1::1")
    assert (second["number"], second["first_frame"]) == (2, document["captures"][0]["frames"] + 1)


def test_selection() -> None:
    """Codes, prefixes and names, apart by commas or given again, choose the rules."""
    captures = ["syn_unanswered.pcap", "cut_mid_record.pcap"]

    def codes(*args: str) -> set[str]:
        return set(json.loads(run(*captures, "--format", "json", *args).stdout)["summary"]["findings"])

    assert codes("--select", "SYN002, CAP001") == codes("--select", "SYN002", "--select", "truncated-file")
    assert codes("--select", "SYN002,CAP001") == {"SYN002", "CAP001"}
    assert codes("--select", "SYN002,CAP001", "--ignore", "CAP") == {"SYN002"}


@pytest.mark.parametrize("least", ["note", "warning", "error"])
def test_min_severity(least: str) -> None:
    """What is below --min-severity is not reported, and all else is."""
    order = ["note", "warning", "error"]

    def severities(*args: str) -> list[str]:
        return [f["severity"] for f in json.loads(run(".", "--format", "json", *args).stdout)["findings"]]

    wanted = order[order.index(least) :]
    assert severities("--min-severity", least) == [s for s in severities() if s in wanted]


def test_where() -> None:
    """A filter leaves the connections that are meant."""
    document = json.loads(run("filtered.pcap", "--where", "port 22", "--format", "json").stdout)
    assert {c["server"]["port"] for c in document["connections"]} == {22}


def test_connections_lists_each() -> None:
    """One row for each connection at 160 columns; at 80 two, and a third for codes if there are any."""
    wide = run("connections", "filtered.pcap", COLUMNS="160").stdout.splitlines()
    listed = json.loads(run("connections", "filtered.pcap", "--format", "json").stdout)["connections"]
    assert len(wide) == 1 + len(listed)
    flagged = sum(1 for connection in listed if connection["codes"])
    assert 0 < flagged < len(listed)
    assert len(run("connections", "filtered.pcap").stdout.splitlines()) == 1 + 2 * len(listed) + flagged
    row = next(line for line in wide if ":22 " in line)
    assert {"192.0.2.1:40001", "198.51.100.1:22", "unanswered", "S", "|s"} <= set(row.split())


def test_connections_by_story() -> None:
    """Connections with the same story are one row, with their count."""
    lines = run("connections", "--story", "three_in_a_row.pcap.gz").stdout.splitlines()
    assert next(line for line in lines if "established" in line).split()[:2] == ["3", "established"]


def test_connections_of_no_tcp(tmp_path: Path) -> None:
    """A capture without TCP has no rows, and says so."""
    empty = tmp_path / "empty.pcap"
    empty.write_bytes((SAMPLES / "clean.pcap").read_bytes()[:24])
    for args in (["connections"], ["connections", "--story"], ["check"]):
        ended = run(*args, empty)
        assert ended.returncode == 0
        assert ended.stdout.startswith("No TCP connections.")


def test_trace_draws_a_ladder() -> None:
    """The ladder names both ends, and shows their states beside the segments."""
    page = run("trace", "clean.pcap", "1").stdout
    assert "Connection 1: 192.0.2.1:40000 → 198.51.100.1:80" in page
    assert "SYN-SENT │── SYN seq 0 win 64240 ─" in page


def test_trace_prints_a_script(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """With --script there is the packet script of that connection, and nothing else."""

    class Scripted:
        def script(self, number: int) -> str:
            return f"+0.000 > S 0:0(0)  # {number}\n"

    monkeypatch.setattr("handshake_inspect.cli.trace.inspected", lambda *_: Scripted())
    assert main_run(["trace", "--script", "any.pcap", "7"]) == 0
    assert capsys.readouterr().out == "+0.000 > S 0:0(0)  # 7\n"


def test_completion() -> None:
    """A shell can ask for its completion script, and for the commands."""
    script = run(_HANDSHAKE_INSPECT_COMPLETE="bash_source").stdout
    assert "_HANDSHAKE_INSPECT_COMPLETE=bash_complete" in script
    words = {"COMP_WORDS": "handshake-inspect tr", "COMP_CWORD": "1"}
    assert "trace" in run(_HANDSHAKE_INSPECT_COMPLETE="bash_complete", **words).stdout


def test_rules_lists_the_catalogue() -> None:
    """The table has every rule that JSON has."""
    rules = json.loads(run("rules", "--format", "json").stdout)
    page = run("rules").stdout
    assert rules
    assert [rule["code"] for rule in rules] == [
        line.split()[0] for line in page.splitlines()[1:-2] if line[0] != " "
    ]
    fields = {"code", "name", "severity", "summary", "sources", "options", "page"}
    assert all(rule.keys() == fields for rule in rules)


@pytest.mark.parametrize("name", ["SYN002", "syn-unanswered", "syn002"])
def test_one_rule(name: str) -> None:
    """A rule's page is Markdown in a pipe, and found by code or name."""
    page = run("rules", name).stdout
    assert page.startswith("# SYN002 syn-unanswered\n\n*error*\n")
    assert "\n## What to do\n" in page
    (rule,) = json.loads(run("rules", name, "--format", "json").stdout)
    assert rule["page"].strip() in page


def test_a_family_of_rules() -> None:
    """The beginning of codes lists the rules that have it, and no others."""
    family = json.loads(run("rules", "exp", "--format", "json").stdout)
    assert [rule["code"] for rule in family] == ["EXP001"]
    page = run("rules", "RST01").stdout
    assert [line.split()[0] for line in page.splitlines()[1:-2] if line[0] != " "] == [
        "RST010",
        "RST011",
        "RST012",
        "RST013",
    ]
    assert "\n4 rules. " in page


def test_rule_page_on_a_terminal() -> None:
    """In colour, the page is laid out: no Markdown sign is left of its headings."""
    page = run("rules", "SYN002", "--color", "always").stdout
    assert "\x1b[" in page
    assert "##" not in page


def test_schema_describes_the_report() -> None:
    """What `schema` prints is what `check --format json` keeps."""
    schema = json.loads(run("schema").stdout)
    document = json.loads(run(".", "--format", "json").stdout)
    jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)
