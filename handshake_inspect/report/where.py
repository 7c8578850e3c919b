"""`--where`: which connections are meant, as a few words.

    host 192.0.2.1 and port 80
    net 10.0.0.0/8 and not outcome established
    opening refused or closing reset

`host` and `net` ask either end's address, `port` either end's port, `outcome` the opening's or the closing's.
`and` binds closer than `or`; there are no brackets. What is said is understood before any capture is read.
"""

import re
from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.errors import UsageError
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.opening import Opened
from handshake_inspect.rules.reach import inside, network

TERMS = ("host", "net", "port", "outcome", "opening", "closing")


_PORT = re.compile("[0-9]{1,5}")


class Term(NamedTuple):
    """One thing that is asked of a connection."""

    kind: str
    value: str
    negated: bool


Filter = list[list[Term]]
"Terms joined by `and`, and these by `or`."


def parsed(where: str) -> Filter:
    """What these words ask. UsageError when they do not parse."""
    return [[_term(term) for term in _split(either, "and")] for either in _split(where.split(), "or")]


def admitted(all_: Connections, where: str | None) -> Array:
    """For each life whether it is meant. UsageError when `where` does not parse."""
    if where is None:
        return np.ones(len(all_), bool)
    result = np.zeros(len(all_), bool)
    for either in parsed(where):
        every = np.ones(len(all_), bool)
        for term in either:
            every &= _holds(all_, term) != term.negated
        result |= every
    return result


def _split(words: list[str], by: str) -> list[list[str]]:
    parts: list[list[str]] = [[]]
    for word in words:
        if word == by:
            parts.append([])
        else:
            parts[-1].append(word)
    if not all(parts):
        raise UsageError(
            f"--where: something is missing beside '{by}'" if by in words else "--where: is empty"
        )
    return parts


def _term(words: list[str]) -> Term:
    *nots, kind, value = words if len(words) > 1 else ["", ""]
    if kind not in TERMS or set(nots) - {"not"}:
        raise UsageError(
            f"--where: '{' '.join(words)}' is not understood; say {', '.join(TERMS)} and a value"
        )
    if kind in ("host", "net"):
        try:
            network(value)
        except UsageError as error:
            raise UsageError(f"--where: {error}") from None
    elif kind == "port":
        if not _PORT.fullmatch(value) or int(value) > 65535:
            raise UsageError(f"--where: {value} is no port")
    elif value not in (known := _outcomes(kind)):
        raise UsageError(f"--where: {value} is no {kind}; there are {', '.join(sorted(known))}")
    return Term(kind, value, len(nots) % 2 == 1)


def _outcomes(kind: str) -> set[str]:
    return {*(Opened if kind != "closing" else ()), *(Closed if kind != "opening" else ())}


def _holds(all_: Connections, term: Term) -> Array:
    if term.kind in ("host", "net"):
        return inside(all_, network(term.value))
    if term.kind == "port":
        flow = all_.lives.flow
        either: Array = (all_.ends.source_port[flow] == int(term.value)) | (
            all_.ends.target_port[flow] == int(term.value)
        )
        return either
    told = [
        (term.kind != "closing" and story.opening.outcome == term.value)
        or (term.kind != "opening" and story.closing.outcome == term.value)
        for story in all_.stories
    ]
    return np.array(told, bool)[all_.shapes.of] if told else np.zeros(0, bool)
