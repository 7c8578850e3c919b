"""The benchmark as its user meets it: tables, ratios, files, and plain words where something is missing."""

import json
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from benchmarks.measure import Limits, Run
from benchmarks.readme import BEGIN, END, README, replace_measured
from benchmarks.results import Measured, Report, Series
from benchmarks.run import main, measure_in_turn
from benchmarks.tables import markdown
from benchmarks.tools import PEERS


def benchmark(folder: Path, *arguments: str) -> Result:
    small = ["--folder", str(folder), "--scale", "0.0001", "--rounds", "2", "--start-rounds", "1"]
    return CliRunner().invoke(main, [*small, *arguments])


def took(cpu_s: float, failure: str | None = None) -> Run:
    return Run(cpu_s, cpu_s, 0.0, 5_000_000, failure, False)


def report(*series: Series) -> Report:
    return Report({}, "ours", {}, {}, [], [Measured("short", 1000, 100, 1, list(series))], [])


def test_without_ours(tmp_path: Path) -> None:
    """Without the linter the peers are measured, ratios are left open, and the report says why."""
    path = tmp_path / "figures.json"
    result = benchmark(
        tmp_path, "--kind", "short", "--tool", "dpkt loop", "--tool", "handshake-inspect",
        "--command", "/nowhere/linter", "--json", str(path),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    figures = json.loads(path.read_text())
    assert figures["absent"] == ["handshake-inspect"]
    (capture,) = figures["captures"]
    assert (capture["packets"], capture["connections"]) == (150, 15)
    (loop,) = capture["tools"]
    assert loop["failure"] is None
    assert loop["ratio_to_ours"] is None
    assert len(loop["runs"]) == 2
    assert "Not installed, so not measured: handshake-inspect" in result.output


def test_failing_linter(tmp_path: Path) -> None:
    """A linter that fails has a reason and no figures, and no other tool has a ratio to it."""
    path = tmp_path / "figures.json"
    result = benchmark(
        tmp_path, "--kind", "syns", "--tool", "dpkt loop", "--tool", "handshake-inspect",
        "--command", f"{sys.executable} -c 'raise SystemExit(2)'", "--json", str(path),
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    linter, loop = json.loads(path.read_text())["captures"][0]["tools"]
    assert (linter["failure"], linter["cpu_s"]) == ("exit status 2", None)
    assert loop["ratio_to_ours"] is None


def test_ratio_is_of_medians() -> None:
    """The ratio is the peer's median processor time over ours; ours to itself is 1."""
    ours = Series("ours", [took(1.0), took(2.0), took(9.0)])
    peer = Series("peer", [took(5.0), took(4.0), took(6.0)])
    own, other = report(ours, peer).plain()["captures"][0]["tools"]
    assert (own["ratio_to_ours"], other["ratio_to_ours"]) == (1.0, 2.5)
    assert other["packets_per_cpu_s"] == 200.0


def test_memory_is_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before each run as much memory is touched as the tool has needed, and before its first none."""
    done: list[object] = []
    peaks = iter([5, 70, 6, 7, 8, 9])

    def run(command: list[str], limits: Limits) -> Run:
        done.append(command[0])
        return Run(1.0, 1.0, 0.0, next(peaks), None, False)

    monkeypatch.setattr("benchmarks.run.warm", done.append)
    monkeypatch.setattr("benchmarks.run.measure", run)
    measure_in_turn([("ours", ["a"]), ("peer", ["b"])], 3, Limits(1, None, None))
    assert done == [0, "a", 0, "b", 5, "a", 70, "b", 6, "a", 70, "b"]


def test_one_failure_spoils_the_series() -> None:
    """A tool that failed once has no figures, so a fast failure never passes for speed."""
    text = markdown(
        report(Series("ours", [took(1.0)]), Series("peer", [took(1.0), took(0.1, "exit status 1")]))
    )
    assert "| peer: exit status 1 | – | – | – | 5 | – | – |" in text


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--tool", "sniffer"), "no tool is called sniffer"),
        (("--command", "'unclosed"), "No closing quotation"),
        (("--command", " "), "needs a program"),
        (("--tool", "handshake-inspect", "--command", "/nowhere/linter"), "none of the tools is installed"),
    ],
)
def test_impossible_requests(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    """An impossible request ends with status 2 and a sentence, before anything is made."""
    result = benchmark(tmp_path, *arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert not list(tmp_path.iterdir())


def test_report_that_cannot_be_kept(tmp_path: Path) -> None:
    """Figures are shown even where they cannot be written, and the user is told."""
    lost = tmp_path / "missing" / "figures.json"
    result = benchmark(tmp_path, "--kind", "syns", "--tool", "dpkt loop", "--json", str(lost))
    assert result.exit_code == 1
    assert "dpkt loop" in result.stdout
    assert "the report is not kept" in result.stderr


def test_readme_has_its_place() -> None:
    """The README has one place for the tables, and names every peer with its command line."""
    text = README.read_text("utf-8")
    assert replace_measured(text, "new tables").count("new tables") == 1
    for tool in PEERS:
        assert f"`{tool.shown().replace(Path(sys.executable).name, 'python')}`" in text


@pytest.mark.parametrize("text", ["", BEGIN, f"{END} {BEGIN}", f"{BEGIN} {BEGIN} {END}"])
def test_readme_without_place(text: str) -> None:
    """A text without the two markers, once each and in order, is refused rather than spoilt."""
    with pytest.raises(ValueError, match="needs one"):
        replace_measured(text, "tables")


def test_replacing_twice() -> None:
    """Only the newest tables stand between the markers, and nothing around them moves."""
    once = replace_measured(f"before {BEGIN}{END} after", "old")
    assert replace_measured(once, "new") == f"before {BEGIN}\n\nnew\n\n{END} after"
