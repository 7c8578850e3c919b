"""Recorded and simulated hosts of known truth, and an independent implementation of the same statistics."""

import importlib.util
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from handshake_inspect.isn.bank import examine
from handshake_inspect.isn.series import MOST, Series
from handshake_inspect.isn.verdict import VERDICTS, Verdict, conclude

FOLDER = Path(__file__).resolve().parents[2].parent / "shared" / "isn"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="the cases are not here")

CASES: list[dict[str, Any]] = json.loads((FOLDER / "cases.json").read_text()) if FOLDER.is_dir() else []

RIGHT = {
    "predictable": {Verdict.PREDICTABLE, Verdict.WEAK},
    "unpredictable": {Verdict.NO_EVIDENCE},
    "undecidable": {Verdict.INSUFFICIENT},
}


def load(name: str) -> Any:
    """A module of the shared folder."""
    spec = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows_of(case: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Time, address, port, peer, its port, ISN, acknowledgement and kind of each row of a case."""
    none = [None] * len(case["samples"])
    acks, kinds = case.get("acks") or none, case.get("kinds") or none
    return [(*row, ack, kind) for row, ack, kind in zip(case["samples"], acks, kinds, strict=True)]


def views_of(reference: Any, case: dict[str, Any]) -> list[list[Any]]:
    """The rows that count, by kind, and all of them where there are both kinds."""
    kept, _ = reference.prepare(rows_of(case))
    views = [[row for row in kept if row.kind == kind] for kind in sorted({row.kind or "" for row in kept})]
    views = [view for view in views if view] or [kept]
    return [view[:MOST] for view in (views if len(views) == 1 else [*views, kept])]


def series_of(reference: Any, views: list[list[Any]]) -> Series:
    """The views as a series."""
    columns: dict[str, list[Any]] = {name: [] for name in Series.columns}
    for number, view in enumerate(views):
        for row in view:
            address = reference.ip_int(row.dst)
            columns["view"].append(number)
            columns["time_ns"].append(round(row.t * 1e9))
            columns["isn"].append(row.isn)
            columns["peer_isn"].append(0 if row.ack is None else (row.ack - 1) % (1 << 32))
            columns["answers"].append(row.ack is not None)
            columns["peer"].append(-1 if address is None else address)
            columns["port"].append(row.sport)
            columns["peer_port"].append(row.dport)
    return Series(**{name: np.array(values) for name, values in columns.items()})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_case(case: dict[str, Any]) -> None:
    """The verdict is right, and there is no less evidence, and no higher cost, than the other one finds."""
    reference = load("reference")
    views = views_of(reference, case)
    table = examine(series_of(reference, views), len(views), deep=True)
    told = conclude(table, np.zeros(len(views), np.int64), 1)
    assert VERDICTS[told.verdict[0]] in RIGHT[case["truth"]]
    other = reference.analyse(rows_of(case))
    assert told.evidence_bits[0] >= other["evidence_bits"] - 3
    if "cost" in other:
        assert table.cost[told.view[0]] <= 2 * other["cost"] + 8
    if VERDICTS[told.verdict[0]] in RIGHT["unpredictable"]:
        assert abs(told.evidence_bits[0] - other["evidence_bits"]) < 3
