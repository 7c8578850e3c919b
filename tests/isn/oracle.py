"""The reference the statistics were measured with, and its cases; both are absent outside the workshop."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from handshake_inspect.isn.samples import Samples
from tests.isn.stacks import Openings

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "isn"


def reference() -> ModuleType | None:
    """The reference as a module, or None where it is absent."""
    path = FOLDER / "reference.py"
    spec = importlib.util.spec_from_file_location("isn_reference", path)
    if not path.is_file() or spec is None or spec.loader is None:
        return None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases() -> list[dict[str, Any]]:
    """The cases with known truth; none where they are absent."""
    path = FOLDER / "cases.json"
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8")) if path.is_file() else []
    return found


def dense(values: list[Any]) -> list[int]:
    """A number for each value, equal where the values are, in the order they are met."""
    numbers: dict[Any, int] = {}
    return [numbers.setdefault(value, len(numbers)) for value in values]


def address_number(text: str) -> int:
    """An IPv4 address as a number, -1 for any other."""
    parts = text.split(".")
    return int.from_bytes(map(int, parts)) if len(parts) == 4 else -1


def samples_of(case: dict[str, Any]) -> Samples:
    """The samples of one case."""
    time, source, port, peer, peer_port, isn = zip(*case["samples"], strict=True)
    kinds = [kind == "synack" for kind in case["kinds"]]
    answers = [ack is not None for ack in case["acks"]]
    n = len(time)
    return Samples(
        host=dense(list(source)),
        kind=kinds,
        time_ns=[round(seconds * 1e9) for seconds in time],
        isn=isn,
        peer_isn=[(ack - 1) % (1 << 32) if ack is not None else 0 for ack in case["acks"]],
        answers=answers,
        tuple=dense(list(zip(source, port, peer, peer_port, strict=True))),
        peer=[address_number(address) for address in peer],
        port=port,
        peer_port=peer_port,
        life=np.arange(n),
        completes=np.ones(n, bool),
        ttl=np.full(n, 64),
        stack=np.zeros(n),
    )


def samples_from(opened: Openings, host: int = 0) -> Samples:
    """The samples of one simulated host."""
    n = len(opened.time_ns)
    ends = (opened.address, opened.peer, opened.port, opened.peer_port)
    return Samples(
        host=np.full(n, host),
        kind=opened.answers.astype(np.uint8),
        time_ns=opened.time_ns,
        isn=opened.isn,
        peer_isn=opened.peer_isn,
        answers=opened.answers,
        tuple=dense(list(zip(*(end.tolist() for end in ends), strict=True))),
        peer=opened.peer,
        port=opened.port,
        peer_port=opened.peer_port,
        life=np.arange(n),
        completes=np.ones(n, bool),
        ttl=np.full(n, 64),
        stack=np.zeros(n),
    )
