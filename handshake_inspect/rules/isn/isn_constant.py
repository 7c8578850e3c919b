"""ISN004: a host has one initial number for everybody."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.foretold import constant, hit, hits
from handshake_inspect.rules.registry import rule


@rule("ISN004", "isn-constant", Severity.ERROR, whole=True)
def isn_constant(whole: Whole) -> Iterator[WholeHit]:
    """A host uses one initial sequence number for all connections.

    ## What it checks
    The numbers of each host are bet on, one after the other, by experts that see only what came before; a
    host raises an alarm when the bets have won 2^24 times their stake on at least three different 4-tuples.
    Of a 4-tuple only the first number counts, and copies and retransmissions do not. This rule speaks where
    the last number always comes again. Where every host of the capture does so, it was made by hand, and
    that is one note.

    ## Why it matters
    Who can guess the number can open a connection in another's name, or put data or a RST into one without
    seeing its packets. With one number for all, segments of an old connection also fit a new one on the
    same ports.

    ## Example
    A server with one number for everybody:
    ```
    [1] server 198.51.100.1:80 isn 439041101
    [2] server 198.51.100.1:80 isn 439041101
    [3] server 198.51.100.1:80 isn 439041101
    +0.50 [1] > S 0:0(0)
    +0.01 [1] < S. 0:0(0) ack 1          # ISN004
    +0.01 [1] > . 1:1(0) ack 1
    +0.50 [2] > S 0:0(0)
    +0.01 [2] < S. 0:0(0) ack 1
    +0.01 [2] > . 1:1(0) ack 1
    +0.50 [3] > S 0:0(0)
    +0.01 [3] < S. 0:0(0) ack 1
    +0.01 [3] > . 1:1(0) ack 1
    ```

    ## Not flagged
    A server that draws its numbers:
    ```
    +0.50 [1] > S 0:0(0)
    +0.01 [1] < S. 0:0(0) ack 1
    +0.01 [1] > . 1:1(0) ack 1
    +0.50 [2] > S 0:0(0)
    +0.01 [2] < S. 0:0(0) ack 1
    +0.01 [2] > . 1:1(0) ack 1
    +0.50 [3] > S 0:0(0)
    +0.01 [3] < S. 0:0(0) ack 1
    +0.01 [3] > . 1:1(0) ack 1
    +0.50 [4] > S 0:0(0)
    +0.01 [4] < S. 0:0(0) ack 1
    +0.01 [4] > . 1:1(0) ack 1
    +0.50 [5] > S 0:0(0)
    +0.01 [5] < S. 0:0(0) ack 1
    +0.01 [5] > . 1:1(0) ack 1
    ```

    ## What to do
    Update the stack. Scanners that write their own packets often use one number; then look for who runs it.
    `handshake-inspect isn CAPTURE` shows the numbers of every host, and `--samples FILE` writes them.

    ## Limits
    A host whose SYNs hardly ever complete is taken for a scanner, or for packets made by hand, and is only
    noted.

    ## Sources
    - RFC 9293 §3.4.1: what sets the numbers of a 4-tuple apart must not be computable from outside
    - RFC 6528 §3: how they are made from a clock and a keyed hash of the 4-tuple
    - RFC 6528 appendix A: what a guess is good for
    """
    found = constant(whole.numbers)
    if len(found) > 1 and len(found) == len(whole.numbers.known):
        message = (
            f"each of {len(found)} hosts uses one number for all connections: the capture was made by hand"
        )
        yield hit(whole, found, message, "all", Severity.NOTE)
    else:
        yield from hits(whole, found, tool=Severity.NOTE)
