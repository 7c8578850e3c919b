"""The formats: the files of the folder, each with a `render`."""

import io
import pickle
from importlib import import_module

import pytest

from handshake_inspect.render import DEFAULT, Layout, formats, join, part, render, together
from tests.render.fakes import FakeReport, finding, group, story


def test_formats_are_the_files_of_the_folder() -> None:
    """Helpers are no formats, and the one for people is there."""
    assert {"json", "jsonl", DEFAULT} <= set(formats())
    assert not {"parts", "text", "screen"} & set(formats())


@pytest.mark.parametrize("name", formats())
def test_every_format_renders(name: str) -> None:
    """Each format has something to say of a report with and of one without findings, the same each time."""
    report = FakeReport(told=[story()], groups=[group(finding())], said=[finding()])
    pages = []
    for asked in (report, report, FakeReport(connection_count=0)):
        out = io.StringIO()
        render(name, asked, out, Layout())  # type: ignore[arg-type]
        pages.append(out.getvalue())
    assert pages[0] == pages[1] != pages[2]
    assert all(page.endswith("\n") for page in pages)


@pytest.mark.parametrize("name", [name for name in formats() if together(name) == "joined"])
def test_documents_join(name: str) -> None:
    """A document of one report is that report; parts of several may come from other processes."""
    reports = [FakeReport(groups=[group(finding())], said=[finding()]), FakeReport(connection_count=0)]
    parts = [part(name, report, Layout()) for report in reports]  # type: ignore[arg-type]
    written = []
    for these in (parts[:1], parts, pickle.loads(pickle.dumps(parts))):
        out = io.StringIO()
        join(name, these, out, Layout())
        written.append(out.getvalue())
    out = io.StringIO()
    render(name, reports[0], out, Layout())  # type: ignore[arg-type]
    assert written[0] == out.getvalue()
    assert written[1] == written[2]


@pytest.mark.parametrize("name", formats())
def test_every_format_has_a_docstring(name: str) -> None:
    """The module says what its format is."""
    assert import_module(f"handshake_inspect.render.{name.replace('-', '_')}").__doc__
