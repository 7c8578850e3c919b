"""The verdict on a host: what the evidence of its views and the cost of a guess amount to.

It knows thresholds, not how evidence is made. The e-values of the views of a host are averaged, whatever
they have in common: an average of e-values is an e-value. By Ville's inequality a good host ever comes to
2**k with probability 2**-k at most, so the threshold is the false alarm rate. Whether an alarm matters is
another question, and another number: the guesses that an attacker needs.
"""

from enum import StrEnum

import numpy as np

from handshake_inspect.columns import Array, Table, column
from handshake_inspect.integers import among
from handshake_inspect.isn.model import OF_THE_PEER_ISN, places
from handshake_inspect.isn.series import Examined

ALARM_BITS = 24.0
"False alarms on at most 6 good hosts in 10**8."
CROWD_ALARM_BITS = 30.0
CROWD = 100_000
"With more hosts than this in a capture, more is asked: of a million good ones, 1 in 1000 times one alarms."
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
    e_values = np.full(hosts, -np.inf)
    np.logaddexp2.at(e_values, host, examined.evidence_bits)
    views = np.bincount(host, minlength=hosts)
    evidence = np.where(views, e_values - np.log2(np.maximum(views, 1)), 0)
    samples = np.zeros(hosts, np.int64)
    np.maximum.at(samples, host, examined.samples)
    best = np.full(hosts, -1)
    # The last one written stays: the most evidence, and of equal ones the first view.
    rising = np.argsort(-examined.evidence_bits, kind="stable")[::-1]
    best[host[rising]] = rising
    verdict = _judged(examined, best, evidence >= alarm_bits(hosts), samples >= QUIET)
    return Concluded(verdict=verdict, evidence_bits=evidence, samples=samples, view=best)


def _judged(examined: Examined, best: Array, alarm: Array, quiet: Array) -> Array:
    """The verdict of each host, as a position; where there is an alarm, it has a view with a model."""
    verdict = np.where(quiet, VERDICTS.index(Verdict.NO_EVIDENCE), VERDICTS.index(Verdict.INSUFFICIENT))
    cost, model = examined.cost[best[alarm]], examined.model[best[alarm]]
    like_cookies = among(model, places(*OF_THE_PEER_ISN))
    judged = np.full(len(cost), VERDICTS.index(Verdict.BIASED))
    judged[cost <= WEAK_GUESSES] = VERDICTS.index(Verdict.WEAK)
    judged[like_cookies] = VERDICTS.index(Verdict.COOKIE_LIKE)
    judged[cost <= PREDICTABLE_GUESSES] = VERDICTS.index(Verdict.PREDICTABLE)
    verdict[alarm] = judged
    return verdict
