"""ISN006: a 4-tuple was used again too soon for its initial number."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import seq, units, wireshark
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.events import OWN_NEXT
from handshake_inspect.flow.incarnations import TIME_WAIT_NS
from handshake_inspect.flow.view import View
from handshake_inspect.integers import distinct
from handshake_inspect.isn.samples import Kind
from handshake_inspect.rules import crowds
from handshake_inspect.rules.case import Hit, Whole, WholeHit
from handshake_inspect.rules.foretold import frame
from handshake_inspect.rules.registry import rule

SHOWN = 3
"Reuses of evidence."


@rule("ISN006", "isn-unsafe-reuse", Severity.WARNING, whole=True, last=True)
def isn_unsafe_reuse(whole: Whole) -> Iterator[WholeHit]:
    """A 4-tuple was used again with an initial number that its last connection had passed already.

    ## What it checks
    A connection between the same addresses and ports as one that had opened, begun within 60 s of its last
    segment, where an end's initial number is not beyond all it had sent before, and no larger timestamp tells
    the new segments from the old. All such reuses of one host are one finding.

    ## Why it matters
    A segment of the old connection that was delayed on the way fits into the new one, and is taken for its
    data. For this the initial number is to follow a clock, so that it grows from one connection of a 4-tuple
    to the next; between different 4-tuples it must not be guessable (ISN001).

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > R. 1:1(0) ack 1             # RST001
    +0.300 > S -5000:-5000(0)            # ISN006
    +0.010 < S. 70000:70000(0) ack -4999
    +0.010 > . -4999:-4999(0) ack 70001
    ```

    ## Not flagged
    A number that has grown:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 > R. 1:1(0) ack 1             # RST001
    +0.300 > S 90000:90000(0)
    +0.010 < S. 70000:70000(0) ack 90001
    +0.010 > . 90001:90001(0) ack 70001
    ```

    ## What to do
    Update the stack, or keep it from using ports again so soon. Timestamps protect, too (RFC 7323 §5): turn
    them on at both ends. Between a translator and a server, give the translator more ports.

    ## Limits
    A smaller number that was refused from TIME-WAIT is FIN010, and a host whose numbers can be foretold is
    told once for all of its connections. Whether an old segment was still on its way cannot be seen.

    ## Sources
    - RFC 9293 §3.4.1: initial numbers follow a clock, so that old segments are not taken for new ones
    - RFC 9293 §3.4.3: a number is in use until a maximum segment lifetime after it was sent
    - RFC 6528 §3: a keyed hash keeps the clock, for each 4-tuple
    - RFC 6191 §2: a larger timestamp makes up for a smaller number
    """
    if not whole.all.reused:
        return
    samples, reused = whole.numbers.samples, whole.numbers.reused
    alarmed = np.zeros(len(whole.numbers.openings.life), bool)
    alarmed[whole.numbers.alarmed] = True
    unsafe = (
        samples.completes[reused.earlier]
        & (reused.quiet_ns <= TIME_WAIT_NS)
        & _passed(whole, reused.later)
        & ~_stamped(whole, reused.earlier, reused.later)
        & ~alarmed[samples.host[reused.later]]
        & ~_refused(whole)[samples.life[reused.later]]
    )
    hosts = samples.host[reused.later[unsafe]]
    found = [np.flatnonzero(unsafe)[hosts == host] for host in distinct(hosts).tolist()]
    found.sort(key=lambda rows: int(whole.numbers.frames(reused.later[rows[0]])))
    for rows in found[: crowds.MOST]:
        yield _hit(whole, rows, _said(whole, rows))
    if rest := found[crowds.MOST :]:
        message = f"{len(rest)} more hosts used 4-tuples again with numbers that had been passed"
        yield _hit(whole, np.concatenate(rest), message, "others")


def _passed(whole: Whole, rows: Array) -> Array:
    """Whether the sender had gone beyond this number before."""
    events, at = whole.all.events, whole.numbers.event[rows]
    ahead = seq.ahead(events.seq[at], events.own_next[at])
    passed: Array = (events.known[at] & OWN_NEXT != 0) & (ahead < 0)
    return passed


def _stamped(whole: Whole, earlier: Array, later: Array) -> Array:
    """Whether the timestamp has grown."""
    offers, offered = whole.all.recording.offers, whole.all.offered
    old, new = (offered.rows(whole.numbers.frames(rows)) for rows in (earlier, later))
    grown: Array = (
        offers.timestamps[old]
        & offers.timestamps[new]
        & (seq.ahead(offers.tsval[new], offers.tsval[old]) > 0)
    )
    return grown


def _refused(whole: Whole) -> Array:
    """For each connection whether it is told that its SYN was refused from TIME-WAIT."""
    refused = np.zeros(len(whole.all), bool)
    for told in whole.told.get("FIN010", ()):
        if isinstance(told.hit, Hit) and told.hit.explains:
            refused[told.lives] = True
    return refused


def _said(whole: Whole, rows: Array) -> str:
    samples, reused = whole.numbers.samples, whole.numbers.reused
    later, event = int(reused.later[rows[0]]), int(whole.numbers.event[reused.later[rows[0]]])
    view = View(whole.all, int(samples.life[later]))
    server = bool(samples.kind[later] == Kind.SYN_ACK)
    ends = (view.server, view.client) if server else (view.client, view.server)
    back = int(seq.ahead(whole.all.events.own_next[event], samples.isn[later]))
    quiet = units.duration(int(reused.quiet_ns[rows[0]]))
    tuples = "a 4-tuple" if len(rows) == 1 else units.counted(len(rows), "4-tuple")
    return (
        f"{view.host(server=server)} used {tuples} again with an initial number"
        f" that had been passed there: {' to '.join(ends)} began {units.number(back)} below what it had sent"
        f" before, {quiet} after the last segment"
    )


def _hit(whole: Whole, rows: Array, message: str, about: str = "") -> WholeHit:
    samples, reused = whole.numbers.samples, whole.numbers.reused
    later = reused.later[rows]
    view = View(whole.all, int(samples.life[later[0]]))
    host = view.host(server=bool(samples.kind[later[0]] == Kind.SYN_ACK))
    evidence = []
    for old, new in zip(reused.earlier[rows[:SHOWN]].tolist(), later[:SHOWN].tolist(), strict=True):
        evidence.append(frame(whole, new, f"ISN {samples.isn[new]} on a 4-tuple used before"))
        evidence.append(frame(whole, old, f"ISN {samples.isn[old]} of the connection before"))
    return WholeHit(
        message,
        distinct(samples.life[later]),
        evidence,
        about=about or host,
        display_filter="tcp.flags.syn == 1" + ("" if about else f" && {wireshark.host(host, 'src')}"),
    )
