"""JSON and JSON lines: by the schema, in ASCII, one object at a time, the same bytes each time."""

import io
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from handshake_inspect import inspect
from handshake_inspect.finding import Finding
from handshake_inspect.render import Layout, Shown, render
from handshake_inspect.report.model import Connection, Document, FindingInfo
from handshake_inspect.report.schema import schema
from tests.render.fakes import HOSTILE, FakeReport, capture, connection, finding
from tests.render.pages import CAPTURES, acting


def rendered(report: Any, name: str, connections: Shown = "all") -> str:
    """The report in that format."""
    out = io.StringIO()
    render(name, report, out, Layout(connections=connections))
    return out.getvalue()


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_document_keeps_its_promise(path: Path) -> None:
    """The JSON of every sample is valid by the schema, and decodes into the classes it is made of."""
    text = rendered(inspect(path), "json")
    jsonschema.validate(json.loads(text), schema(), cls=jsonschema.Draft202012Validator)
    assert msgspec.json.decode(text, type=Document, strict=True).schema_version == 1


def test_schema_is_a_schema() -> None:
    """What `schema` prints is itself valid, and says what it is."""
    jsonschema.Draft202012Validator.check_schema(schema())
    assert {"$schema", "$id", "title", "description"} <= schema().keys()


def test_schema_refuses_what_is_no_report() -> None:
    """A document without its captures is no report."""
    document = json.loads(rendered(FakeReport(), "json"))
    del document["captures"]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())


def test_keys_are_in_the_order_of_the_classes() -> None:
    """Readers find the summary before the long lists."""
    document = json.loads(rendered(FakeReport(said=[finding()]), "json"))
    assert list(document) == list(Document.__struct_fields__)
    assert list(document["connections"][0]) == list(Connection.__struct_fields__)
    assert list(document["findings"][0]) == list(FindingInfo.__struct_fields__)


@pytest.mark.parametrize("path", CAPTURES[:6], ids=lambda path: path.name)
def test_lines_are_the_objects_of_the_document(path: Path) -> None:
    """JSON lines hold what the document holds: a header, the objects in order, and a summary last."""
    report = inspect(path)
    document = json.loads(rendered(report, "json"))
    lines = [json.loads(line) for line in rendered(report, "jsonl").splitlines()]
    kinds = [line.pop("type") for line in lines]
    assert kinds[0] == "run"
    assert kinds[-1] == "summary"
    assert lines[0] == {key: document[key] for key in ("schema_version", "tool", "captures")}
    assert lines[-1] == document["summary"]
    assert lines[1:-1] == document["connections"] + document["findings"]


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_hostile_text_arrives_and_cannot_act(name: str) -> None:
    """The text is ASCII without controls, and decodes to what it was, but for bytes that are no UTF-8."""
    said = HOSTILE.replace("\udcff", "")
    text = rendered(FakeReport(captures=(capture(HOSTILE),), said=[finding(said)]), name)
    assert text.isascii()
    assert acting(text) == set()
    objects = [json.loads(text)] if name == "json" else [json.loads(line) for line in text.splitlines()]
    found = objects[0]["findings"][0] if name == "json" else objects[-2]
    assert objects[0]["captures"][0]["path"] == HOSTILE.replace("\udcff", r"\xff")
    assert found["message"] == said


def test_characters_beyond_the_first_plane_are_pairs() -> None:
    """RFC 8259 §7: such a character is a pair of escapes, and decodes to itself."""
    text = rendered(FakeReport(captures=(capture("\U0001f980.pcap"),)), "json")
    assert r"\ud83e\udd80.pcap" in text
    assert json.loads(text)["captures"][0]["path"] == "\U0001f980.pcap"


def test_connections_as_wished() -> None:
    """All connections, the flagged ones, or none."""
    report = FakeReport(connection_count=3, said=[finding()])
    numbers = {
        shown: [c["number"] for c in json.loads(rendered(report, "json", shown))["connections"]]
        for shown in ("all", "flagged", "none")
    }
    assert numbers == {"all": [1, 2, 3], "flagged": [1], "none": []}


class Watched(FakeReport):
    """Notes when each of its objects is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.moments: list[int] = []
        self.out = io.StringIO()

    def connections(self, numbers: Any = None) -> Iterator[Connection]:
        for number in range(1, 51):
            self.moments.append(self.out.tell())
            yield connection(number)

    def findings(self) -> Iterator[Finding]:
        for _ in range(50):
            self.moments.append(self.out.tell())
            yield finding()


@pytest.mark.parametrize("name", ["json", "jsonl"])
def test_objects_are_written_before_the_next_is_made(name: str) -> None:
    """A report of any size needs the memory of one object."""
    report = Watched()
    render(name, report, report.out, Layout())  # type: ignore[arg-type]
    assert len(report.moments) == 100
    assert all(before < after for before, after in pairwise(report.moments))
