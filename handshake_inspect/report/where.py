"""`--where`: which connections are meant, as a few words.

    host 192.0.2.1 and port 80
    net 10.0.0.0/8 and not outcome established
    opening refused or closing reset

`host` and `net` ask either end's address, `port` either end's port, `outcome` the opening's or the closing's.
`and` binds closer than `or`; there are no brackets.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.errors import UsageError
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.opening import Opened
from handshake_inspect.rules.reach import inside, network

TERMS = ("host", "net", "port", "outcome", "opening", "closing")


def admitted(all_: Connections, where: str | None) -> Array:
    """For each life whether it is meant. UsageError when `where` does not parse."""
    if where is None:
        return np.ones(len(all_), bool)
    result = np.zeros(len(all_), bool)
    words = where.split()
    for either in _split(words, "or"):
        every = np.ones(len(all_), bool)
        for term in _split(either, "and"):
            every &= _term(all_, term)
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


def _term(all_: Connections, words: list[str]) -> Array:
    if words[0] == "not":
        return ~_term(all_, words[1:]) if words[1:] else _wrong(words)
    if len(words) != 2 or words[0] not in TERMS:
        return _wrong(words)
    kind, value = words
    if kind in ("host", "net"):
        try:
            return inside(all_, network(value))
        except UsageError as error:
            raise UsageError(f"--where: {error}") from None
    if kind == "port":
        if not value.isascii() or not value.isdigit() or int(value) > 65535:
            raise UsageError(f"--where: {value} is no port")
        flow = all_.lives.flow
        either: Array = (all_.ends.source_port[flow] == int(value)) | (
            all_.ends.target_port[flow] == int(value)
        )
        return either
    known = {*(Opened if kind != "closing" else ()), *(Closed if kind != "opening" else ())}
    if value not in known:
        raise UsageError(f"--where: {value} is no {kind}; there are {', '.join(sorted(known))}")
    told = [
        (kind != "closing" and story.opening.outcome == value)
        or (kind != "opening" and story.closing.outcome == value)
        for story in all_.stories
    ]
    return np.array(told, bool)[all_.shapes.of] if told else np.zeros(0, bool)


def _wrong(words: list[str]) -> Array:
    raise UsageError(f"--where: '{' '.join(words)}' is not understood; say {', '.join(TERMS)} and a value")
