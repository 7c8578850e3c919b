"""HOST003: a service that refuses everybody."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.integers import among
from handshake_inspect.rules import crowds
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.registry import rule

REFUSALS = 5
"A client that tries a closed port again does so two or three times; each of those is told on its own."


@rule("HOST003", "service-refusing", Severity.ERROR, whole=True, last=True)
def service_refusing(whole: Whole) -> Iterator[WholeHit]:
    """A service refused every attempt to connect to it.

    ## What it checks
    Addresses with a port that answered at least 5 attempts with RST, and opened none.

    It takes the place of SYN007 on each of those connections, and is as severe: five refusals are no smaller
    fault than one.

    ## Why it matters
    Nothing listens there, for none of its clients: the service is stopped, listens on another address or
    port, or a firewall rejects in its name. It is one cause, however many clients notice.

    ## Example
    ```
    +0.00 [1] > S 0:0(0)                 # HOST003
    +0.01 [1] < R. 0:0(0) ack 1
    +0.50 [2] > S 0:0(0)
    +0.01 [2] < R. 0:0(0) ack 1
    +0.50 [3] > S 0:0(0)
    +0.01 [3] < R. 0:0(0) ack 1
    +0.50 [4] > S 0:0(0)
    +0.01 [4] < R. 0:0(0) ack 1
    +0.50 [5] > S 0:0(0)
    +0.01 [5] < R. 0:0(0) ack 1
    ```

    ## Not flagged
    A service that opened even one connection.
    ```
    +0.00 [1] > S 0:0(0)
    +0.01 [1] < R. 0:0(0) ack 1          # SYN007
    +0.50 [2] > S 0:0(0)
    +0.01 [2] < R. 0:0(0) ack 1          # SYN007
    +0.50 [3] > S 0:0(0)
    +0.01 [3] < R. 0:0(0) ack 1          # SYN007
    +0.50 [4] > S 0:0(0)
    +0.01 [4] < R. 0:0(0) ack 1          # SYN007
    +0.50 [5] > S 0:0(0)
    +0.01 [5] < R. 0:0(0) ack 1          # SYN007
    +0.50 [6] > S 0:0(0)
    +0.01 [6] < S. 0:0(0) ack 1
    +0.01 [6] > . 1:1(0) ack 1
    ```
    Nor what a port scan tried (HOST002).

    ## What to do
    On the server: `ss -Hltn` lists what listens, and on which address. If the port is there, compare the
    TTL of the RSTs with that of other answers of the server: a firewall in between sends them
    (`nft list ruleset`, `iptables -S` there, `reject with tcp-reset`).

    ## Limits
    A service that refuses for a while and then comes up has opened something: its refusals are told one by
    one.

    ## Sources
    - RFC 9293 §3.10.7.1: where there is no connection and nobody listens, a SYN is answered with RST
    - RFC 9293 §3.10.7.3, second: in SYN-SENT an acceptable RST means "connection reset"
    """
    all_ = whole.all
    attempts = crowds.attempts(all_) & ~whole.marked("HOST001", "HOST002")
    refused = attempts & crowds.told_by(all_, lambda s: s.opening.outcome is Opened.REFUSED)
    if refused.sum() < REFUSALS:
        return
    services = whole.parties.services
    lives = np.flatnonzero(refused)
    lives = lives[~among(services[lives], services[attempts & ~refused])]
    found = crowds.groups(all_, lives, services[lives], REFUSALS)
    for group, count in crowds.largest(all_, found):
        view = View(all_, int(group[0]))
        clients = crowds.count_of(whole.parties.clients[group], "client")
        attempted = f"{units.counted(len(group), 'connection')} of {clients}"
        over = units.duration(crowds.span(whole, group))
        if count > 1:
            message = f"{count} more services refused every attempt: {attempted} within {over}"
        else:
            message = f"{view.server} refused every attempt: {attempted} within {over}"
        yield crowds.hit(
            whole,
            group,
            message,
            [(group[0], 0, "the first SYN that was refused"), (group[-1], 0, "the last one")],
            about=view.server if count == 1 else "others",
            display_filter=crowds.service(view),
        )
