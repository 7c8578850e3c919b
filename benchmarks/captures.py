"""The captures that the tools are measured on: four kinds of traffic, made anew and always the same.

It knows how many connections of which plan meet how many hosts in how long. It refuses to use chance that
cannot be repeated: every kind has its own seeded generator, so equal arguments give equal files.

    python -m benchmarks.captures
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
import numpy as np
from numpy.typing import NDArray

from benchmarks.conversations import CONNECTION, SHORT_PLAN, SYN_PLAN, long_plan, weave
from benchmarks.damage import weave_damaged
from benchmarks.packets import Packets, write_pcap

FOLDER = Path(__file__).parent / "captures"

CLIENTS, SERVERS = 300, 200
SERVER_PORT = 7
"""Echo (RFC 862), whose dissector in tshark only shows the bytes. On a port it does not know, tshark tries
its heuristics on every payload, which doubles its time on `long` and has nothing to do with TCP."""

_FIRST_MOMENT_US = 1_700_000_000 * 1_000_000
_DURATION_US = 100 * 1_000_000


class Kind(NamedTuple):
    """One kind of capture."""

    meaning: str
    connections: int
    "how many at scale 1"
    draw: Callable[[int, np.random.Generator], Packets]
    "from a number of connections to their packets"
    seed: int


class Made(NamedTuple):
    """A capture that was written."""

    path: Path
    kind: str
    packets: int
    connections: int


def _long(count: int, rng: np.random.Generator) -> Packets:
    return weave(long_plan(329), _known_hosts(count, rng, gap_us=(10_000, 30_000))).ravel()


def _short(count: int, rng: np.random.Generator) -> Packets:
    return weave(SHORT_PLAN, _known_hosts(count, rng, gap_us=(50, 500))).ravel()


def _mixed(count: int, rng: np.random.Generator) -> Packets:
    return weave_damaged(SHORT_PLAN, _known_hosts(count, rng, gap_us=(50, 500)), rng)


def _syns(count: int, rng: np.random.Generator) -> Packets:
    connections = _anyone(count, rng, gap_us=(50, 500))
    # From 1.0.0.0 up to the first multicast address (RFC 1112 §4).
    connections["address"][:, 0] = rng.integers(1 << 24, 224 << 24, count)
    connections["port"][:, 0] = rng.integers(1024, 1 << 16, count)
    return weave(SYN_PLAN, connections).ravel()


KINDS = {
    "long": Kind("transfers of 500 segments", 2_000, _long, 1),
    "short": Kind("connections of ten segments", 150_000, _short, 2),
    "syns": Kind("lone SYNs from random sources", 1_000_000, _syns, 3),
    "mixed": Kind("connections of ten segments, 2 % of them lost, repeated or reset", 150_000, _mixed, 4),
}
USUAL_KINDS = ("long", "short", "syns")


def _known_hosts(count: int, rng: np.random.Generator, gap_us: tuple[int, int]) -> NDArray[np.void]:
    connections = _anyone(count, rng, gap_us)
    turn = np.arange(count)
    connections["address"][:, 0] = (10 << 24) + 1 + turn % CLIENTS
    # A client takes its ports in turn, so that no pair of ends comes twice, up to 8 million connections.
    connections["port"][:, 0] = 32768 + turn // CLIENTS % 28232
    return connections


def _anyone(count: int, rng: np.random.Generator, gap_us: tuple[int, int]) -> NDArray[np.void]:
    connections = np.zeros(count, CONNECTION)
    connections["start_us"] = _FIRST_MOMENT_US + np.sort(rng.integers(0, _DURATION_US, count))
    connections["round_trip_us"] = rng.integers(5_000, 50_000, count)
    connections["gap_us"] = rng.integers(*gap_us, count)
    connections["address"][:, 1] = (192 << 24) + (168 << 16) + 1 + rng.integers(0, SERVERS, count)
    connections["port"][:, 1] = SERVER_PORT
    connections["isn"] = rng.integers(0, 1 << 32, (count, 2))
    connections["clock_ms"] = rng.integers(0, 1 << 32, (count, 2))
    return connections


def make(kind: str, path: Path, connections: int | None = None) -> Made:
    """Write a capture of `kind` to `path`, with the kind's own number of connections unless one is given.

    Raises KeyError for an unknown kind, ValueError for fewer than one connection, and OSError where the file
    cannot be written.
    """
    chosen = KINDS[kind]
    count = chosen.connections if connections is None else connections
    if count < 1:
        raise ValueError(f"{kind}: {count} connections make no capture")
    path.parent.mkdir(parents=True, exist_ok=True)
    packets = write_pcap(chosen.draw(count, np.random.default_rng(chosen.seed)), path)
    return Made(path, kind, packets, count)


def make_scaled(kind: str, folder: Path, scale: float) -> Made:
    """Write `kind` with `scale` times its usual number of connections, at least one, into `folder`."""
    return make(kind, folder / f"{kind}.pcap", max(1, round(KINDS[kind].connections * scale)))


def shared_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which a command says which captures it wants."""
    for option in (
        click.option("--mixed", is_flag=True, help="Add the kind 'mixed' to the usual ones."),
        click.option("--scale", type=click.FloatRange(min=0, min_open=True), default=1.0, show_default=True),
        click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=FOLDER),
        click.option(
            "--kind", "kinds", multiple=True, type=click.Choice(list(KINDS)), help="May be repeated."
        ),
    ):
        command = option(command)
    return command


def chosen_kinds(kinds: tuple[str, ...], mixed: bool) -> list[str]:
    """The kinds asked for, each once: the usual ones when none is named."""
    return list(dict.fromkeys((kinds or USUAL_KINDS) + (("mixed",) if mixed else ())))


@click.command()
@shared_options
def main(kinds: tuple[str, ...], folder: Path, scale: float, mixed: bool) -> None:
    """Write the captures."""
    for kind in chosen_kinds(kinds, mixed):
        try:
            made = make_scaled(kind, folder, scale)
        except OSError as error:
            raise click.ClickException(f"{folder}: the capture cannot be written: {error}") from error
        click.echo(f"{made.path}: {made.packets} packets, {made.connections} {KINDS[kind].meaning}")


if __name__ == "__main__":
    main()
