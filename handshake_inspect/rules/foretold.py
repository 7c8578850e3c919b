"""Hosts whose initial numbers can be foretold, as findings.

It knows how such a finding is said, and not which verdict is worth which code. Its one idea: significance and
cost are two statements. The evidence says that the numbers are not drawn; the guesses say what that is worth.
"""

from collections.abc import Iterator
from itertools import pairwise

from handshake_inspect import seq, units, wireshark
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.integers import distinct
from handshake_inspect.isn.host import Host
from handshake_inspect.isn.model import Model
from handshake_inspect.isn.numbers import Numbers
from handshake_inspect.isn.sentences import compared, does, evidence, foretold, left_out, upcoming, used
from handshake_inspect.isn.sight import Sight
from handshake_inspect.isn.verdict import Verdict
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.crowds import MOST

SHOWN = 3
"Segments of evidence."

ASKED = {
    Sight.SYN: "tcp.flags.syn == 1 && tcp.flags.ack == 0",
    Sight.SYN_ACK: "tcp.flags.syn == 1 && tcp.flags.ack == 1",
    Sight.BOTH: "tcp.flags.syn == 1",
}
"What a view shows, for Wireshark."

DERIVED = (Model.PEER_ADDRESS, Model.PEER_ISN, Model.OFFSET_FROM_ADDRESS, Model.OFFSET_FROM_PEER_ISN)
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
        choose = "chooses" if len(rest) == 1 else "choose"
        message = f"{units.counted(len(rest), 'more host')} {choose} initial numbers no better"
        scanners = bool(whole.numbers.prepared.hosts.tool[rest].all())
        yield hit(whole, rest, message, "others", tool if scanners else None)


def hit(whole: Whole, hosts: Array, message: str, about: str, severity: Severity | None) -> WholeHit:
    """What is said of these hosts together; the first ones are shown."""
    samples = whole.numbers.samples
    shown = [whole.numbers.host(number) for number in hosts[:SHOWN].tolist()]
    only = ASKED[shown[0].sight]
    if len(hosts) == 1:
        only = f"{wireshark.host(shown[0].address, 'src')} && {only}"
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
    text = f"{host.address} {does(host)}: {foretold(host)}"
    if after := upcoming(host):
        text += f"; the next one is {after}"
    text += f". Evidence: {evidence(host)} from {used(host)}"
    if host.dropped:
        text += f"; not counted: {left_out(host)}"
    if host.gcd is not None:
        text += f"; nmap would say {compared(host)}"
    if tool:
        text += "; its SYNs hardly ever complete, so it is a scanner, or the capture was made by hand"
    return text


def _shown(isns: Array) -> Iterator[str]:
    """What the first numbers of a series show, one after the other."""
    yield f"ISN {isns[0]}"
    for before, isn in pairwise(isns.tolist()):
        step = seq.ahead(isn, before)
        moved = f"{units.number(abs(step))} {'more' if step > 0 else 'less'}" if step else "the same"
        yield f"ISN {isn}, {moved}"
