"""ISN007: something answered SYNs without keeping anything of them, or in the name of another host."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.integers import among, distinct
from handshake_inspect.rules import crowds
from handshake_inspect.rules.case import Case, Whole, WholeHit
from handshake_inspect.rules.registry import rule
from handshake_inspect.units import SECOND

UNREPEATED = 5
"SYN-ACKs that nobody acknowledged and nobody repeated: fewer may be loss of the copies, too."
WATCHED_NS = 5 * SECOND
"How long nobody did. A kept attempt is answered again after 1 s and, where that copy is lost, after 3 s."
SHOWN = 3
"Connections of evidence."
NONE = np.empty(0, np.int64)


@rule("ISN007", "syn-proxy", Severity.NOTE, whole=True, last=True)
def syn_proxy(whole: Whole) -> Iterator[WholeHit]:
    """SYNs were answered with SYN cookies, or by a SYN proxy in front of the host.

    ## What it checks
    Three signs. A SYN-ACK with a window of 0 whose window opens with the next segment: a SYN proxy answered,
    and lets no data through before it has called the server itself. A SYN without the ACK flag, but with an
    acknowledgement number, that opened a connection: the call of such a proxy. And at least 5 SYN-ACKs of one
    host that were neither acknowledged nor repeated within 5 s, while none was repeated: nothing was kept of
    the attempts, as with SYN cookies.

    ## Why it matters
    The initial numbers in such SYN-ACKs are computed, not drawn, and say nothing about the host behind a
    proxy. A lost third ACK is never repaired by the server, options are limited to what fits into a cookie,
    and numbers and options differ on the two sides of a proxy.

    ## Example
    A SYN proxy:
    ```
    +0.000 > S 0:0(0)
    +0.001 < S. 0:0(0) ack 1 win 0 ttl 64        # ISN007
    +0.010 > . 1:1(0) ack 1
    +0.002 < . 1:1(0) ack 1 win 64240 ttl 63
    +0.010 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101 ttl 63
    ```
    Nothing kept of five attempts:
    ```
    +0.00 [1] > S 0:0(0)
    +0.01 [1] < S. 0:0(0) ack 1                  # ISN007 SYN003
    +0.01 [2] > S 0:0(0)
    +0.01 [2] < S. 0:0(0) ack 1                  # SYN003
    +0.01 [3] > S 0:0(0)
    +0.01 [3] < S. 0:0(0) ack 1                  # SYN003
    +0.01 [4] > S 0:0(0)
    +0.01 [4] < S. 0:0(0) ack 1                  # SYN003
    +0.01 [5] > S 0:0(0)
    +0.01 [5] < S. 0:0(0) ack 1                  # SYN003
    +9.00 [6] > S 0:0(0)
    +0.01 [6] < S. 0:0(0) ack 1
    +0.01 [6] > . 1:1(0) ack 1
    ```

    ## Not flagged
    A window that closes later, by the data it took.
    ```
    +0.000 > S 0:0(0)
    +0.001 < S. 0:0(0) ack 1 win 100
    +0.010 > . 1:1(0) ack 1
    +0.010 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101 win 0
    +0.500 < . 1:1(0) ack 101 win 64240
    ```

    ## What to do
    Nothing, if it is meant: cookies keep a service up in a flood (HOST001). Else look for what overflows:
    `nstat -az TcpExtSyncookiesSent TcpExtTCPReqQFullDoCookies`, `sysctl net.ipv4.tcp_syncookies` (2:
    always), and for `synproxy` in `nft list ruleset`.

    ## Limits
    A small stack may open its window late without a proxy; another TTL in the segments behind the SYN-ACK
    shows the proxy. A host that repeats no SYN-ACK for other reasons looks like one with cookies, so that
    sign is only likely.

    ## Sources
    - RFC 4987 §3.6: SYN cookies keep no state, so nothing is left to retransmit
    - RFC 4987 §3.8: a firewall or proxy that answers SYNs for a host
    - RFC 9293 §3.10.8: whoever keeps an attempt retransmits its SYN-ACK
    """
    all_ = whole.all
    opened = np.concatenate([case.lives[_window_opened(case)] for case in whole.cases] or [NONE])
    called = np.concatenate([case.lives[_numbered(case)] for case in whole.cases] or [NONE])
    left = np.concatenate([case.lives[_unrepeated(case)] for case in whole.cases] or [NONE])
    services = whole.parties.services
    kept = distinct(services[all_.facts.server_syn_acks > 1])
    left = left[~among(services[left], kept)]
    for lives, least, told in ((opened, 1, _answered), (called, 1, _called), (left, UNREPEATED, _forgotten)):
        groups = crowds.groups(all_, lives, services[lives], least)
        for group, count in crowds.largest(all_, groups):
            yield told(whole, group, count)


def _window_opened(case: Case) -> Array:
    """Whether the SYN-ACK closed the window, and the server's next segment did nothing but open it."""
    story = case.story
    after = _after_syn_ack(story)
    if story.opening.outcome is not Opened.ESTABLISHED or not after or not after[0].bare_ack:
        return np.zeros(len(case), bool)
    closed = case.column("window", story.opening.syn_ack or 0) == 0
    update: Array = closed & (case.column("window", after[0].index) > 0)
    return update


