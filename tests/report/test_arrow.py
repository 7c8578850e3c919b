"""Arrow tables hold what the JSON form holds, in types that other programs can work with."""

import io
import json
import os
import sys
from pathlib import Path
from typing import Any, Literal

import pyarrow
import pytest
from pyarrow import parquet

from handshake_inspect import Report, Settings, inspect
from handshake_inspect.errors import UsageError
from handshake_inspect.render import Layout, render
from tests.facts.exchanges import TAGS
from tests.render.pages import SAMPLES
from tests.render.shared import inside, report
from tests.report.test_vlan import in_three

CAPTURES = sorted(path for path in SAMPLES.iterdir() if ".pcap" in path.name)
CORPUS = sorted((Path(__file__).resolve().parents[3] / "shared" / "corpus").glob("*.pcap*"))


def document(read: Report) -> dict[str, Any]:
    """The report as JSON has it."""
    out = io.StringIO()
    render("json", read, out, Layout())
    loaded: dict[str, Any] = json.loads(out.getvalue())
    return loaded


def assert_equal(read: Report) -> None:
    """Every row of both tables is the object of the JSON form, and valid Arrow."""
    said = document(read)
    for what in ("connections", "findings"):
        table = read.to_arrow(what)
        table.validate(full=True)
        assert table.to_pylist() == said[what]
        assert json.loads(table.schema.metadata[b"handshake-inspect.captures"]) == said["captures"]


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_samples_are_equal(path: Path) -> None:
    """Of every sample the tables are the lists of the JSON form."""
    assert_equal(inspect(path))


@pytest.mark.skipif(not CORPUS, reason="the corpus of real captures is not here")
def test_real_captures_are_equal() -> None:
    """All real captures, read as one recording, give the same as JSON."""
    assert_equal(inspect(*CORPUS))


def test_several_captures_and_hostile_names(tmp_path: Path) -> None:
    """Two captures, a cut one, and a name that is no UTF-8 where file names may be that."""
    with inside(tmp_path):
        assert_equal(report(tmp_path))
        if os.name == "posix" and sys.platform != "darwin":
            name = os.fsdecode(b"odd\xff\xe4.pcap")
            (tmp_path / name).write_bytes((SAMPLES / "cut_mid_record.pcap").read_bytes())
            assert_equal(inspect(name))


@pytest.mark.parametrize("ways", TAGS)
def test_vlans_are_equal(ways: str, tmp_path: Path) -> None:
    """VLANs, of one tag, of two or of none."""
    assert_equal(in_three(TAGS[ways], tmp_path))


@pytest.mark.parametrize(
    "settings",
    [
        Settings(where="port 81"),
        Settings(where="outcome refused", select=("SYN",)),
        Settings(select=("RST",)),
        Settings(ignore=("SYN", "RST", "FIN", "ACK", "CAP", "OPT", "HOST", "ISN")),
    ],
    ids=["no-connection", "some-connections", "some-rules", "no-finding"],
)
def test_what_was_asked_for(settings: Settings) -> None:
    """Connections and findings that were not asked for are in neither; a table of nothing has its columns."""
    assert_equal(inspect(SAMPLES / "refused.pcap", SAMPLES / "three_in_a_row.pcap.gz", settings=settings))


def test_no_connection_at_all(tmp_path: Path) -> None:
    """A capture without a frame gives tables without rows, of the same columns as any other."""
    path = tmp_path / "empty.pcap"
    path.write_bytes((SAMPLES / "clean.pcap").read_bytes()[:24])
    empty, other = inspect(path), inspect(SAMPLES / "refused.pcap")
    assert_equal(empty)
    whats: tuple[Literal["connections", "findings"], ...] = ("connections", "findings")
    for what in whats:
        assert empty.to_arrow(what).num_rows == 0
        assert empty.to_arrow(what).schema.equals(other.to_arrow(what).schema)


def test_findings_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More findings than are made at once are in one table, in their order, with one dictionary for words."""
    monkeypatch.setattr("handshake_inspect.report.arrow.findings.TOGETHER", 3)
    read = inspect(*(SAMPLES / name for name in ("refused.pcap", "syn_lost.pcap", "third_ack_lost.pcap")))
    assert_equal(read)
    code = read.to_arrow("findings").column("code")
    assert code.num_chunks > 1
    assert all(chunk.dictionary.equals(code.chunk(0).dictionary) for chunk in code.chunks)


def test_types() -> None:
    """Numbers are whole, what a story decides is a dictionary, addresses and sentences are strings."""
    read = inspect(SAMPLES / "refused.pcap")
    word = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
    flat = read.to_arrow().flatten().flatten().schema
    assert {name: flat.field(name).type for name in ("number", "first_time_ns", "opening.syn_frame")} == {
        "number": pyarrow.int64(),
        "first_time_ns": pyarrow.int64(),
        "opening.syn_frame": pyarrow.int64(),
    }
    for name in ("opening.outcome", "closing.by", "client.word", "server.known_state", "zeek.conn_state"):
        assert flat.field(name).type == word
    assert flat.field("client.address").type == pyarrow.string()
    assert flat.field("client.port").type == pyarrow.uint16()
    assert flat.field("client.isn").type == pyarrow.uint32()
    assert flat.field("codes").type == pyarrow.list_(pyarrow.string())
    assert "client.offer.mss_bytes" in flat.names
    findings = read.to_arrow("findings").schema
    assert findings.field("code").type == word
    assert findings.field("message").type == pyarrow.string()


def test_metadata_names_the_version_and_the_captures(tmp_path: Path) -> None:
    """A Parquet file says what made it and of which captures it is, and holds the table."""
    table = inspect(SAMPLES / "refused.pcap").to_arrow()
    parquet.write_table(table, tmp_path / "connections.parquet")
    kept = parquet.read_table(tmp_path / "connections.parquet")
    assert kept.to_pylist() == table.to_pylist()
    assert kept.schema.metadata[b"handshake-inspect.schema_version"] == b"1"
    (capture,) = json.loads(kept.schema.metadata[b"handshake-inspect.captures"])
    assert capture["path"].endswith("refused.pcap")


def test_missing_package_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pyarrow the error is a sentence that says what to install."""
    read = inspect(SAMPLES / "refused.pcap")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match=r"needs the Python package pyarrow: install it"):
        read.to_arrow()
    with pytest.raises(UsageError, match="pyarrow"):
        read.to_arrow("findings")


def test_unknown_table_is_told() -> None:
    """There are two tables."""
    with pytest.raises(UsageError, match="no Arrow table of hosts: there are connections and findings"):
        inspect(SAMPLES / "refused.pcap").to_arrow("hosts")  # type: ignore[arg-type]
