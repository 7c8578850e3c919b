"""What was measured, as values: runs, their medians, and the ratio of each tool's to ours.

It knows arithmetic and no layout. The figures are medians over the rounds, because one disturbed round says
nothing about a tool; the peak of memory is the largest seen, because that is what must fit.
"""

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from benchmarks.measure import Run


@dataclass
class Series:
    """The runs of one tool on one capture."""

    tool: str
    runs: list[Run] = field(default_factory=list)

    @property
    def failure(self) -> str | None:
        """Why the tool has no figures here: the first reason of any of its runs, or None."""
        if not self.runs:
            return "not run"
        return next((run.failure for run in self.runs if run.failure), None)

    @property
    def cpu_s(self) -> float:
        """Median processor time, in seconds."""
        return median(run.cpu_s for run in self.runs)

    @property
    def wall_s(self) -> float:
        """Median elapsed time, in seconds."""
        return median(run.wall_s for run in self.runs)

    @property
    def spread(self) -> float:
        """The slowest run's processor time over the fastest one's; 1 is no spread."""
        fastest = min(run.cpu_s for run in self.runs)
        return max(run.cpu_s for run in self.runs) / fastest if fastest else 1.0

    @property
    def peak_bytes(self) -> int:
        """The largest peak of memory of any run, in bytes; 0 before the first."""
        return max((run.peak_bytes for run in self.runs), default=0)


@dataclass
class Measured:
    """One capture, and every tool on it."""

    kind: str
    packets: int
    connections: int
    capture_bytes: int
    series: list[Series]

    def plain(self, ours: str) -> dict[str, Any]:
        """The same for JSON, with `ours` the name of the tool that the ratios are taken to."""
        return {
            "kind": self.kind,
            "packets": self.packets,
            "connections": self.connections,
            "capture_bytes": self.capture_bytes,
            "tools": [
                {
                    **_plain(one, ratio(one, self.series, ours)),
                    "packets_per_cpu_s": self.packets_per_cpu_s(one),
                }
                for one in self.series
            ],
        }

    def packets_per_cpu_s(self, one: Series) -> float | None:
        """How many packets the tool deals with in a second of processor time, or None without a figure."""
        return self.packets / one.cpu_s if one.failure is None and one.cpu_s else None


@dataclass
class Report:
    """All that one call of the benchmark found."""

    machine: dict[str, str]
    ours: str
    versions: dict[str, str]
    commands: dict[str, str]
    "how each tool was called, without paths"
    absent: list[str]
    captures: list[Measured]
    start: list[Series]
    "how long each command takes to say something about ten packets, or to show its help"

    def plain(self) -> dict[str, Any]:
        """The same for JSON."""
        return {
            "machine": self.machine,
            "ours": self.ours,
            "versions": self.versions,
            "commands": self.commands,
            "absent": self.absent,
            "captures": [capture.plain(self.ours) for capture in self.captures],
            "start": [_plain(one, wall_ratio(one, self.start, self.ours)) for one in self.start],
        }


def ratio(one: Series, series: list[Series], ours: str) -> float | None:
    """The processor time of `one` over ours: above 1, ours is faster. None where either has no figure."""
    own = _counted(series, ours)
    return one.cpu_s / own.cpu_s if own and one.failure is None and own.cpu_s else None


def wall_ratio(one: Series, series: list[Series], ours: str) -> float | None:
    """The elapsed time of `one` over ours, as in `ratio`."""
    own = _counted(series, ours)
    return one.wall_s / own.wall_s if own and one.failure is None and own.wall_s else None


def _counted(series: list[Series], name: str) -> Series | None:
    return next((one for one in series if one.tool == name and one.failure is None), None)


def _plain(one: Series, to_ours: float | None) -> dict[str, Any]:
    counts = one.failure is None
    return {
        "tool": one.tool,
        "failure": one.failure,
        "cpu_s": one.cpu_s if counts else None,
        "wall_s": one.wall_s if counts else None,
        "peak_bytes": one.peak_bytes if counts else None,
        "ratio_to_ours": to_ours,
        "runs": [
            {
                "wall_s": run.wall_s,
                "user_s": run.user_s,
                "system_s": run.system_s,
                "peak_bytes": run.peak_bytes,
                "failure": run.failure,
            }
            for run in one.runs
        ],
    }
