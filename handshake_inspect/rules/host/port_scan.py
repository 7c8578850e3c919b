"""HOST002: one host tries many ports, or many hosts."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from handshake_inspect import units, wireshark
from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Flag
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.parties import PORT_BITS, addresses, port
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.integers import distinct
from handshake_inspect.rules import crowds
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.option import Option
from handshake_inspect.rules.registry import rule

OPEN = "opened"
SYN = "SYN"
PROBES = {
    Flag.SYN | Flag.FIN: "SYN-FIN",
    Flag.FIN: "FIN",
    Flag(0): "NULL",
    Flag.FIN | Flag.URG: "Xmas",
    Flag.ACK: "ACK",
    Flag.FIN | Flag.ACK: "Maimon",
}
"How scans with other probes than a SYN are called, by the flags of their probes; a story does not keep PSH."

ACKNOWLEDGING = (PROBES[Flag.ACK], PROBES[Flag.FIN | Flag.ACK])
"Those that a port answers whether it is open or not: they tell what is filtered."


# No application asks for eight ports of one host that have nothing to say to it. A few dead hosts are common,
# in any list of peers or mirrors.
@rule(
    "HOST002",
    "port-scan",
    Severity.WARNING,
    Option("ports", 8, "ports", "how many of one host make a scan", least=1),
    Option("hosts", 10, "hosts", "how many at one port make a scan", least=1),
    Option("seconds", 60.0, "s", "within what time so many are met for the first time"),
    whole=True,
    last=True,
)
def port_scan(whole: Whole, *, ports: int, hosts: int, seconds: float) -> Iterator[WholeHit]:
    """One host tried many ports or many hosts, and used hardly any.

    ## What it checks
    Tries that bring their sender nothing: a SYN, sent once, that is refused, unanswered, or reset when it is
    answered; a connection that is dropped before its client says a word; a lone FIN, ACK or segment without
    flags, or with impossible ones, that gets a RST or nothing. At least `ports` (default 8) of one host, or
    at least `hosts` (default 10) at one port, for the first time within `seconds` (default 60), of which no
    more than half opened. It names the kind.

    It takes the place of what would be said of each probe, and is at least as severe: an error where ports
    refused or did not answer.

    ## Why it matters
    Somebody looks for what can be reached. It may be your own inventory, or an attack in its first step.

    ## Example
    ```
    server 198.51.100.1:21
    [2] server 198.51.100.1:22
    [3] server 198.51.100.1:23
    [4] server 198.51.100.1:25
    [5] server 198.51.100.1:80
    [6] server 198.51.100.1:110
    [7] server 198.51.100.1:143
    [8] server 198.51.100.1:443
    +0.00 [1] > S 0:0(0)                 # HOST002
    +0.01 [1] < R. 0:0(0) ack 1
    +0.01 [2] > S 0:0(0)
    +0.01 [2] < S. 0:0(0) ack 1
    +0.00 [2] > R 1:1(0)
    +0.01 [3] > S 0:0(0)
    +0.01 [3] < R. 0:0(0) ack 1
    +0.01 [4] > S 0:0(0)
    +0.01 [4] < R. 0:0(0) ack 1
    +0.01 [5] > S 0:0(0)
    +0.01 [5] < S. 0:0(0) ack 1
    +0.00 [5] > R 1:1(0)
    +0.01 [6] > S 0:0(0)
    +0.01 [6] < R. 0:0(0) ack 1
    +0.01 [7] > S 0:0(0)
    +0.01 [8] > S 0:0(0)
    +0.01 [8] < R. 0:0(0) ack 1
    ```

    ## Not flagged
    Two closed ports are two findings of their own.
    ```
    server 198.51.100.1:80
    [2] server 198.51.100.1:443
    +0.00 [1] > S 0:0(0)
    +0.01 [1] < R. 0:0(0) ack 1          # SYN007
    +0.01 [2] > S 0:0(0)
    +0.01 [2] < R. 0:0(0) ack 1          # SYN007
    ```
    Nor a client that repeats its SYNs: it wants to connect.

    ## What to do
    Find out who runs the address (`whois`, the asset list) before anything else: scanners of one's own are
    the usual cause. If it is not yours, see what it found open, which the message counts, and filter the
    source. The connections are left out of the findings about single connections.

    ## Limits
    A slower scan is not seen, nor one from many addresses. A scanner that lets its system repeat the SYN of a
    silent port passes for a client there. For FIN, NULL and Xmas probes silence means open or filtered, so
    nothing is counted as open. ACK and Maimon probes get a RST from open ports, too, so silence means
    filtered.

    ## Sources
    - RFC 9293 §3.10.7.1: a closed port answers a SYN with RST, which is what a scanner reads
    - RFC 9293 §3.10.7.2, second: an open port resets what has an ACK
    - RFC 9293 §3.10.7.2, fourth: an open port drops FIN, NULL and Xmas probes, which have no SYN, ACK or RST
    """
    all_ = whole.all
    kinds = [_kind(story) for story in all_.stories]
    trying = np.array([kind is not None for kind in kinds], bool)
    if not trying.any():
        return
    side = all_.events.side[all_.lives.first]
    syn = all_.events.flags[all_.lives.first] & Flag.SYN != 0
    repeats = np.where(syn, all_.facts.client_syns, 1) > 1
    meant = trying[all_.shapes.of] & ~repeats & ~whole.marked("HOST001")
    least, within_ns = min(ports, hosts), units.nanoseconds(seconds)
    if meant.sum() < least:
        return
    source = np.where(meant, addresses(all_, side), -1)
    if not crowds.often(source[meant], least).any():
        return
    target, door = addresses(all_, side ^ 1), port(all_, side ^ 1)
    pair = _pairs(source, target)
    at_door = np.where(meant, (source << PORT_BITS) | door, -1)
    member = crowds.swept(all_, pair, door, ports, within_ns)
    member |= crowds.swept(all_, at_door, target, hosts, within_ns)
    lives = np.flatnonzero(member)
    opened = np.array([kind == OPEN for kind in kinds], bool)[all_.shapes.of]
    scans = crowds.groups(all_, lives, source[lives], least)
    for scan, count in crowds.largest(all_, [s for s in scans if 2 * opened[s].sum() <= len(s)]):
        view = View(all_, int(scan[0]))
        scanner = view.host(server=view.sent_by_server(0))
        if count > 1:
            message = f"{count} more hosts tried ports in vain, {len(scan)} times in all"
        else:
            message = _message(whole, scan, scanner, kinds, (target[scan], door[scan], opened[scan]))
        yield crowds.hit(
            whole,
            scan,
            message,
            [(scan[0], 0, "the first try"), (scan[-1], 0, "the last one")],
            about=scanner if count == 1 else "others",
            display_filter=wireshark.host(view.host(server=view.sent_by_server(0))),
            proved=False,
        )


def _pairs(source: Array, target: Array) -> Array:
    """One number for each two, below 0 where the source is."""
    rank = np.searchsorted(distinct(target), target)
    return np.where(source < 0, -1, np.searchsorted(distinct(source), source) << 32 | rank)


def _kind(story: Story) -> str | None:
    """What a try was that brought its sender nothing, or None where it was none."""
    first = story.events[0]
    theirs = [h for h in story.events if h.server != first.server]
    mine = [h for h in story.events if h.server == first.server and not h.quote]
    if first.quote or first.rst or first.syn_ack or any(h.payload for h in mine):
        return None
    if first.opener and not first.fin:
        if story.opening.outcome is Opened.ESTABLISHED:
            # Who opens a connection and drops it wanted to know whether that can be done.
            return OPEN if any(h.rst or h.fin for h in mine) else None
        if any(h.syn_ack for h in theirs):
            return OPEN if any(h.rst for h in mine) else None
        return SYN
    if len(mine) > 2 or not all(h.rst or h.quote for h in theirs):
        return None
    return PROBES.get(first.flags, "odd")


def _message(
    whole: Whole, scan: Array, scanner: str, kinds: list[str | None], met: tuple[Array, Array, Array]
) -> str:
    targets, doors, opened = met
    all_ = whole.all
    counts = Counter(kinds[shape] for shape in all_.shapes.of[scan].tolist())
    kind = max((k for k in counts if k and k != OPEN), key=lambda k: counts[k], default=SYN)
    if kind == SYN and opened.any():
        half = all_.facts.client_rsts[scan][opened] > 0
        kind = "half-open SYN" if half.all() and not _any_established(whole, scan) else "connect"
    took = units.duration(crowds.span(whole, scan))
    view = View(all_, int(scan[0]))
    one = len(distinct(targets)) == 1
    hosts = view.host(server=not view.sent_by_server(0)) if one else f"{len(distinct(targets))} hosts"
    ports = len(distinct(doors))
    where = f"port {int(doors[0])} of {hosts}" if ports == 1 else f"{ports} ports of {hosts}"
    article = "an" if kind in ("odd", "ACK") else "a"
    text = f"{scanner} tried {where} within {took}, as {article} {kind} scan does"
    if kind != "half-open SYN" and kind not in (SYN, "connect"):
        resets = (all_.facts.client_rsts + all_.facts.server_rsts)[scan] > 0
        # An acknowledgement of nothing is reset in LISTEN, too (RFC 9293 §3.10.7.2, second).
        so = "open or closed" if kind in ACKNOWLEDGING else "closed"
        return f"{text}: {int(resets.sum())} answered with a RST, so they are {so}"
    refused = crowds.told_by(all_, lambda s: s.opening.outcome is Opened.REFUSED)[scan]
    silent = crowds.told_by(all_, crowds.unanswered)[scan]
    return f"{text}: {int(opened.sum())} open, {int(refused.sum())} refused, {int(silent.sum())} silent"


def _any_established(whole: Whole, scan: Array) -> bool:
    return bool(crowds.told_by(whole.all, lambda s: s.opening.outcome is Opened.ESTABLISHED)[scan].any())
