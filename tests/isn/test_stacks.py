"""The simulated stacks are what they are said to be, and can be captured."""

from pathlib import Path

import numpy as np
import pytest

from handshake_inspect import inspect
from handshake_inspect.isn.preparation import prepare
from tests.isn.captures import capture
from tests.isn.oracle import reference, samples_from
from tests.isn.stacks import BAD, GOOD, MIXED, Stack

STACKS = (*BAD, *MIXED, *GOOD)
QUICK = [stack for stack in (*BAD, *GOOD) if (stack.alarms_by or 0) < 50]
REFERENCE = reference()


def by_name(stack: Stack) -> str:
    """How a test of a stack is called."""
    return stack.name


@pytest.mark.parametrize("stack", STACKS, ids=by_name)
def test_same_seed_same_stack(stack: Stack) -> None:
    """A seed is a host: it does the same again, and another seed does something else."""
    once, again, other = (stack.play(np.random.default_rng(seed), 30) for seed in (1, 1, 2))
    assert all((a == b).all() for a, b in zip(once, again, strict=True))
    assert (once.isn != other.isn).any()


@pytest.mark.parametrize("stack", STACKS, ids=by_name)
@pytest.mark.parametrize("n", [0, 1, 700])
def test_every_connection_counts(stack: Stack, n: int) -> None:
    """Times rise, and no connection repeats a 4-tuple or looks like a copy of another."""
    opened = stack.play(np.random.default_rng(3), n)
    assert (np.diff(opened.time_ns) > 0).all()
    assert (prepare(samples_from(opened)).dropped == 0).all()


@pytest.mark.skipif(REFERENCE is None, reason="the reference is not here")
@pytest.mark.parametrize("stack", QUICK, ids=by_name)
def test_reference_agrees(stack: Stack) -> None:
    """The reference finds each bad stack out by the number given, and never a good one."""
    assert REFERENCE is not None
    for seed in range(3):
        # Its own numbers hold to one more or less.
        opened = stack.play(np.random.default_rng(seed), (stack.alarms_by or 30) + 1)
        dotted = [".".join(map(str, int(peer).to_bytes(4))) for peer in opened.peer]
        rows = [
            REFERENCE.Sample(
                time_ns / 1e9, "192.0.2.1", port, peer, peer_port, isn, peer_isn + 1 if answers else None, 0
            )
            for time_ns, isn, peer_isn, answers, peer, port, peer_port in zip(
                *(column.tolist() for column in opened[:4]),
                dotted,
                opened.port.tolist(),
                opened.peer_port.tolist(),
                strict=True,
            )
        ]
        bits = REFERENCE._evidence(rows, True)["evidence_bits"]
        assert (bits >= 24) == (stack.alarms_by is not None)


@pytest.mark.parametrize("completes", [True, False])
@pytest.mark.parametrize("name", ["slirp", "Mirai"])
def test_captured(name: str, completes: bool, tmp_path: Path) -> None:
    """A capture of a stack holds as many connections as the stack made, all opened or none."""
    stack = next(stack for stack in STACKS if stack.name == name)
    opened = stack.play(np.random.default_rng(5), 40)
    path = tmp_path / "stack.pcap"
    path.write_bytes(capture(opened, completes=completes))
    report = inspect(path)
    assert report.summary.opening == {"established" if completes else "unanswered": 40}
