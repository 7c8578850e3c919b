"""Hosts and their initial sequence numbers as a person reads them.

It knows how a host is shown, and takes what is shown as told. The one idea: a line, a clock or a cloud is
seen at once, so beside what was counted stand the numbers themselves.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TextIO

import numpy as np

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.isn import sentences
from handshake_inspect.isn.host import Host
from handshake_inspect.isn.numbers import QUIET, Numbers
from handshake_inspect.isn.verdict import VERDICTS, Verdict
from handshake_inspect.render import Layout
from handshake_inspect.render.parts.plot import plot
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

PLOT_ROWS = 8
MARGIN = 12
"Columns of what stands left of a plot."
WIDEST_PLOT = 60
GAP = 3


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
    counts = Counter(_verdict(numbers, host) for host in hosts)
    if not hosts:
        screen.line(screen.text("No host has three initial sequence numbers: too few to say anything.", BOLD))
        return
    told = ", ".join(f"{counts[v]} {SAID[v]}" for v in VERDICTS if counts[v])
    lead = f"{units.counted(len(hosts), 'host')} with three initial sequence numbers or more: {told}."
    screen.line(screen.text(lead, BOLD))


SAID = {
    Verdict.PREDICTABLE: "predictable",
    Verdict.WEAK: "weak",
    Verdict.BIASED: "biased",
    Verdict.COOKIE_LIKE: "like SYN cookies",
    Verdict.NO_EVIDENCE: "without evidence",
    Verdict.INSUFFICIENT: "with too few",
}


def _print_host(screen: Screen, numbers: Numbers, host: Host) -> None:
    screen.line(
        screen.text(host.address, BOLD), "  ", screen.text(host.verdict, STYLES.get(host.verdict, ""))
    )
    screen.line(_sentence(host), indent=2)
    for label, fact in _facts(host):
        screen.line(screen.text(f"{label}:".ljust(LABEL), DIM), fact, indent=2, hang=LABEL)
    samples = numbers.samples
    _print_plots(screen, samples.isn[host.rows], samples.time_ns[host.rows])


def _sentence(host: Host) -> str:
    if host.model:
        return f"It {sentences.does(host)}; {sentences.foretold(host)}."
    if host.verdict is Verdict.INSUFFICIENT:
        return f"Too few to say anything: {sentences.used(host)}."
    return f"No evidence in {sentences.used(host)}. That does not mean that it is secure."


def _facts(host: Host) -> Iterator[tuple[str, str]]:
    if host.next:
        yield "next", sentences.interval(*host.next)
    if host.model:
        yield "evidence", f"{sentences.evidence(host)} from {sentences.used(host)}"
        bits = host.effective_bits or 0
        yield "cost", f"{sentences.guesses(host.cost or 1)} in the long run; {bits:.1f} of 32 bits are left"
    if host.dropped:
        yield "left out", sentences.left_out(host)
    if host.stacks:
        yield "stacks", f"{host.stacks} behind this address, by TTL and options"
    if host.tool:
        yield "calls", "hardly any completes: a scanner, or made by hand"
    if host.gcd is not None:
        yield "nmap", sentences.compared(host)
    if host.reused:
        yield "reused", _reused(host)
    if host.model is None and not host.deep:
        yield "skipped", "known generators, for there are too many hosts, or too few numbers"


def _reused(host: Host) -> str:
    said = units.counted(host.reused, "4-tuple")
    if host.time_wait:
        said += f", {units.number(host.time_wait)} as Linux does out of TIME-WAIT"
    if host.clock_hz:
        said += f", by a clock of {units.number(host.clock_hz)} Hz, as RFC 6528 wants it"
    return said


def _print_table(screen: Screen, numbers: Numbers, hosts: Sequence[int]) -> None:
    table = screen.table(["host", "verdict", "numbers", "evidence", "nmap"])
    for known in map(numbers.host, hosts):
        row = (
            known.address,
            known.verdict,
            sentences.used(known),
            f"{known.evidence_bits:.0f} bits",
            "" if known.gcd is None else sentences.compared(known),
        )
        table.add_row(*map(screen.text, row))
    screen.show(table)


def _print_plots(screen: Screen, isn: Array, time_ns: Array) -> None:
    """The numbers by time, and how far each is from the one before."""
    steps = seq.ahead(isn[1:], isn[:-1]).astype(np.int64)
    whole = units.duration(int(time_ns[-1] - time_ns[0]))
    columns = min((screen.width - 2 - GAP) // 2 - MARGIN, WIDEST_PLOT)
    left = _plotted(screen, columns, time_ns, isn.astype(np.int64), "d", f"ISN in {whole}")
    right = _plotted(screen, columns, np.arange(len(steps)), steps, "+d", "from one to the next")
    screen.blank()
    for one, other in zip(left, right, strict=True):
        screen.row(f"  {one.ljust(MARGIN + columns + GAP)}{other}".rstrip())


def _share(values: Array) -> Array:
    """Where the values lie between the least and the greatest, 0 to 1; in the middle where all are one."""
    values = values - values.min()
    most = values.max()
    share: Array = values / most if most else np.full(len(values), 0.5)
    return share


def _plotted(screen: Screen, columns: int, x: Array, y: Array, how: str, title: str) -> list[str]:
    """A plot with its axis to the left, and its title below; `how` the axis is written."""
    lines = plot(_share(x), _share(y), columns, PLOT_ROWS, unicode=screen.unicode)
    labels = [format(int(y.max()), how), *[""] * (PLOT_ROWS - 2), format(int(y.min()), how)]
    drawn = [
        f"{label.rjust(MARGIN - 1)}{screen.signs.lifeline}{line}"
        for label, line in zip(labels, lines, strict=True)
    ]
    return [*drawn, " " * MARGIN + title]
