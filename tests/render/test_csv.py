"""CSV: one row for each finding, and no cell that a spreadsheet would calculate."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import pytest

from handshake_inspect import inspect
from handshake_inspect.render import Layout
from handshake_inspect.render.csv import HEADER
from tests.render.fakes import FakeReport, finding
from tests.render.pages import CAPTURES, SAMPLES
from tests.render.shared import written


def rows(text: str) -> list[list[str]]:
    """The table, each row of which is one line and has every column."""
    table = list(csv.reader(io.StringIO(text)))
    assert len(text.splitlines()) == len(table)
    assert {len(row) for row in table} == {len(HEADER)}
    return table


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_one_row_for_each_finding(path: Path) -> None:
    """The rows are the findings, in the order of the report."""
    read = inspect(path)
    header, *body = rows(written(read, "csv"))
    assert tuple(header) == HEADER
    assert [row[1] for row in body] == [found.code for found in read.findings()]


def test_row_says_where_to_look() -> None:
    """A finding in the second capture has the recording's frame number, and that of its capture."""
    read = inspect(SAMPLES / "clean.pcap", SAMPLES / "syn_unanswered.pcap")
    header, *body = rows(written(read, "csv"))
    (row,) = (dict(zip(header, row, strict=True)) for row in body if row[1] == "SYN002")
    assert row["client"] == "192.0.2.1:40000"
    assert int(row["frame"]) - int(row["capture_frame"]) == 11
    assert row["frames"].split()[0] == row["frame"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "|", "%", " =", "\u00a0=", "＝", "＋", "－", "＠"])
def test_no_cell_is_a_formula(sign: str) -> None:
    """What begins as a formula has an apostrophe before it, which spreadsheets take for text."""
    (_, row) = rows(written(FakeReport(said=[finding(f"{sign}1+1")]), "csv"))
    assert row[HEADER.index("message")] == f"'{sign}1+1"


def test_numbers_stay_numbers() -> None:
    """A number of ours is none of a formula, even below zero."""
    early = finding()
    object.__setattr__(early.evidence[0], "time_ns", -5)
    (_, row) = rows(written(FakeReport(said=[early]), "csv"))
    assert row[HEADER.index("time_ns")] == "-5"


def test_controls_and_quotes() -> None:
    """Line breaks and escapes are spelled, quotes and commas are kept."""
    (_, row) = rows(written(FakeReport(said=[finding('a,"b"\r\n\x1b')]), "csv"))
    assert row[HEADER.index("message")] == 'a,"b"\\x0d\\x0a\\x1b'


def test_tables_join() -> None:
    """Below another report there is no second header."""
    (row,) = rows(written(FakeReport(said=[finding()]), "csv", Layout(below=True)))
    assert row[1] == "SYN002"


def test_many_connections_are_counted() -> None:
    """A finding about a million connections names how many: their numbers would fill no cell."""
    read = FakeReport(said=[replace(finding(), connection=None, connections=tuple(range(1, 1001)))])
    (_, row) = rows(written(read, "csv"))
    assert row[HEADER.index("connections")] == "1000"
