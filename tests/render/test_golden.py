"""Every format, byte by byte, over one shared report; and over every capture there is."""

from pathlib import Path

import pytest

from handshake_inspect import inspect
from handshake_inspect.render import formats
from handshake_inspect.report.report import Report
from tests.cli.commands import LINUX
from tests.corpus import CORPUS
from tests.render.pages import CAPTURES, acting
from tests.render.shared import GOLDEN, golden, inside, report, written

pytestmark = pytest.mark.usefixtures("plain")

REAL = sorted(path for path in CORPUS.glob("*") if {".pcap", ".pcapng"} & set(path.suffixes))


@pytest.fixture
def shared(tmp_path: Path, plain: None) -> Report:
    """The shared report."""
    with inside(tmp_path):
        return report(tmp_path)


@LINUX
@pytest.mark.parametrize("name", formats())
def test_golden(name: str, shared: Report, tmp_path: Path) -> None:
    """The report is as it was; `python -m tests.render.shared` writes what it is now."""
    with inside(tmp_path):
        text = written(shared, name)
    assert golden(name, text) == GOLDEN.joinpath(f"{name}.txt").read_text("utf-8")


def test_no_golden_file_is_left_over() -> None:
    """There is one for each format."""
    assert sorted(path.stem for path in GOLDEN.iterdir()) == sorted(formats())


@LINUX
@pytest.mark.parametrize("name", formats())
def test_hostile_names_cannot_act(name: str, shared: Report, tmp_path: Path) -> None:
    """Whatever a capture is called, no control character is written."""
    with inside(tmp_path):
        assert acting(written(shared, name)) == set()


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_every_sample_renders(path: Path) -> None:
    """Every format has something to say of every sample."""
    read = inspect(path)
    assert all(written(read, name).endswith("\n") for name in formats())


@pytest.mark.skipif(not REAL, reason="the corpus is not here")
@pytest.mark.parametrize("share", range(8))
def test_every_real_capture_renders(share: int) -> None:
    """Every format has something to say of every capture of real stacks."""
    for path in REAL[share::8]:
        read = inspect(path)
        assert all(written(read, name).endswith("\n") for name in formats()), path.name
