"""Hosts and their initial sequence numbers as a person reads them.

It knows in which order a host is told of, and how one of many is a row of a table. It takes what is told as
it is. The one idea: an alarm is told in full, and silence briefly, for nobody has to act on it.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.isn import sentences
from handshake_inspect.isn.host import Host
from handshake_inspect.isn.numbers import QUIET, Numbers
from handshake_inspect.isn.verdict import FEWEST, VERDICTS, Verdict
from handshake_inspect.render import Layout
from handshake_inspect.render.parts.pictures import print_pictures
from handshake_inspect.render.parts.screen import BOLD, DIM, SEVERITY_STYLE, Screen

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report

FEW = 4
"Hosts that are all drawn; of more, those without an alarm are rows of a table."

STYLES = {
    Verdict.PREDICTABLE: SEVERITY_STYLE[Severity.ERROR],
    Verdict.WEAK: SEVERITY_STYLE[Severity.WARNING],
    Verdict.BIASED: SEVERITY_STYLE[Severity.NOTE],
    Verdict.COOKIE_LIKE: SEVERITY_STYLE[Severity.NOTE],
}

LABEL = 11
"Columns of what stands before a fact."


def print_hosts(report: "Report", hosts: Sequence[int], out: TextIO, layout: Layout) -> None:
    """Print these hosts, the worst first: what is known of each, and its numbers; others in a table."""
    screen = Screen(out, layout.color)
    numbers = report.numbers
    _print_headline(screen, numbers, hosts)
    loud = [host for host in hosts if _verdict(numbers, host) not in QUIET]
    loud.sort(key=lambda host: VERDICTS.index(_verdict(numbers, host)))
    quiet = [host for host in hosts if _verdict(numbers, host) in QUIET]
    drawn = [*loud, *quiet] if len(hosts) <= FEW else loud
    for host in drawn[: layout.limit]:
        screen.blank()
        _print_host(screen, numbers, numbers.host(host))
    rows = [host for host in quiet if host not in set(drawn)] if len(hosts) > FEW else []
    if rows:
        screen.blank()
        _print_table(screen, numbers, rows[: layout.limit])
    left = len(drawn[layout.limit :]) + len(rows[layout.limit :])
    if left:
        screen.blank()
        screen.line(f"{screen.signs.more} and {units.counted(left, 'more host')} (--limit)")


def _verdict(numbers: Numbers, host: int) -> Verdict:
    return VERDICTS[int(numbers.concluded.verdict[host])]


def _print_headline(screen: Screen, numbers: Numbers, hosts: Sequence[int]) -> None:
    known = set(numbers.known.tolist()) & set(hosts)
    counts = Counter(_verdict(numbers, host) for host in known)
    if not known:
        lead = "No host has three different 4-tuples: too few to say anything."
        screen.line(screen.text(lead, BOLD))
        return
    told = ", ".join(f"{counts[v]} {SAID[v]}" for v in VERDICTS if counts[v])
    lead = f"{units.counted(len(known), 'host')} with three 4-tuples or more: {told}."
    screen.line(screen.text(lead, BOLD))


SAID = {
    Verdict.PREDICTABLE: "predictable",
    Verdict.WEAK: "weak",
    Verdict.BIASED: "biased",
    Verdict.COOKIE_LIKE: "like SYN cookies",
    Verdict.NO_EVIDENCE: "without evidence",
    Verdict.INSUFFICIENT: "with too few to say",
}


def _print_host(screen: Screen, numbers: Numbers, host: Host) -> None:
    screen.line(
        screen.text(host.address, BOLD), "  ", screen.text(host.verdict, STYLES.get(host.verdict, ""))
    )
    screen.line(_sentence(host), indent=2)
    for label, fact in _facts(host):
        screen.line(screen.text(f"{label}:".ljust(LABEL), DIM), fact, indent=2, hang=LABEL)
    if len(host.rows) >= FEWEST:
        print_pictures(screen, host, numbers.samples.take(host.rows))


def _sentence(host: Host) -> str:
    if host.model:
        return f"It {sentences.does(host)}; {sentences.foretold(host)}."
    if host.verdict is Verdict.INSUFFICIENT:
        return f"Too few to say anything: {sentences.used(host)}."
    return f"No evidence in {sentences.used(host)}. That does not mean that it is secure."


def _facts(host: Host) -> Iterator[tuple[str, str]]:
    if after := sentences.upcoming(host):
        yield "next", after
    if host.model:
        yield "evidence", f"{sentences.evidence(host)} from {sentences.used(host)}"
        bits = host.effective_bits or 0
        often = "" if host.share is None or host.share == 1 else "on average "
        left = f"{often}{bits:.1f} of 32 bits are left"
        yield "cost", f"{sentences.guesses(host.cost or 1)} in the long run; {left}"
    if host.dropped:
        yield "left out", sentences.left_out(host)
    if host.stacks:
        yield "stacks", f"{host.stacks} behind this address, by TTL and options"
    if host.tool:
        yield "calls", "hardly any completes: a scanner, or made by hand"
    if host.gcd is not None:
        yield "nmap", sentences.compared(host)
    if host.reused:
        yield "reused", sentences.reused(host)
    if host.model is None and not host.deep and len(host.rows) >= FEWEST:
        yield "skipped", "known generators, for there are too many hosts, or too few numbers"


def _print_table(screen: Screen, numbers: Numbers, hosts: Sequence[int]) -> None:
    table = screen.table(["host", "verdict", "numbers", "evidence", "nmap"])
    for known in map(numbers.host, hosts):
        row = (
            known.address,
            known.verdict,
            sentences.used(known),
            f"{max(0.0, known.evidence_bits):.0f} bits",
            "" if known.gcd is None else sentences.compared(known),
        )
        table.add_row(*map(screen.text, row))
    screen.show(table)
