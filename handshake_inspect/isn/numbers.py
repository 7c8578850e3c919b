"""The initial sequence numbers of all hosts of a recording, examined when someone asks.

It puts the steps in order: openings, preparation, views, examination, verdict. Hosts are numbers until
someone wants to read of one. What a step needs is imported with it: most captures have too few numbers for
any but the first.
"""

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.parties import Parties
from handshake_inspect.flow.view import View
from handshake_inspect.integers import among, distinct
from handshake_inspect.isn.effort import EVERYTHING
from handshake_inspect.isn.host import Host
from handshake_inspect.isn.model import Model, places
from handshake_inspect.isn.openings import Openings, openings
from handshake_inspect.isn.samples import Samples
from handshake_inspect.isn.series import Examined, Series
from handshake_inspect.isn.sight import Sight
from handshake_inspect.isn.verdict import VERDICTS, Concluded, Verdict, conclude

if TYPE_CHECKING:
    from handshake_inspect.isn.preparation import Prepared
    from handshake_inspect.isn.reuse import Habits, Reuses
    from handshake_inspect.isn.views import Viewed

DROPPED = ("retransmissions", "copies", "reused", "beyond")
QUIET = (Verdict.NO_EVIDENCE, Verdict.INSUFFICIENT)


class Numbers:
    """What the numbers of a recording say of their hosts."""

    def __init__(self, all_: Connections, budget: int = EVERYTHING) -> None:
        self.all = all_
        self._budget = budget
        "how many numbers are looked at, about"

    @cached_property
    def parties(self) -> Parties:
        """Between whom the connections were."""
        return Parties(self.all)

    @cached_property
    def openings(self) -> Openings:
        """The SYNs and SYN-ACKs that are looked at, and whose they are."""
        return openings(self.all, self.parties, self._budget)

    @property
    def samples(self) -> Samples:
        """The SYNs and SYN-ACKs that are looked at."""
        return self.openings.samples

    @property
    def event(self) -> Array:
        """For each of them its position among the events."""
        return self.openings.event

    def frames(self, rows: Array | slice = slice(None)) -> Array:
        """The frames of these samples, or of all."""
        frames: Array = self.all.events.frame[self.event[rows]]
        return frames

    @cached_property
    def prepared(self) -> "Prepared":
        """Which of them count."""
        from handshake_inspect.isn.preparation import prepare

        return prepare(self.samples)

    @cached_property
    def viewed(self) -> "Viewed":
        """From which sides they are looked at."""
        from handshake_inspect.isn.views import views

        return views(self.samples, self.prepared, budget=self._budget)

    @cached_property
    def examined(self) -> Examined:
        """What each view shows."""
        from handshake_inspect.isn.bank import DEEP_BUDGET, examine

        at, view, table = self.viewed
        theirs = {name: getattr(self.samples, name)[at] for name in Series.columns.keys() - {"view"}}
        return examine(
            Series(view=view, **theirs), len(table), deep=True, budget=min(self._budget, DEEP_BUDGET)
        )

    @cached_property
    def concluded(self) -> Concluded:
        """The verdict on each host."""
        hosts = len(self.openings.life)
        return conclude(self.examined, self.viewed.views.host, hosts) if hosts else Concluded.blank(0)

    @cached_property
    def reused(self) -> "Reuses":
        """4-tuples that were used again."""
        from handshake_inspect.isn.preparation import Dropped
        from handshake_inspect.isn.reuse import Reuses, reuses

        # In a flood there are a million 4-tuples, each of which is used once.
        if not self.all.reused and not (self.prepared.dropped == Dropped.REUSED).any():
            return Reuses.blank(0)
        ended_ns = self.all.facts.last_time_ns[self.samples.life]
        return reuses(self.samples, self.prepared.dropped, ended_ns)

    @cached_property
    def habits(self) -> "Habits":
        """What hosts make of that."""
        from handshake_inspect.isn.reuse import habits

        return habits(self.samples, self.reused)

    @cached_property
    def _first(self) -> Array:
        """The first frame of each host."""
        first = np.full(len(self.concluded), np.iinfo(np.int64).max)
        np.minimum.at(first, self.samples.host, self.frames())
        return first

    @cached_property
    def known(self) -> Array:
        """The hosts of which something can be said, in the order of their first segments."""
        order = np.argsort(self._first)
        known: Array = order[self.concluded.view[order] >= 0]
        return known

    @cached_property
    def told(self) -> Array:
        """The known hosts, and those of too few 4-tuples that used one again and again, by first segments.

        Of the latter nothing can be foretold, but the numbers of a 4-tuple show the clock behind them.
        """
        from handshake_inspect.isn.reuse import FEWEST_STEPS

        often = self.habits.host[self.habits.reuses >= FEWEST_STEPS]
        hosts = distinct(np.concatenate([self.known, often]))
        told: Array = hosts[np.argsort(self._first[hosts])]
        return told

    def having(self, *verdicts: Verdict) -> Array:
        """Those of the known hosts that have one of these verdicts."""
        wanted = np.array([VERDICTS.index(verdict) for verdict in verdicts])
        return self.known[among(self.concluded.verdict[self.known], wanted)]

    @cached_property
    def alarmed(self) -> Array:
        """Those with an alarm."""
        return self.having(*(verdict for verdict in Verdict if verdict not in QUIET))

    def modelled(self, hosts: Array, *models: Model) -> Array:
        """For each of these hosts whether one of these models explains its numbers."""
        if not len(hosts):
            return np.zeros(0, bool)
        return among(self.examined.model[self.concluded.view[hosts]], places(*models))

    def rows(self, hosts: Array) -> Array:
        """The positions of the samples of all the views shown of these hosts."""
        shown = np.zeros(len(self.viewed.views), bool)
        shown[self.concluded.view[hosts]] = True
        return self.viewed.rows[shown[self.viewed.view]]

    def address(self, host: int) -> str:
        """Of a host."""
        life, server = int(self.openings.life[host]), bool(self.openings.server[host])
        return View(self.all, life).host(server=server)

    def host(self, host: int) -> Host:
        """One of them."""
        from handshake_inspect.isn.bank import unexamined
        from handshake_inspect.isn.models import MODELS

        verdict = VERDICTS[int(self.concluded.verdict[host])]
        view = self._largest(host) if verdict in QUIET else int(self.concluded.view[host])
        counted = self.prepared.hosts.row(host)
        row = self.examined.row(view) if view >= 0 else unexamined()
        rows = self._kept(host) if view < 0 else self.viewed.rows[self._bounds[view] : self._bounds[view + 1]]
        theirs = self.habits.take(self.habits.host == host)
        return Host(
            address=self.address(host),
            verdict=verdict,
            sight=self._sight(rows) if view < 0 else Sight(int(self.viewed.views.sight[view])),
            rows=rows,
            dropped={reason: counted[reason] for reason in DROPPED if counted[reason]},
            evidence_bits=float(self.concluded.evidence_bits[host]),
            model=MODELS[row["model"]] if row["model"] >= 0 else None,
            parameter=_known(row["parameter"]),
            effective_bits=_known(row["effective_bits"]),
            next=(row["next_low"], row["next_high"]) if row["next_low"] >= 0 else None,
            reused=int(theirs.reuses.sum()),
            time_wait=int(theirs.time_wait.sum()),
            clock_hz=_known(float(np.fmax.reduce(theirs.clock_hz, initial=np.nan))),
            deep=row["deep"],
            tool=counted["tool"],
            stacks=counted["groups"],
            share=_known(row["share"]),
            guesses_p50=_known(row["guesses_p50"]),
            guesses_p90=_known(row["guesses_p90"]),
            cost=_known(row["cost"]),
            gcd=_counted(row["gcd"]),
            isr=_counted(row["isr"]),
            sp=_counted(row["sp"]),
        )

    def _largest(self, host: int) -> int:
        """The view of most samples, -1 for a host with too few for any."""
        table = self.viewed.views
        low, high = np.searchsorted(table.host, (host, host + 1)).tolist()
        return int(low + table.samples[low:high].argmax()) if low < high else -1

    def _kept(self, host: int) -> Array:
        """The samples of a host without a view that count, in the order of time."""
        rows = np.flatnonzero((self.samples.host == host) & (self.prepared.dropped == 0))
        return rows[np.argsort(self.samples.time_ns[rows], kind="stable")]

    def _sight(self, rows: Array) -> Sight:
        """What they are."""
        kinds = distinct(self.samples.kind[rows])
        return Sight(int(kinds[0])) if len(kinds) == 1 else Sight.BOTH

    @cached_property
    def _bounds(self) -> Array:
        """Where the rows of each view begin, and where the last ones end."""
        return np.searchsorted(self.viewed.view, np.arange(len(self.viewed.views) + 1))


def _counted(value: int) -> int | None:
    return None if value < 0 else value


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
