"""Every JSON text is valid by the schema, which is held closed here: what it lacks is not written."""

import io
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from handshake_inspect import Settings, inspect
from handshake_inspect.render import Layout, render
from handshake_inspect.render.json import render_hosts
from handshake_inspect.report.report import Report
from handshake_inspect.report.schema import schema
from tests.cli.commands import run
from tests.render.pages import SAMPLES

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
CAPTURES = sorted(path for folder in (SAMPLES, CORPUS) for path in folder.glob("*.pcap*"))
OF_ISN = ("schema_version", "tool", "captures", "hosts")
"The members of the document that `isn` writes."


def closed(of: Any) -> Any:
    """The schema without room for members it does not name."""
    if isinstance(of, dict):
        shut = {"additionalProperties": False} if "properties" in of else {}
        return {key: closed(value) for key, value in of.items()} | shut
    return [closed(value) for value in of] if isinstance(of, list) else of


CLOSED = closed(schema())


def validator(kind: str, members: tuple[str, ...] = (), **more: Any) -> jsonschema.Draft202012Validator:
    """What validates an object of that kind: these members of it if any are named, and more members."""
    whole = CLOSED["$defs"][kind]
    names = members or tuple(whole["properties"])
    return jsonschema.Draft202012Validator(
        whole
        | {
            "$defs": CLOSED["$defs"],
            "properties": {name: whole["properties"][name] for name in names} | more,
            "required": [name for name in whole["required"] if name in names] + list(more),
        }
    )


DOCUMENT = validator("Document")
HOSTS = validator("Document", OF_ISN)
LINES = {
    "run": validator("Document", OF_ISN[:3], type={"const": "run"}),
    "summary": validator("Summary", type={"const": "summary"}),
    "connection": validator("Connection", type={"const": "connection"}),
    "finding": validator("FindingInfo", type={"const": "finding"}),
    "host": validator("HostInfo", type={"const": "host"}),
}


def written(report: Report, name: str) -> str:
    """The report in that format."""
    out = io.StringIO()
    render(name, report, out, Layout())
    return out.getvalue()


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_every_text_of_a_capture(path: Path) -> None:
    """The document, each line of JSON lines and what `isn` says are valid, of every capture there is."""
    report = inspect(path, settings=Settings(thorough=True))
    DOCUMENT.validate(json.loads(written(report, "json")))
    for line in written(report, "jsonl").splitlines():
        said = json.loads(line)
        LINES[said["type"]].validate(said)
    out = io.StringIO()
    render_hosts(report, report.numbers.known.tolist(), out)
    HOSTS.validate(json.loads(out.getvalue()))


def test_isn_command() -> None:
    """`isn --format json` has hosts, and what it writes is valid."""
    ended = run("isn", SAMPLES, "--format", "json", "--quiet")
    assert (ended.returncode, ended.stderr) == (0, "")
    document = json.loads(ended.stdout)
    assert document["hosts"]
    HOSTS.validate(document)


def test_schema_command() -> None:
    """`schema` prints the schema that texts are held to."""
    ended = run("schema")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert json.loads(ended.stdout) == schema()


def test_what_is_not_in_the_schema_is_told() -> None:
    """A member that the schema lacks, and one that is missing, are refused wherever they are."""
    document = json.loads(written(inspect(SAMPLES / "three_in_a_row.pcap.gz"), "json"))
    DOCUMENT.validate(document)
    for part in (document, document["connections"][0], document["connections"][0]["client"]):
        part["unknown"] = 1
        assert not DOCUMENT.is_valid(document)
        del part["unknown"]
    del document["connections"][0]["client"]["word"]
    assert not DOCUMENT.is_valid(document)
