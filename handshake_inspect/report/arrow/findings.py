"""Findings as Arrow columns.

A finding has a sentence of its own, so each is made; the one idea is that few of them exist at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

import numpy as np
import pyarrow

from handshake_inspect.finding import Confidence, Evidence, Finding, Severity
from handshake_inspect.report.arrow.parts import WHOLE, WORD, column, lists, objects, words
from handshake_inspect.report.model import EvidenceInfo, FindingInfo
from handshake_inspect.units import spelled

TOGETHER = 8192
"So many are objects at once."

TEXT = pyarrow.string()


def findings(all_: Iterable[Finding]) -> Iterator[pyarrow.StructArray]:
    """These findings as objects of the report, in this order, piece by piece; at least one piece."""
    waiting = iter(all_)
    yield _objects(list(islice(waiting, TOGETHER)))
    while piece := list(islice(waiting, TOGETHER)):
        yield _objects(piece)


def _objects(piece: Sequence[Finding]) -> pyarrow.StructArray:
    def each(name: str) -> list[Any]:
        return [getattr(finding, name) for finding in piece]

    return objects(
        FindingInfo,
        code=pyarrow.array(each("code"), WORD),
        name=pyarrow.array(each("name"), WORD),
        severity=_levels(Severity, each("severity")),
        confidence=_levels(Confidence, each("confidence")),
        message=_texts(each("message")),
        connection=pyarrow.array(each("connection"), WHOLE),
        connections=pyarrow.array(each("connections"), pyarrow.list_(WHOLE)),
        count=pyarrow.array(each("count"), WHOLE),
        evidence=lists(each("evidence"), _evidence(list(chain.from_iterable(each("evidence"))))),
        display_filter=_texts(each("display_filter")),
        fingerprint=pyarrow.array(each("fingerprint"), TEXT),
    )


def _evidence(all_: Sequence[Evidence]) -> pyarrow.StructArray:
    def each(name: str) -> list[Any]:
        return [getattr(evidence, name) for evidence in all_]

    whole = ("frame", "capture", "capture_frame", "offset", "time_ns")
    return objects(
        EvidenceInfo,
        **{name: column(np.array(each(name), np.int64), WHOLE) for name in whole},
        who=_texts(each("who")),
        says=_texts(each("says")),
    )


def _levels(kind: type[Severity] | type[Confidence], said: Sequence[int]) -> pyarrow.DictionaryArray:
    names = [level.name.lower() for level in kind]
    return words(names, np.array(said, np.int64) - min(kind))


def _texts(said: Sequence[str]) -> pyarrow.StringArray:
    return pyarrow.array(map(spelled, said), TEXT)
