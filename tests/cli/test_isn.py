"""`isn` as a user runs it: what it writes, where, and what it refuses."""

import csv
import io
import json
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from handshake_inspect.report.schema import schema
from tests.cli.commands import COMMAND, LINUX, SAMPLES, environment, run
from tests.isn.captures import capture
from tests.isn.stacks import BAD, GOOD, MIXED
from tests.render.pages import acting
from tests.rules.servers import many

STACKS = {stack.name: stack for stack in (*BAD, *MIXED, *GOOD)}

COLUMNS = [
    *("frame", "time_ns", "connection", "segment", "host", "port", "peer", "peer_port"),
    *("isn", "answered_isn", "counts"),
]
"What other programs read."

COUNTS = {
    "retransmission": "retransmissions",
    "copy": "copies",
    "reused": "reused",
    "beyond": "beyond",
}
"Why a number does not count: the word in the table, and that of the report."


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Captures: a counter, a clock that is called over and over, and many hosts."""
    made = tmp_path_factory.mktemp("captures")
    random = np.random.default_rng(4)
    counter = STACKS["fixed step 64000"].play(random, 20)
    (made / "counter.pcap").write_bytes(capture(counter))
    # Every port is used twice, each time with a number that has grown.
    clock = STACKS["RFC 793 clock"].play(random, 40)
    turn = np.arange(40) % 20
    again = clock._replace(peer=clock.peer[turn], peer_port=clock.peer_port[turn])
    (made / "again.pcap").write_bytes(capture(again))
    one = np.zeros(40, int)
    (made / "one_tuple.pcap").write_bytes(
        capture(clock._replace(peer=clock.peer[one], peer_port=clock.peer_port[one]))
    )
    (made / "three.pcap").write_bytes(capture(type(counter)(*(column[:3] for column in counter))))
    (made / "many.pcap").write_bytes(many(30, 4))
    (made / "drawn.pcap").write_bytes(many(30, 4, None))
    (made / "two.pcap").write_bytes(many(2, 2))
    return made


def hosts(*args: str, cwd: Path) -> list[dict[str, Any]]:
    """The hosts of the document, which keeps what the schema promises of the parts it has."""
    ended = run("isn", "--format", "json", *args, cwd=cwd)
    assert (ended.returncode, ended.stderr) == (0, "")
    document = json.loads(ended.stdout)
    assert list(document) == ["schema_version", "tool", "captures", "hosts"]
    promised = schema()
    definition = promised["$defs"]["Document"]
    promised["$defs"]["Document"] = definition | {"required": list(document)}
    jsonschema.validate(document, promised, cls=jsonschema.Draft202012Validator)
    found: list[dict[str, Any]] = document["hosts"]
    return found


def rows(text: str) -> list[dict[str, str]]:
    """The rows of the table of numbers."""
    read = csv.DictReader(io.StringIO(text))
    assert read.fieldnames == COLUMNS
    return list(read)


def refused(*args: str, cwd: Path = SAMPLES, status: int = 2) -> str:
    """The one line that says why it cannot be done."""
    ended = run("isn", *args, cwd=cwd)
    assert (ended.returncode, ended.stdout) == (status, "")
    lines: list[str] = ended.stderr.splitlines()
    assert lines[0].startswith("handshake-inspect: ")
    assert len(lines) == 1
    return lines[0]


@pytest.mark.parametrize("name", ["counter.pcap", "again.pcap", "many.pcap", "drawn.pcap", "two.pcap"])
def test_document(name: str, folder: Path) -> None:
    """What is written as JSON is valid by the schema, and the same from run to run."""
    found = hosts(name, cwd=folder)
    assert len(found) == {"many.pcap": 30, "drawn.pcap": 30, "two.pcap": 0}.get(name, 1)
    assert found == hosts(name, cwd=folder)


def test_one_tuple_over_and_over(folder: Path) -> None:
    """A host with one 4-tuple has too few to be judged, but the clock behind its numbers is seen."""
    server = next(host["isn"] for host in hosts("one_tuple.pcap", cwd=folder) if host["isn"]["view"] != "syn")
    assert (server["verdict"], server["samples"], server["dropped"]) == ("insufficient", 1, {"reused": 39})
    assert server["evidence_bits"] == 0
    assert server["reuse_clock_hz"] == pytest.approx(250e3, rel=1e-3)
    said = " ".join(run("isn", "one_tuple.pcap", cwd=folder).stdout.split())
    assert said.startswith("No host has three different 4-tuples: too few to say anything.")
    assert "Too few to say anything: 1 SYN-ACK. left out: 39 on 4-tuples used before" in said
    assert "step from one to the next" not in said


def test_false_alarms(folder: Path) -> None:
    """With an alarm it is said how rare a false one is, up to 10^12 hosts; without one nothing."""
    (few,), (sure,) = (hosts(name, cwd=folder) for name in ("three.pcap", "counter.pcap"))
    assert few["isn"]["false_alarm_once_in"] == pytest.approx(2 ** few["isn"]["evidence_bits"], rel=0.05)
    assert few["isn"]["false_alarm_once_in"] >= 2**24
    assert sure["isn"]["false_alarm_once_in"] == 10**12
    assert {host["isn"]["false_alarm_once_in"] for host in hosts("drawn.pcap", cwd=folder)} == {None}


def test_nothing_is_decided_by_what_is_found(folder: Path) -> None:
    """The exit status of `isn` is 0 for the worst host, which `check` fails."""
    assert run("isn", "counter.pcap", cwd=folder).returncode == 0
    assert run("check", "--select", "ISN", "counter.pcap", cwd=folder).returncode == 1


@pytest.mark.parametrize("name", ["counter.pcap", "again.pcap", "many.pcap"])
def test_samples_add_up(name: str, folder: Path, tmp_path: Path) -> None:
    """The numbers of each host that count, and those that do not, are as many as the report says."""
    table = tmp_path / "numbers.csv"
    ended = run("isn", "--samples", table, name, cwd=folder)
    assert ended.returncode == 0
    assert "predictable" in ended.stdout
    counted: dict[str, Counter[str]] = {}
    for row in rows(table.read_text()):
        counted.setdefault(row["host"], Counter())[row["counts"]] += 1
    found = hosts(name, cwd=folder)
    assert found
    for host in found:
        theirs = counted[host["address"]]
        assert theirs.pop("kept") == host["isn"]["samples"]
        assert {COUNTS[word]: count for word, count in theirs.items()} == host["isn"]["dropped"]


def test_samples_of_the_capture(folder: Path) -> None:
    """Each row is a segment: its frame, its ends and its number are those of the capture."""
    ended = run("isn", "--samples", "-", "counter.pcap", cwd=folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    read = rows(ended.stdout)
    opened = STACKS["fixed step 64000"].play(np.random.default_rng(4), 20)
    assert [int(row["isn"]) for row in read] == opened.isn.tolist()
    assert [int(row["answered_isn"]) for row in read] == opened.peer_isn.tolist()
    assert [int(row["time_ns"]) for row in read] == opened.time_ns.tolist()
    assert [int(row["peer_port"]) for row in read] == opened.peer_port.tolist()
    assert [int(row["frame"]) for row in read] == sorted(int(row["frame"]) for row in read)
    assert {(row["segment"], row["port"], row["counts"]) for row in read} == {
        ("syn-ack", str(opened.port[0]), "kept")
    }


def test_samples_and_report_at_once(folder: Path, tmp_path: Path) -> None:
    """With a place for each, the table goes to standard output and the report to its file."""
    report = tmp_path / "report.txt"
    ended = run("isn", "--samples", "-", "--output", report, "counter.pcap", cwd=folder)
    assert len(rows(ended.stdout)) == 20
    assert "adds 64 000 per connection" in report.read_text()


def test_samples_that_would_be_lost(folder: Path, tmp_path: Path) -> None:
    """The table overwrites neither a capture nor the report, and is not written where it cannot be."""
    before = (folder / "counter.pcap").read_bytes()
    assert "counter.pcap" in refused("--samples", "counter.pcap", "counter.pcap", cwd=folder)
    assert (folder / "counter.pcap").read_bytes() == before
    both = str(tmp_path / "both")
    assert both in refused("--samples", both, "--output", both, "counter.pcap", cwd=folder)
    assert not Path(both).exists()
    missing = str(tmp_path / "none" / "numbers.csv")
    assert missing in refused("--samples", missing, "counter.pcap", cwd=folder)


def test_host(folder: Path) -> None:
    """One host is shown where it is asked for, and no other."""
    (found,) = hosts("--host", "10.0.0.7", "many.pcap", cwd=folder)
    assert found["address"] == "10.0.0.7"
    page = run("isn", "--host", "10.0.0.7", "many.pcap", cwd=folder).stdout
    assert "10.0.0.7" in page
    assert "10.0.0.8" not in page


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("10.0.0.99", "--host: 10.0.0.99 has fewer than three 4-tuples here"),
        ("2001:DB8::0:1", "--host: 2001:db8::1 has fewer than three 4-tuples here"),
        ("10.0.0", "--host: 10.0.0 is no address"),
        ("10.0.0.7/32", "--host: 10.0.0.7/32 is no address"),
        ("\x1b[31m\n", r"--host: \x1b[31m\x0a is no address"),
    ],
    ids=["unknown", "unknown of IPv6", "no address", "a network", "hostile"],
)
def test_host_that_is_not_there(address: str, said: str, folder: Path) -> None:
    """An address of no host, or none at all, is one clear line and status 2."""
    assert refused("--host", address, "many.pcap", cwd=folder) == f"handshake-inspect: {said}"


@pytest.mark.parametrize("limit", [0, 1, 29, 30, 31])
def test_limit(limit: int, folder: Path) -> None:
    """As many hosts as asked for are shown, and how many are not is said."""
    for name in ("many.pcap", "drawn.pcap"):
        page = run("isn", "--limit", str(limit), name, cwd=folder).stdout
        shown = [line for line in page.splitlines() if line.startswith("10.0.0.")]
        assert len(shown) == min(limit, 30)
        more = 30 - len(shown)
        assert ("(--limit)" in page) == (more > 0)
        assert f"and {more} more host{'s' * (more > 1)} (--limit)" in page or not more


def test_no_host(folder: Path) -> None:
    """Where no host has enough numbers, one line says so."""
    ended = run("isn", "two.pcap", cwd=folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout == "No host has three different 4-tuples: too few to say anything.\n"
    assert run("isn", "--samples", "-", "two.pcap", cwd=folder).stdout.splitlines() == [",".join(COLUMNS)]


def test_several_captures_are_one(folder: Path) -> None:
    """The numbers of a host are taken together from all captures."""
    (one,) = [host for host in hosts("many.pcap", "two.pcap", cwd=folder) if host["address"] == "10.0.0.0"]
    assert one["isn"]["samples"] == 6


@pytest.mark.parametrize("args", [[], ["--samples", "-"], ["--format", "json"]], ids=["page", "csv", "json"])
def test_closed_pipe(args: list[str], folder: Path) -> None:
    """A reader that has gone is no error, and nothing is said of it."""
    command = [*COMMAND, "isn", *args, "many.pcap"]
    with subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment()
    ) as process:
        assert process.stdout
        process.stdout.close()
        assert process.stderr
        said = process.stderr.read()
    assert (process.returncode, said) == (0, b"")


@LINUX
@pytest.mark.parametrize("args", [[], ["--samples", "-"], ["--format", "json"]], ids=["page", "csv", "json"])
def test_hostile_name(args: list[str], folder: Path, tmp_path: Path) -> None:
    """A file name that would act in a terminal is spelled out wherever it is said."""
    name = "\x1b[31m\u202ered\n.pcap"
    (tmp_path / name).write_bytes((folder / "counter.pcap").read_bytes())
    (tmp_path / f"bad{name}").write_bytes(b"no capture")
    ended = run("isn", *args, name, cwd=tmp_path)
    assert ended.returncode == 0
    assert acting(ended.stdout + ended.stderr) == set()
    assert acting(refused(*args, f"bad{name}", cwd=tmp_path)) == set()
