"""The preparation drops what repeats, keeps first numbers, and agrees with the reference row for row."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect.columns import Array
from handshake_inspect.isn.preparation import Dropped, prepare
from handshake_inspect.isn.samples import Kind, Samples
from handshake_inspect.isn.series import MOST
from tests.isn.oracle import cases, reference, samples_of

REFERENCE = reference()
CASES = cases()
SECOND = 1_000_000_000


def rows(*given: dict[str, Any]) -> Samples:
    """Samples with these columns, and for all others an unremarkable value."""
    usual = dict.fromkeys(Samples.columns, 0) | {"ttl": 64, "completes": True}
    filled = [usual | {"tuple": row} | values for row, values in enumerate(given)]
    return Samples(**{name: [row[name] for row in filled] for name in Samples.columns})


def told(samples: Samples) -> list[Dropped]:
    """Why each row was dropped."""
    return [Dropped(reason) for reason in prepare(samples).dropped.tolist()]


def test_nothing_from_nothing() -> None:
    """No samples are prepared as no samples of no host."""
    prepared = prepare(rows())
    assert len(prepared.dropped) == len(prepared.group) == len(prepared.hosts) == 0


def test_retransmission() -> None:
    """The same number on the same 4-tuple is a retransmission, and counts from the last one seen."""
    again = [{"tuple": 7, "isn": 5, "time_ns": at * SECOND} for at in (0, 100, 250, 400)]
    assert told(rows(*again)) == [Dropped.KEPT, *[Dropped.RETRANSMISSION] * 3]


def test_chosen_again() -> None:
    """The same number on the same 4-tuple after more than 150 s was chosen again."""
    again = [{"tuple": 7, "isn": 5, "time_ns": at} for at in (0, 150 * SECOND + 1)]
    assert told(rows(*again)) == [Dropped.KEPT, Dropped.REUSED]


def test_both_roles() -> None:
    """A host that answers on the 4-tuple it calls from has chosen two numbers for it."""
    assert told(
        rows(
            {"tuple": 7, "isn": 5},
            {"tuple": 7, "isn": 6, "kind": Kind.SYN_ACK, "answers": True},
        )
    ) == [Dropped.KEPT, Dropped.KEPT]


def test_calling_each_other() -> None:
    """The SYN-ACK of a simultaneous opening has its SYN's number: it was chosen once."""
    assert told(
        rows(
            {"tuple": 7, "isn": 5},
            {"tuple": 7, "isn": 5, "kind": Kind.SYN_ACK, "answers": True},
        )
    ) == [Dropped.KEPT, Dropped.RETRANSMISSION]


def test_only_the_first_of_a_tuple() -> None:
    """Later numbers of a 4-tuple are set aside, whatever they are."""
    assert told(rows(*({"tuple": 7, "isn": isn, "time_ns": isn} for isn in (1, 65_538, 2**31)))) == [
        Dropped.KEPT,
        Dropped.REUSED,
        Dropped.REUSED,
    ]


