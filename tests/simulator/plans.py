"""What the user of each end wants, and how the path between them behaves: drawn from a seed."""

from dataclasses import dataclass, replace
from random import Random

MS = 1_000_000
SECOND = 1000 * MS


@dataclass(frozen=True)
class Plan:
    """One end's user, and the habits of its stack. Times in ns; None is never."""

    iss: int
    listens: bool = False
    connect_at: int | None = None
    mute: bool = False
    "a firewall in front of it drops whatever comes"
    writes: tuple[tuple[int, int], ...] = ()
    "(after ESTABLISHED, bytes)"
    close_after: int | None = None
    "after ESTABLISHED"
    close_on_fin: int | None = None
    "after the peer's FIN"
    close_opening: int | None = None
    "after SYN-RECEIVED"
    abort_at: int | None = None
    "from the beginning"
    give_up_at: int | None = None
    "CLOSE while opening, from the beginning"
    deaf: bool = False
    "after CLOSE no one reads: data is answered by a RST (RFC 9293 §3.6.1)"
    fin_with_data: bool = False
    rst_with_ack: bool = False
    ack_wait: int = 0
    third_ack_wait: int = 0
    fin_ack_wait: int = 0
    rto: int = 3 * SECOND


@dataclass(frozen=True)
class Weather:
    """What the path does to segments: probabilities for each, end to end."""

    loss: float = 0.0
    duplication: float = 0.0
    reordering: float = 0.0
    haste: bool = False
    "some timers are shorter than the round trip, and send again what was not lost"


def plans(random: Random, *, haste: bool) -> tuple[Plan, Plan, str]:
    """Plans of client and server, and what kind of connection they make."""
    kind = random.choices(
        ("plain", "abort", "simultaneous", "refused", "silent", "given up", "closed opening"),
        (60, 15, 8, 4, 3, 4, 6),
    )[0]
    span = random.choice((20 * MS, 200 * MS, 1500 * MS))
    client = replace(_habits(random, span, haste), connect_at=0)
    server = replace(_habits(random, span, haste), listens=kind not in ("refused", "simultaneous"))
    if kind == "simultaneous":
        server = replace(server, connect_at=random.randrange(100 * MS))
    if kind == "silent":
        server = replace(server, mute=True)
    if kind == "given up":
        client = replace(client, give_up_at=random.randrange(300 * MS))
    if kind == "closed opening":
        server = replace(server, close_opening=random.randrange(100 * MS))
    if kind == "abort" or (kind == "simultaneous" and random.random() < 0.3):
        who = random.choice(("client", "server", "both"))
        if who != "server":
            client = replace(client, abort_at=random.randrange(3 * span))
        if who != "client":
            server = replace(server, abort_at=random.randrange(3 * span))
    return client, server, kind


def _habits(random: Random, span: int, haste: bool) -> Plan:
    near_wrap = random.random() < 0.3
    wait = random.choice((0, 0, 40 * MS, 200 * MS))
    return Plan(
        iss=(-random.randrange(1, 4000) if near_wrap else random.randrange(1 << 32)) % (1 << 32),
        writes=tuple(
            sorted((random.randrange(span), random.randint(1, 1400)) for _ in range(random.randrange(4)))
        ),
        close_after=random.choice((None, 0, random.randrange(span), random.randrange(span, 2 * span))),
        close_on_fin=random.choice((None, 0, random.randrange(span), random.randrange(span))),
        deaf=random.random() < 0.15,
        fin_with_data=random.random() < 0.5,
        rst_with_ack=random.random() < 0.5,
        ack_wait=wait,
        third_ack_wait=random.choice((0, 0, 0, wait)),
        fin_ack_wait=random.choice((0, 0, wait)),
        rto=random.choice((SECOND, 250 * MS)) if haste else 3 * SECOND,
    )
