"""HOST006: a service that answers nobody, while others answer."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import units
from handshake_inspect.finding import Severity
from handshake_inspect.flow.view import View
from handshake_inspect.integers import among
from handshake_inspect.rules import crowds
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.registry import rule

SILENCES = 5
"Attempts in a row that found no answer: one application tries two or three times before it gives up."


@rule("HOST006", "service-unreachable", Severity.ERROR, whole=True, last=True)
def service_unreachable(whole: Whole) -> Iterator[WholeHit]:
    """No SYN to a service was ever answered, while other services answered the same clients.

    ## What it checks
    Addresses with a port to which at least 5 attempts were made, none of which anything answered, neither a
    segment nor an ICMP error. A client among them got an answer from another service, so its path is fine
    and answers are captured.

    It takes the place of SYN002 on each of those connections, and is as severe: five silences are no smaller
    fault than one.

    ## Why it matters
    Every client waits until its connect times out, a minute or two. The host is down, its address is wrong,
    or a filter drops what goes to it.

    ## Example
    ```
    [6] server 198.51.100.2:80
    +0.00 [1] > S 0:0(0)                 # HOST006
    +0.01 [2] > S 0:0(0)
    +0.01 [3] > S 0:0(0)
    +0.01 [4] > S 0:0(0)
    +0.01 [5] > S 0:0(0)
    +0.01 [6] > S 0:0(0)
    +0.01 [6] < S. 0:0(0) ack 1
    +0.01 [6] > . 1:1(0) ack 1
    +1.00 [1] > S 0:0(0)
    +0.01 [2] > S 0:0(0)
    +0.01 [3] > S 0:0(0)
    +0.01 [4] > S 0:0(0)
    +0.01 [5] > S 0:0(0)
    +3.00 [6] > F. 1:1(0) ack 1
    +0.01 [6] < F. 1:1(0) ack 2
    +0.01 [6] > . 2:2(0) ack 2
    ```

    ## Not flagged
    A service that answered once, however late: each attempt is told on its own.
    ```
    +0.00 [1] > S 0:0(0)                 # SYN002
    +0.01 [2] > S 0:0(0)                 # SYN002
    +0.01 [3] > S 0:0(0)                 # SYN002
    +0.01 [4] > S 0:0(0)                 # SYN002
    +0.01 [5] > S 0:0(0)                 # SYN002
    +1.00 [6] > S 0:0(0)
    +0.01 [6] < S. 0:0(0) ack 1
    +0.01 [6] > . 1:1(0) ack 1
    ```

    ## What to do
    From a client: `ping`, and `tcptraceroute` or `traceroute -T -p` to the port, which ends where the SYNs
    are dropped. On the server: `tcpdump -n tcp port` with the port shows whether they arrive. If they do,
    look at its filter (`nft list ruleset`) and its listen queue (`nstat -az TcpExtListenDrops`).

    ## Limits
    A capture near the clients cannot tell SYNs that were lost from answers that were.

    ## Sources
    - RFC 9293 §3.8.3: a SYN is retransmitted in the way that data is
    - RFC 1122 §4.2.3.5: a client tries for at least 3 minutes, unless its user gives up sooner
    """
    all_ = whole.all
    attempts = crowds.attempts(all_) & ~whole.marked("HOST001", "HOST002")
    silent = attempts & crowds.told_by(all_, crowds.unanswered) & ~all_.facts.one_sided
    if silent.sum() < SILENCES:
        return
    services, clients = whole.parties.services, whole.parties.clients
    lives = np.flatnonzero(silent)
    lives = lives[~among(services[lives], services[attempts & ~silent])]
    heard = attempts & (all_.facts.server_segments > 0)
    for group, count in crowds.largest(
        all_,
        [
            group
            for group in crowds.groups(all_, lives, services[lives], SILENCES)
            if among(clients[heard], clients[group]).any()
        ],
    ):
        view = View(all_, int(group[0]))
        of = crowds.count_of(clients[group], "client")
        over = units.duration(crowds.span(whole, group))
        tried = f"{units.counted(len(group), 'attempt')} of {of} within {over}"
        spoke = services[heard][among(clients[heard], clients[group])]
        others = crowds.count_of(spoke, "other service")
        where = view.server if count == 1 else f"{count} more services"
        yield crowds.hit(
            whole,
            group,
            f"no SYN to {where} was answered: {tried}, while {others} answered the same clients",
            [(group[0], 0, "the first SYN that was not answered"), (group[-1], 0, "the last one")],
            about=view.server if count == 1 else "others",
            display_filter=crowds.service(view),
            proved=False,
        )
