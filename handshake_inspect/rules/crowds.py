"""Who meets whom often, and how fast: connections grouped by a host or a service.

It knows numbers, frames and times by column, and nothing of what happened. Its one idea: what is rare is
dropped before anything is put in order.
"""

from collections.abc import Callable, Iterable, Iterator

import numpy as np

from handshake_inspect import units, wireshark
from handshake_inspect.columns import Array, selection
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.lives import KnownBy
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.integers import among, frequent, how_many, leaders, order
from handshake_inspect.rules.case import Whole, WholeHit

MOST = 100
"Groups of one kind that are told one by one; the smaller ones share one finding."


def told_by(all_: Connections, test: Callable[[Story], bool]) -> Array:
    """For each connection whether its story passes."""
    passed = np.array([test(story) for story in all_.stories], bool)
    return passed[all_.shapes.of] if len(passed) else np.zeros(0, bool)


def attempts(all_: Connections) -> Array:
    """For each connection whether its client is known by its SYN."""
    result: Array = all_.lives.known_by == KnownBy.SYN
    return result


def unanswered(story: Story) -> bool:
    """Nothing came back."""
    return story.opening.outcome is Opened.UNANSWERED


def groups(all_: Connections, lives: Array, keys: Array, least: int) -> list[Array]:
    """These connections by their keys, each group in the order of first frames, where it has `least` or more.

    `keys` has one number for each of `lives`.
    """
    leader = leaders(keys)
    large = np.bincount(leader, minlength=len(keys)) >= least
    if not large.any():
        return []
    rank = np.cumsum(large, dtype=np.int32)
    rank *= large
    number = rank[leader]
    # These may be millions, and new memory is dearer than what is done there.
    del leader, large, rank
    at = selection(np.flatnonzero(number), len(lives))
    lives, number = lives[at], number[at]
    by_group = lives[order(number, all_.number[selection(lives, len(all_))])]
    return np.split(by_group, np.cumsum(np.bincount(number)[1:-1]))


def often(keys: Array, least: int) -> Array:
    """For each of these numbers whether it stands among them at least so many times."""
    return among(keys, frequent(keys, least))


def dense(times: Array, least: int, within_ns: int) -> Array:
    """Which of these times, in capture order, stand among `least` in a row that lie within so long."""
    n = len(times)
    if n < least:
        return np.zeros(n, bool)
    close = times[least - 1 :] - times[: n - least + 1] <= within_ns
    edges = np.zeros(n + 1, np.int64)
    edges[: n - least + 1] += close
    edges[least:] -= close
    result: Array = np.cumsum(edges[:n]) > 0
    return result


def swept(all_: Connections, who: Array, what: Array, least: int, within_ns: int) -> Array:
    """For each connection whether its `who` met `least` different `what` for the first time within so long.

    `who` and `what` have one number for each connection; who is below 0 is not meant.
    """
    lives = np.flatnonzero(who >= 0)
    lives = lives[often(who[lives], least)]
    result = np.zeros(len(all_), bool)
    if not len(lives):
        return result
    ordered = lives[order(who[lives], what[lives], all_.facts.first_frame[lives])]
    new = np.ones(len(ordered), bool)
    new[1:] = (who[ordered][1:] != who[ordered][:-1]) | (what[ordered][1:] != what[ordered][:-1])
    met = ordered[new]
    busy = [
        int(who[group[0]])
        for group in groups(all_, met, who[met], least)
        if dense(all_.facts.first_time_ns[group], least, within_ns).any()
    ]
    result[lives] = among(who[lives], np.array(busy, np.int64))
    return result


def largest(all_: Connections, found: Iterable[Array]) -> Iterator[tuple[Array, int]]:
    """(connections, how many groups they are): the largest groups one by one, then all others as one.

    Connections of a group stand in the order of their first frames.
    """
    first = all_.facts.first_frame
    ranked = sorted(found, key=lambda group: (-len(group), int(first[group[0]])))
    yield from ((group, 1) for group in ranked[:MOST])
    if ranked[MOST:]:
        rest = np.concatenate(ranked[MOST:])
        yield rest[order(first[rest])], len(ranked) - MOST


def hit(
    whole: Whole,
    lives: Array,
    message: str | Callable[[], str],
    says: Iterable[tuple[int, int, str]],
    *,
    about: str,
    display_filter: str,
    certain: bool = True,
    proved: bool = True,
) -> WholeHit:
    """What these connections say together; `says` has connections, events of theirs, and what those show."""
    said: dict[tuple[int, int], str] = {}
    for life, event, text in says:
        said.setdefault((int(life), event), text)
    frames = [whole.frame(life, text, event) for (life, event), text in said.items()]
    return WholeHit(
        message, lives, frames, certain, proved=proved, about=about, display_filter=display_filter
    )


def span(whole: Whole, lives: Array) -> int:
    """From the first segment of the earliest of these connections to that of the latest, ns."""
    times = whole.all.facts.first_time_ns[lives]
    return int(times.max() - times.min())


def count_of(keys: Array, noun: str, plural: str = "") -> str:
    """How many different ones there are, in words."""
    return units.counted(how_many(keys), noun, plural)


def service(view: View) -> str:
    """The display filter for everything of a connection's server and port."""
    return wireshark.endpoint(view.host(server=True), view.port(server=True))
