"""Hosts whose initial numbers can be foretold, as findings.

It knows how such a finding is said, and not which verdict is worth which code. Its one idea: significance and
cost are two statements. The evidence says that the numbers are not drawn; the guesses say what that is worth.
"""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from handshake_inspect import seq, units
from handshake_inspect.columns import Array, distinct
from handshake_inspect.finding import Severity
from handshake_inspect.isn.host import Host
from handshake_inspect.isn.models import Model
from handshake_inspect.isn.numbers import Numbers
from handshake_inspect.isn.verdict import Verdict
from handshake_inspect.isn.views import Sight
from handshake_inspect.isn.words import words
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.crowds import MOST

SHOWN = 3
"Segments of evidence."

CERTAIN_BITS = 40
"A false alarm in a million million hosts: no more is said, for no other assumption is as good."

COUNTED = {Sight.SYN: "SYN", Sight.SYN_ACK: "SYN-ACK", Sight.BOTH: "SYN and SYN-ACK"}
"What the numbers of a view are from."

ASKED = {
    Sight.SYN: "tcp.flags.syn == 1 && tcp.flags.ack == 0",
    Sight.SYN_ACK: "tcp.flags.syn == 1 && tcp.flags.ack == 1",
    Sight.BOTH: "tcp.flags.syn == 1",
}
"The same for Wireshark."

DERIVED = (
    *(Model.PEER_ADDRESS, Model.OWN_ADDRESS, Model.PEER_ISN),
    *(Model.OFFSET_FROM_ADDRESS, Model.OFFSET_FROM_PEER_ISN),
)
"Models that compute a number from what stands in the packets."


def constant(numbers: Numbers) -> Array:
    """The hosts that use one number for everybody."""
    hosts = numbers.having(Verdict.PREDICTABLE)
    return hosts[numbers.modelled(hosts, Model.CONSTANT)]


def derived(numbers: Numbers) -> Array:
    """The hosts whose number follows from an address, or from the number it answers."""
    hosts = numbers.having(Verdict.PREDICTABLE)
    return hosts[numbers.modelled(hosts, *DERIVED)]


def neither(numbers: Numbers) -> Array:
    """The hosts whose number can be told by other means."""
    hosts = numbers.having(Verdict.PREDICTABLE)
    return hosts[~numbers.modelled(hosts, Model.CONSTANT, *DERIVED)]


def hits(whole: Whole, hosts: Array, tool: Severity | None = None) -> Iterator[WholeHit]:
    """A finding for each of these hosts; of very many the later ones share the last.

    `tool` is how much it matters of a host whose SYNs hardly ever complete, if that is less.
    """
    for number in hosts[:MOST].tolist():
        host = whole.numbers.host(number)
        less = tool if host.tool and host.sight is Sight.SYN else None
        yield hit(whole, hosts[hosts == number], said(host, less is not None), host.address, less)
    if len(rest := hosts[MOST:]):
        message = f"the initial numbers of {units.counted(len(rest), 'more host')} can be foretold, too"
        scanners = bool(whole.numbers.prepared.hosts.tool[rest].all())
        yield hit(whole, rest, message, "others", tool if scanners else None)


def hit(whole: Whole, hosts: Array, message: str, about: str, severity: Severity | None) -> WholeHit:
    """What is said of these hosts together; the first ones are shown."""
    samples = whole.numbers.samples
    shown = [whole.numbers.host(number) for number in hosts[:SHOWN].tolist()]
    only = ASKED[shown[0].sight]
    if len(hosts) == 1:
        only = f"{'ipv6' if ':' in shown[0].address else 'ip'}.src == {shown[0].address} && {only}"
    rows = whole.numbers.rows(hosts)
    return WholeHit(
        message,
        distinct(samples.life[rows]),
        [
            frame(whole, row, text)
            for host in shown
            for row, text in zip(host.rows.tolist(), _shown(samples.isn[host.rows[:SHOWN]]), strict=False)
        ],
        about=about,
        display_filter=only,
        severity=severity,
        count=len(rows),
    )


def frame(whole: Whole, row: int, text: str) -> tuple[int, int, int, int, str, str]:
    """A sample as evidence."""
    life = int(whole.numbers.samples.life[row])
    return whole.frame(life, text, int(whole.numbers.event[row] - whole.all.lives.first[life]))


def said(host: Host, tool: bool) -> str:
    """The sentence about one host."""
    text = f"{host.address} {words(host.model or '', _or_nan(host.parameter))}: {_foretold(host)}"
    if host.next is not None:
        text += f"; the next one is {_range(*host.next)}"
    text += f". {sure(host)}"
    if tool:
        text += "; its SYNs hardly ever complete, so it is a scanner, or the capture was made by hand"
    return text


def sure(host: Host) -> str:
    """What speaks for it, and what nmap would print."""
    text = f"Evidence: {host.evidence_bits:.0f} bits from {used(host)}, a false alarm {_false_alarm(host)}"
    if host.gcd is not None:
        text += f"; nmap would say GCD {host.gcd}, ISR {host.isr}, SP {host.sp}"
    return text


def used(host: Host) -> str:
    """How many numbers count, and how many do not."""
    kind = "number" if host.sight is Sight.BOTH else COUNTED[host.sight]
    text = units.counted(len(host.rows), kind)
    if host.dropped:
        dropped = ", ".join(f"{count} {reason}" for reason, count in host.dropped.items())
        text += f" (left out: {dropped})"
    return text


def _false_alarm(host: Host) -> str:
    if host.evidence_bits >= CERTAIN_BITS:
        return "less than once in 10^12 hosts"
    return f"at most once in {units.counted(int(2**host.evidence_bits), 'host')}"


def _foretold(host: Host) -> str:
    every = host.share is None or host.share > 0.995
    whose = "its number" if every else f"{host.share:.0%} of its numbers"
    pronoun, takes = ("it is", "takes") if every else ("they are", "take")
    half, most = host.guesses_p50 or 0, host.guesses_p90 or 0
    if most <= 1:
        return f"{whose} can be told before {pronoun} sent"
    if guesses(half) == guesses(most):
        return f"{whose} {takes} {guesses(half)}"
    return f"{whose} {takes} {guesses(half)} in half of the cases, {guesses(most)} in nine of ten"


def guesses(number: float) -> str:
    """'1 guess', '32 769 guesses', '2^27 guesses'."""
    if number > 1e6:
        return f"2^{np.log2(number):.0f} guesses"
    return "1 guess" if number <= 1 else f"{units.number(number)} guesses"


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"one of {units.number(seq.add(high, -low) + 1)} from {low} on"


def _shown(isns: Array) -> Iterator[str]:
    """What the first numbers of a series show, one after the other."""
    yield f"ISN {isns[0]}"
    for before, isn in pairwise(isns.tolist()):
        step = seq.ahead(isn, before)
        moved = f"{units.number(abs(step))} {'more' if step > 0 else 'less'}" if step else "the same"
        yield f"ISN {isn}, {moved}"


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value
