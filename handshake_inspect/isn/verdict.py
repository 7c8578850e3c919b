"""The verdict on a host: what the evidence of its views and the cost of a guess amount to.

It knows thresholds, not how evidence is made. The e-values of the views of a host are averaged, whatever
they have in common: an average of e-values is an e-value. By Ville's inequality a good host ever comes to
2**k with probability 2**-k at most, so the threshold is the false alarm rate. Whether an alarm matters is
another question, and another number: the guesses that an attacker needs.
"""

from enum import StrEnum

import numpy as np

from handshake_inspect.columns import Array, Table, column
from handshake_inspect.isn.models import MODELS, OF_THE_PEER_ISN
from handshake_inspect.isn.series import Examined

ALARM_BITS = 24.0
"False alarms on at most 6 good hosts in 10**8."
CROWD_ALARM_BITS = 30.0
CROWD = 100_000
"In a capture with more hosts than this, the higher threshold keeps a false alarm below 1 in 10 000 captures."
FEWEST = 3
"No alarm on fewer ISNs: a copy in the capture is likelier than chance."
QUIET = 12
"With fewer ISNs, silence means that there was not enough to see."
PREDICTABLE_GUESSES = 1 << 20
"10 s at 100 000 packets/s."
WEAK_GUESSES = 1 << 26
"11 minutes at 100 000 packets/s."


class Verdict(StrEnum):
    """What is said of a host; never that it is secure."""

    PREDICTABLE = "predictable"
    "An ISN takes at most 2**20 guesses."
    WEAK = "weak"
    "An ISN takes at most 2**26 guesses."
    BIASED = "biased"
    "Not uniform, but more than 2**26 guesses remain."
    COOKIE_LIKE = "cookie-like"
    "It depends on the peer's ISN, as a SYN cookie does, and more than 2**20 guesses remain."
    NO_EVIDENCE = "no-evidence"
    "Nothing was found in enough ISNs."
    INSUFFICIENT = "insufficient"
    "There were too few ISNs to say anything."


VERDICTS = tuple(Verdict)


class Concluded(Table):
    """One row for each host."""

    verdict: Array = column("u1", "", "a position in VERDICTS")
    evidence_bits: Array = column("f8", "bits", "log2 of the mean e-value of its views")
    samples: Array = column("i8", "ISNs", "of its largest view")
    view: Array = column("i8", "", "the view with the most evidence, which tells model and cost; -1 for none")


def alarm_bits(hosts: int) -> float:
    """The evidence in bits that raises an alarm in a capture with this many hosts."""
    return CROWD_ALARM_BITS if hosts > CROWD else ALARM_BITS


def conclude(examined: Examined, host: Array, hosts: int) -> Concluded:
    """The verdict on each host; `host` is the host of each view, from 0 to `hosts` - 1.

    A host without a view is insufficient.
    """
    ranked = np.lexsort((np.arange(len(host)), -examined.evidence_bits, host))
    whose = host[ranked]
    first = np.flatnonzero(np.r_[True, whose[1:] != whose[:-1]])[: len(whose)]
    some = whose[first]
    best = np.full(hosts, -1)
    best[some] = ranked[first]
    evidence, samples = np.zeros(hosts), np.zeros(hosts, np.int64)
    if len(first):
        views = np.diff(np.r_[first, len(whose)])
        total = np.logaddexp2.reduceat(examined.evidence_bits[ranked], first)
        evidence[some] = total - np.log2(views)
        samples[some] = np.maximum.reduceat(examined.samples[ranked], first)
    # Position -1, no model, reads the last entry.
    of_the_peer_isn = np.array([*(name in OF_THE_PEER_ISN for name in MODELS), False])
    cost, like_cookies, shown = np.full(hosts, np.nan), np.zeros(hosts, bool), np.zeros(hosts, np.int64)
    cost[some], like_cookies[some] = examined.cost[best[some]], of_the_peer_isn[examined.model[best[some]]]
    shown[some] = examined.samples[best[some]]
    alarm = (evidence >= alarm_bits(hosts)) & (shown >= FEWEST)
    quiet = (samples >= QUIET) & (shown >= FEWEST)
    place = {verdict: VERDICTS.index(verdict) for verdict in Verdict}
    verdict = np.select(
        [
            alarm & (cost <= PREDICTABLE_GUESSES),
            alarm & like_cookies,
            alarm & (cost <= WEAK_GUESSES),
            alarm,
            quiet,
        ],
        [
            place[Verdict.PREDICTABLE],
            place[Verdict.COOKIE_LIKE],
            place[Verdict.WEAK],
            place[Verdict.BIASED],
            place[Verdict.NO_EVIDENCE],
        ],
        place[Verdict.INSUFFICIENT],
    )
    return Concluded(verdict=verdict, evidence_bits=evidence, samples=samples, view=best)