def test_translated_syn() -> None:
    """A SYN seen again at once with another peer but the same port and number is the same packet."""
    seen = [{"isn": 5, "port": 40_000, "time_ns": at} for at in (0, SECOND // 2)]
    assert told(rows(*seen)) == [Dropped.KEPT, Dropped.COPY]
    assert told(rows(seen[0], seen[1] | {"port": 40_001})) == [Dropped.KEPT, Dropped.KEPT]
    assert told(rows(seen[0], seen[1] | {"time_ns": SECOND // 2 + 1})) == [Dropped.KEPT, Dropped.KEPT]


def test_translated_syn_ack() -> None:
    """A SYN-ACK is the same packet where number and acknowledgement are, whatever its port."""
    answer = {"kind": Kind.SYN_ACK, "answers": True, "isn": 5, "peer_isn": 9}
    assert told(rows(answer, answer | {"port": 8080})) == [Dropped.KEPT, Dropped.COPY]
    assert told(rows(answer, answer | {"peer_isn": 10})) == [Dropped.KEPT, Dropped.KEPT]


def test_many_copies_are_none() -> None:
    """A scanner that sends one number to many peers at once loses three of its SYNs, not all."""
    assert told(rows(*({"isn": 5} for _ in range(10)))) == [
        Dropped.KEPT,
        *[Dropped.COPY] * 3,
        *[Dropped.KEPT] * 6,
    ]


def test_windows_follow_each_other() -> None:
    """A window begins at the first row behind the window before, not at each row."""
    seen = [{"isn": 5, "time_ns": at * SECOND // 10} for at in (0, 4, 6, 10, 12)]
    assert told(rows(*seen)) == [Dropped.KEPT, Dropped.COPY, Dropped.KEPT, Dropped.COPY, Dropped.KEPT]


def test_a_copy_takes_its_tuple() -> None:
    """What later opens on the 4-tuple of a copy is not the first number there."""
    seen = [
        {"isn": 5, "tuple": 0},
        {"isn": 5, "tuple": 1},
        {"isn": 6, "tuple": 1, "time_ns": 60 * SECOND},
    ]
    assert told(rows(*seen)) == [Dropped.KEPT, Dropped.COPY, Dropped.REUSED]


def test_times_centuries_apart() -> None:
    """Damaged times, as far apart as they can be written, make no row disappear into another."""
    seen = [{"isn": 5 + at % 3, "time_ns": (at - 3) * (1 << 61), "host": at % 2} for at in range(7)]
    assert told(rows(*seen)) == [Dropped.KEPT] * 7


def test_enough_is_enough() -> None:
    """Of each role the first 1024 count."""
    syns = [{"isn": at, "time_ns": at * SECOND} for at in range(MOST + 2)]
    prepared = prepare(rows(*syns, *({"kind": Kind.SYN_ACK, "isn": at} for at in range(5))))
    assert np.flatnonzero(prepared.dropped == Dropped.BEYOND).tolist() == [MOST, MOST + 1]
    assert prepared.hosts.row(0) == {
        "kept": MOST + 5,
        "retransmissions": 0,
        "copies": 0,
        "reused": 0,
        "beyond": 2,
        "groups": 0,
        "tool": False,
    }


@pytest.mark.parametrize(("completed", "tool"), [(0, True), (1, True), (2, False)])
def test_tool(completed: int, tool: bool) -> None:
    """A host that completes under a tenth of its SYNs is a tool; a tenth is not under a tenth."""
    syns = [{"isn": 3 * at, "completes": at < completed, "time_ns": at * SECOND} for at in range(20)]
    assert prepare(rows(*syns)).hosts.tool.tolist() == [tool]
    assert not prepare(rows(*syns[-2:])).hosts.tool.any()


def test_other_hosts() -> None:
    """What one host sends does not touch what another has sent, though all else is equal."""
    assert told(rows({"isn": 5, "host": 0, "tuple": 0}, {"isn": 5, "host": 1, "tuple": 1})) == [
        Dropped.KEPT,
        Dropped.KEPT,
    ]


def by_the_reference(samples: Samples) -> tuple[list[Any], list[Any]]:
    """What the reference keeps and what it calls reused."""
    assert REFERENCE is not None
    s = samples
    ack = [isn + 1 if answers else None for isn, answers in zip(s.peer_isn.tolist(), s.answers, strict=True)]
    ends = (s.host.tolist(), s.port.tolist(), s.tuple.tolist(), s.peer_port.tolist())
    given = zip((s.time_ns / SECOND).tolist(), *ends, s.isn.tolist(), ack, s.kind.tolist(), strict=True)
    kept, reused = REFERENCE.prepare(given)
    return sorted(map(known_by, kept)), sorted(map(known_by, reused))


def known_by(row: Any) -> tuple[Any, ...]:
    """What a row of the reference is known by; what is equal in all of this is one and the same."""
    return (row.t, row.src, row.dst, row.isn, row.kind)


def by_us(samples: Samples, *reasons: Dropped) -> list[Any]:
    """The rows we dropped for these reasons, in the same words."""
    s = samples.take(np.flatnonzero(np.isin(prepare(samples).dropped, reasons)))
    columns = (s.time_ns / SECOND, s.host, s.tuple, s.isn, s.kind)
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


def agrees(samples: Samples) -> None:
    """Hold the preparation to the reference."""
    kept, reused = by_the_reference(samples)
    assert by_us(samples, Dropped.KEPT, Dropped.BEYOND) == kept
    assert by_us(samples, Dropped.REUSED) == reused


@pytest.mark.skipif(not CASES, reason="the cases are not here")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_agrees_on_cases(case: dict[str, Any]) -> None:
    """On every case with known truth the same rows are kept and reused as by the reference."""
    agrees(samples_of(case))


few = st.integers(0, 2)
seen = st.fixed_dictionaries(
    {
        # In steps of 1/16 s, which both kinds of number can write.
        "time_ns": st.one_of(st.integers(0, 40), st.integers(0, 6000)).map(lambda step: step * SECOND // 16),
        "host": few,
        "tuple": st.integers(0, 5),
        "isn": few,
        "peer_isn": few,
        "kind": st.sampled_from(Kind),
    }
)


def answered(row: dict[str, Any]) -> dict[str, Any]:
    """A 4-tuple belongs to one port of one host, and a SYN-ACK answers."""
    whole = row["tuple"] * 3 + row["host"]
    return row | {"tuple": whole, "port": 1 + row["tuple"] % 2, "answers": row["kind"] == Kind.SYN_ACK}


def apart(row: dict[str, Any]) -> dict[str, Any]:
    """SYN-ACKs with other numbers than SYNs: one that a 4-tuple shows in both the reference counts twice."""
    return row | {"isn": row["isn"] + 3 * row["answers"]}


@pytest.mark.skipif(REFERENCE is None, reason="the reference is not here")
@given(st.lists(seen.map(answered).map(apart), max_size=60))
def test_agrees_on_anything(given: list[dict[str, Any]]) -> None:
    """On senseless samples in any order the same rows are kept and reused as by the reference."""
    agrees(rows(*given))


@given(st.lists(seen.map(answered), max_size=40), st.randoms(use_true_random=False))
def test_hosts_in_any_order(given: list[dict[str, Any]], random: Any) -> None:
    """Which hosts are prepared together, and under which numbers, changes nothing for any of them."""
    alone = [[row for row in given if row["host"] == host] for host in range(3)]
    together = prepare(rows(*given))
    for host, own in enumerate(alone):
        mine = np.array([row["host"] == host for row in given], bool)
        assert together.dropped[mine].tolist() == prepare(rows(*own)).dropped.tolist()


def stacks_of(*sent: tuple[int, int, int]) -> Array:
    """The groups of one client's SYNs, given as (TTL, stack, how many)."""
    syns = [{"ttl": ttl, "stack": stack} for ttl, stack, many in sent for _ in range(many)]
    spaced = [row | {"isn": at, "time_ns": at * SECOND} for at, row in enumerate(syns)]
    return prepare(rows(*spaced)).group


def test_one_stack_is_no_group() -> None:
    """Initial TTLs are told by rounding up, so a path that changes divides nothing."""
    assert stacks_of((61, 7, 5), (64, 7, 5), (33, 7, 5)).tolist() == [-1] * 15


def test_stacks_behind_one_address() -> None:
    """Each initial TTL with each layout is a group, the largest first; the small ones have none."""
    assert stacks_of((60, 7, 3), (120, 7, 4), (60, 8, 5), (250, 1, 2)).tolist() == (
        [2] * 3 + [1] * 4 + [0] * 5 + [-1] * 2
    )


def test_only_the_largest_groups() -> None:
    """A client that never sends the same layout twice, or rarely, does not pay for thousands of groups."""
    assert set(stacks_of(*((60, stack, 3 + stack) for stack in range(20))).tolist()) == set(range(-1, 8))
    assert set(stacks_of(*((60, stack, 1) for stack in range(20))).tolist()) == {-1}


def test_answers_are_divided_by_ttl_only() -> None:
    """The options of a SYN-ACK follow the SYN's, so they say nothing about who answered."""
    answers = [
        {"kind": Kind.SYN_ACK, "answers": True, "isn": at, "stack": at, "ttl": 60 + at % 2 * 60}
        for at in range(10)
    ]
    prepared = prepare(rows(*answers))
    assert prepared.group.tolist() == [0, 1] * 5
    assert prepared.hosts.groups.tolist() == [2]
