"""HOST007: RSTs in many names that one box sent."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.parties import PORT_BITS
from handshake_inspect.flow.view import View
from handshake_inspect.rules import crowds
from handshake_inspect.rules.case import Hit, Whole, WholeHit
from handshake_inspect.rules.registry import rule

RESETS = 5
"Connections: a route that changed, or a host with two TTLs, makes fewer look strange, and not all alike."
SHOWN = 5
"Frames of evidence."


@rule("HOST007", "resets-from-one-box", Severity.WARNING, whole=True, last=True)
def resets_from_one_box(whole: Whole) -> Iterator[WholeHit]:
    """Many connections were reset by RSTs that look as if one box had sent them all.

    ## What it checks
    At least 5 connections with RST007, a RST that does not come from the end it names, whose RSTs arrive
    with the same TTL, the same window and the same flags.

    It takes the place of RST007 on each of those connections, and is as severe.

    ## Why it matters
    One firewall, load balancer or content filter ends connections on behalf of others. It is one
    configuration to look at, not many hosts.

    ## Example
    ```
    +0.000 [1] > S 0:0(0)
    +0.010 [1] < S. 0:0(0) ack 1
    +0.010 [1] > . 1:1(0) ack 1
    +0.001 [1] > P. 1:101(100) ack 1
    +0.001 [1] < R. 1:1(0) ack 101 ttl 50   # HOST007
    +0.010 [1] < . 1:1(0) ack 101
    +0.000 [2] > S 0:0(0)
    +0.010 [2] < S. 0:0(0) ack 1
    +0.010 [2] > . 1:1(0) ack 1
    +0.001 [2] > P. 1:101(100) ack 1
    +0.001 [2] < R. 1:1(0) ack 101 ttl 50
    +0.010 [2] < . 1:1(0) ack 101
    +0.000 [3] > S 0:0(0)
    +0.010 [3] < S. 0:0(0) ack 1
    +0.010 [3] > . 1:1(0) ack 1
    +0.001 [3] > P. 1:101(100) ack 1
    +0.001 [3] < R. 1:1(0) ack 101 ttl 50
    +0.010 [3] < . 1:1(0) ack 101
    +0.000 [4] > S 0:0(0)
    +0.010 [4] < S. 0:0(0) ack 1
    +0.010 [4] > . 1:1(0) ack 1
    +0.001 [4] > P. 1:101(100) ack 1
    +0.001 [4] < R. 1:1(0) ack 101 ttl 50
    +0.010 [4] < . 1:1(0) ack 101
    +0.000 [5] > S 0:0(0)
    +0.010 [5] < S. 0:0(0) ack 1
    +0.010 [5] > . 1:1(0) ack 1
    +0.001 [5] > P. 1:101(100) ack 1
    +0.001 [5] < R. 1:1(0) ack 101 ttl 50
    +0.010 [5] < . 1:1(0) ack 101
    ```

    ## Not flagged
    One connection that another box reset.
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.001 < R. 1:1(0) ack 101 ttl 50    # RST007
    +0.010 < . 1:1(0) ack 101
    ```

    ## What to do
    Count the hops: subtract the TTL of the RSTs from the 64, 128 or 255 it most likely began with, and see
    with `traceroute` which box on the way is so far from the capture point. Then read its log and its rules:
    idle time-outs, connection limits, blocked names.

    ## Limits
    Boxes at the same distance that run the same system look like one. A box that copies the TTL of the end
    it names is found only where that end goes on.

    ## Sources
    - RFC 3360 §1, §2.3: RSTs that firewalls and other boxes on the way send
    """
    all_ = whole.all
    event = np.full(len(all_), -1, np.int64)
    for told in whole.told.get("RST007", ()):
        if isinstance(told.hit, Hit):
            event[told.lives] = told.hit.evidence[0].event
    lives = np.flatnonzero(event >= 0)
    if len(lives) < RESETS:
        return
    rows = all_.lives.first[lives] + event[lives]
    marks: Array = all_.events.ttl[rows].astype(np.int64)
    for name in ("window", "flags"):
        marks = marks << PORT_BITS | getattr(all_.events, name)[rows]
    for group, count in crowds.largest(all_, crowds.groups(all_, lives, marks, RESETS)):
        first = int(group[0])
        view = View(all_, first)
        ttl = view.event("ttl", int(event[first]))
        services = crowds.count_of(whole.parties.services[group], "service")
        lead = "one box" if count == 1 else f"{count} more boxes"
        reset = f"{units.counted(len(group), 'connection')} with {services}"
        alike = f": all RSTs arrived with TTL {ttl}, alike in window and flags" if count == 1 else ""
        yield crowds.hit(
            whole,
            group,
            f"{lead} reset {reset} in the name of others{alike}",
            [(life, int(event[life]), "RST, not of the end it names") for life in group[:SHOWN]],
            about=f"TTL {ttl}" if count == 1 else "others",
            display_filter=f"tcp.flags.reset == 1 && (ip.ttl == {ttl} || ipv6.hlim == {ttl})",
            proved=False,
        )
