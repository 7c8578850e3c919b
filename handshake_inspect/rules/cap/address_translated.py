"""CAP013: one connection, seen on both sides of an address translator."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.notices import EXAMPLES
from handshake_inspect.flow.view import View
from handshake_inspect.integers import distinct, order, repeated
from handshake_inspect.rules.case import Case, Whole, WholeHit
from handshake_inspect.rules.registry import rule
from handshake_inspect.units import SECOND

SOON_NS = SECOND // 2
"A translator forwards at once; longer than this is another connection."
KEPT = ("window_shift", "sack", "timestamps", "tsval")
"What a translator leaves alone in a SYN; it may lower the MSS."


@rule("CAP013", "address-translated", Severity.NOTE, whole=True)
def address_translated(whole: Whole) -> Iterator[WholeHit]:
    """A connection was captured on both sides of an address translator.

    ## What it checks
    Pairs of connections with other addresses but the same numbers: both initial sequence numbers, the options
    of the SYN, and one opening inside the other, within half a second.

    ## Why it matters
    The two are one connection before and after NAT or a load balancer. What is found on one of them is found
    on the other, and is one cause.

    ## Example
    ```
    client 10.0.0.1:40000 isn 1000
    server 198.51.100.1:80 isn 4294967295
    [2] client 203.0.113.9:61000 isn 1000
    [2] server 198.51.100.1:80 isn 4294967295
    +0.0000     > S 0:0(0) <mss 1460,sackOK,wscale 7>          # CAP013
    +0.0001 [2] > S 0:0(0) ttl 63 <mss 1460,sackOK,wscale 7>
    +0.0200 [2] < S. 0:0(0) ack 1 <mss 1460,sackOK,wscale 7>
    +0.0001     < S. 0:0(0) ack 1 ttl 63 <mss 1460,sackOK,wscale 7>
    +0.0002     > . 1:1(0) ack 1
    +0.0001 [2] > . 1:1(0) ack 1 ttl 63
    ```

    ## Not flagged
    Two clients of one server, each with its own numbers.
    ```
    client 10.0.0.1:40000 isn 1000
    server 198.51.100.1:80 isn 4294967295
    [2] client 203.0.113.9:61000 isn 2000
    [2] server 198.51.100.1:80 isn 7000
    +0.0000     > S 0:0(0) <mss 1460,sackOK,wscale 7>
    +0.0001 [2] > S 0:0(0) <mss 1460,sackOK,wscale 7>
    +0.0200 [2] < S. 0:0(0) ack 1 <mss 1460,sackOK,wscale 7>
    +0.0001     < S. 0:0(0) ack 1 <mss 1460,sackOK,wscale 7>
    +0.0002     > . 1:1(0) ack 1
    +0.0001 [2] > . 1:1(0) ack 1
    ```

    ## What to do
    Read one of each pair. The difference of their times is what the translator takes. On Linux
    `conntrack -L -p tcp` lists what is translated into what.

    ## Limits
    Only connections whose SYN was answered. A proxy, a SYN proxy or a firewall that changes sequence numbers
    makes two connections of one, and those are not joined. All pairs of a recording are one finding.

    ## Sources
    - RFC 3022 §4.1: what a translator changes in a header; sequence numbers are not among it
    """
    answered = [(case, *handshake) for case in whole.cases if (handshake := _handshake(case)) is not None]
    if not answered:
        return
    numbers = [_numbers(*each) for each in answered]
    # Nearly always all are different, and nothing more is looked at.
    several = np.zeros(sum(map(len, numbers)), bool)
    several[repeated(np.concatenate(numbers))] = True
    if not several.any():
        return
    of_each = np.split(several, np.cumsum([len(each) for each in numbers])[:-1])
    table = np.concatenate(
        [_table(*each, rows) for each, rows in zip(answered, of_each, strict=True)], axis=1
    )
    # Frames settle what was captured at the same time, whatever the order of the stories.
    table = table[:, order(table[0], table[1], whole.all.facts.first_frame[table[3]])]
    outer, inner = table[:, :-1], table[:, 1:]
    same = (outer[0] == inner[0]) & (inner[1] - outer[1] <= SOON_NS) & (inner[2] <= outer[2])
    for kept in range(4, len(table)):
        same &= outer[kept] == inner[kept]
    same[same] = _elsewhere(whole, outer[3][same], inner[3][same])
    pairs = np.flatnonzero(same)
    if not len(pairs):
        return
    shown = sorted(
        (
            (View(whole.all, int(a)), View(whole.all, int(b)))
            for a, b in zip(outer[3][pairs], inner[3][pairs], strict=True)
        ),
        key=lambda pair: pair[0].frame(0),
    )[: EXAMPLES // 2]
    left, right = shown[0]
    others = f", and {len(pairs) - 1} more such pairs" if len(pairs) > 2 else ", and one more such pair"
    frames = []
    for a, b in shown:
        frames.append(whole.frame(a.life, "its SYN"))
        frames.append(whole.frame(b.life, f"the same as connection {a.number}, translated"))
    yield WholeHit(
        f"{left.client} → {left.server} and {right.client} → {right.server} are one connection on both sides"
        f" of an address translator{others if len(pairs) > 1 else ''}",
        distinct(np.concatenate([outer[3][pairs], inner[3][pairs]])),
        frames,
        count=len(pairs),
    )


def _handshake(case: Case) -> tuple[int, int] | None:
    """The events of a story that are its SYN and the answer to it."""
    events = case.story.events
    syn = next((h.index for h in events if h.opener and not h.server), None)
    answer = next((h.index for h in events if h.syn_ack and h.server and h.valid), None)
    return None if syn is None or answer is None or answer < syn else (syn, answer)


def _numbers(case: Case, syn: int, answer: int) -> Array:
    """For each connection both ISNs in one number (i8)."""
    return case.column("seq", syn).astype(np.int64) << 32 | case.column("seq", answer)


def _table(case: Case, syn: int, answer: int, rows: Array) -> Array:
    """For these connections: both ISNs in one number, when each came (ns), the life, and what KEPT names."""
    offers = (case.offer(name, syn).astype(np.int64) for name in KEPT)
    columns = (_numbers(case, syn, answer), case.time(syn), case.time(answer), case.lives, *offers)
    return np.stack([column[rows] for column in columns])


def _elsewhere(whole: Whole, a: Array, b: Array) -> Array:
    """Whether the client or the server of two lives has another address."""
    lives, ends = whole.all.lives, whole.all.ends
    other = np.zeros(len(a), bool)
    for role in (0, 1):
        hosts = []
        for life in (a, b):
            flow, first = lives.flow[life], lives.client[life] == role
            hosts.append(
                [
                    np.where(
                        first, getattr(ends, f"source_{half}")[flow], getattr(ends, f"target_{half}")[flow]
                    )
                    for half in ("high", "low")
                ]
            )
        other |= (hosts[0][0] != hosts[1][0]) | (hosts[0][1] != hosts[1][1])
    return other
