"""Verdicts follow from evidence, cost and the number of ISNs; the e-values of a host are averaged."""

from typing import Any

import numpy as np
import pytest

from handshake_inspect.isn.model import Model
from handshake_inspect.isn.models import MODELS
from handshake_inspect.isn.series import Examined
from handshake_inspect.isn.verdict import (
    CROWD,
    FEWEST,
    PREDICTABLE_GUESSES,
    QUIET,
    VERDICTS,
    WEAK_GUESSES,
    Verdict,
    alarm_bits,
    conclude,
)


def examined(*views: dict[str, Any]) -> Examined:
    """Views of which only this is known."""
    table = Examined.blank(len(views))
    table.model[:] = -1
    for row, view in enumerate(views):
        for name, value in view.items():
            getattr(table, name)[row] = value
    return table


def verdict_of(*views: dict[str, Any], hosts: int = 1) -> Verdict:
    """The verdict on one host that has these views, among `hosts`."""
    return VERDICTS[conclude(examined(*views), np.zeros(len(views), np.int64), hosts).verdict[0]]


@pytest.mark.parametrize(
    ("evidence_bits", "samples", "cost", "model", "expected"),
    [
        (24, FEWEST, PREDICTABLE_GUESSES, Model.CLOCK, Verdict.PREDICTABLE),
        (24, FEWEST, PREDICTABLE_GUESSES + 1, Model.CLOCK, Verdict.WEAK),
        (500, 99, WEAK_GUESSES, Model.CLOCK, Verdict.WEAK),
        (500, 99, WEAK_GUESSES + 1, Model.STUCK_BITS, Verdict.BIASED),
        (24, 9, PREDICTABLE_GUESSES, Model.PEER_ISN, Verdict.PREDICTABLE),
        (24, 9, PREDICTABLE_GUESSES + 1, Model.PEER_ISN, Verdict.COOKIE_LIKE),
        (24, 9, WEAK_GUESSES + 1, Model.OFFSET_FROM_PEER_ISN, Verdict.COOKIE_LIKE),
        (23.9, QUIET, np.nan, None, Verdict.NO_EVIDENCE),
        (23.9, QUIET - 1, np.nan, None, Verdict.INSUFFICIENT),
        (0, FEWEST - 1, np.nan, None, Verdict.INSUFFICIENT),
    ],
)
def test_thresholds(
    evidence_bits: float, samples: int, cost: float, model: Model | None, expected: Verdict
) -> None:
    """Each verdict begins where it says."""
    view = {
        "evidence_bits": evidence_bits,
        "samples": samples,
        "cost": cost,
        "model": -1 if model is None else MODELS.index(model),
    }
    assert verdict_of(view) is expected


def test_views_are_averaged() -> None:
    """The e-value of a host is the mean of those of its views, and its best view tells the model."""
    table = examined(
        {"evidence_bits": 10.0, "samples": 5},
        {"evidence_bits": 30.0, "samples": 4, "cost": 7.0, "model": 2},
        {"evidence_bits": 30.0, "samples": 9, "cost": 9.0, "model": 3},
        {"evidence_bits": -2.0, "samples": 20},
    )
    told = conclude(table, np.array([2, 2, 2, 0]), 3)
    assert told.evidence_bits.tolist() == pytest.approx([-2, 0, np.log2((2**10 + 2 * 2**30) / 3)])
    assert told.view.tolist() == [3, -1, 1]
    assert told.samples.tolist() == [20, 0, 9]
    assert [VERDICTS[verdict] for verdict in told.verdict] == [
        Verdict.NO_EVIDENCE,
        Verdict.INSUFFICIENT,
        Verdict.PREDICTABLE,
    ]


def test_a_view_is_paid_for() -> None:
    """What one view of two shows is worth one bit less."""
    alarm = {"evidence_bits": 24.5, "samples": 5, "cost": 1.0, "model": 0}
    assert verdict_of(alarm) is Verdict.PREDICTABLE
    assert verdict_of(alarm, {"evidence_bits": 0.0, "samples": 5}) is Verdict.INSUFFICIENT


def test_crowds_need_more() -> None:
    """In a capture with very many hosts the threshold is higher."""
    assert alarm_bits(CROWD) == 24
    assert alarm_bits(CROWD + 1) == 30
    view = {"evidence_bits": 29.0, "samples": QUIET, "cost": 1.0, "model": 0}
    assert verdict_of(view, hosts=CROWD) is Verdict.PREDICTABLE
    assert verdict_of(view, hosts=CROWD + 1) is Verdict.NO_EVIDENCE