def _after_syn_ack(story: Story) -> list[Happening]:
    at = story.opening.syn_ack
    return [] if at is None else [h for h in story.events if h.server and not h.quote and h.index > at]


def _numbered(case: Case) -> Array:
    """Whether the SYN that was answered has an acknowledgement number without the flag for it."""
    opening = case.story.opening
    if opening.outcome is not Opened.ESTABLISHED or opening.syn is None:
        return np.zeros(len(case), bool)
    numbered: Array = case.column("ack", opening.syn) != 0
    return numbered


def _unrepeated(case: Case) -> Array:
    """Whether one SYN had one SYN-ACK, and then nothing came although the capture went on."""
    opening = case.story.opening
    if opening.outcome is not Opened.HALF_OPEN or opening.syn_ack is None or len(case.story.events) != 2:
        return np.zeros(len(case), bool)
    return case.silence(opening.syn_ack) >= WATCHED_NS


def _answered(whole: Whole, group: Array, count: int) -> WholeHit:
    view = View(whole.all, int(group[0]))
    syn_ack, update = view.story.opening.syn_ack or 0, _after_syn_ack(view.story)[0].index
    before, after = view.event("ttl", syn_ack), view.event("ttl", update)
    moved = before != after
    message = (
        f"a SYN proxy answered for {_where(view, count)} {_how_many(group)}: the window of the SYN-ACK was 0,"
        " and the next segment opened it"
    )
    message += f"; its TTL was {after} after {before}" if moved else ""
    says = [(group[0], syn_ack, "SYN-ACK with a window of 0"), (group[0], update, "the window opens")]
    return _hit(whole, group, count, message, says, "answers", proved=moved)


def _called(whole: Whole, group: Array, count: int) -> WholeHit:
    view = View(whole.all, int(group[0]))
    message = (
        f"a SYN proxy called {_where(view, count)} {_how_many(group)}: its SYN has an acknowledgement number,"
        " but no ACK"
    )
    says = [
        (life, View(whole.all, int(life)).story.opening.syn or 0, "SYN of a proxy") for life in group[:SHOWN]
    ]
    return _hit(whole, group, count, message, says, "calls")


def _forgotten(whole: Whole, group: Array, count: int) -> WholeHit:
    view = View(whole.all, int(group[0]))
    message = (
        f"{_where(view, count)} repeated none of {len(group)} SYN-ACKs that nobody acknowledged: it keeps"
        " nothing of such attempts, as with SYN cookies"
    )
    says = [(life, 1, "SYN-ACK, never repeated") for life in group[:SHOWN]]
    return _hit(whole, group, count, message, says, "cookies")


def _where(view: View, count: int) -> str:
    return view.server if count == 1 else f"{count} more services"


def _how_many(group: Array) -> str:
    return f"in {units.counted(len(group), 'connection')}"


def _hit(
    whole: Whole,
    group: Array,
    count: int,
    message: str,
    says: list[tuple[int, int, str]],
    sign: str,
    proved: bool = False,
) -> WholeHit:
    view = View(whole.all, int(group[0]))
    about = f"{sign} {view.server if count == 1 else 'others'}"
    only = f"{crowds.service(view)} && tcp.flags.syn == 1"
    return crowds.hit(whole, group, message, says, about=about, display_filter=only, proved=proved)
