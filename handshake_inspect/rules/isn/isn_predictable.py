"""ISN001: a host's next initial number takes few guesses."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.foretold import hits, neither
from handshake_inspect.rules.registry import rule


@rule("ISN001", "isn-predictable", Severity.ERROR, whole=True)
def isn_predictable(whole: Whole) -> Iterator[WholeHit]:
    """The next initial sequence number of a host can be foretold.

    ## What it checks
    The numbers of each host are bet on, one after the other, by experts that see only what came before; a
    host raises an alarm when the bets have won 2^24 times their stake on at least three different 4-tuples.
    Of a 4-tuple only the first number counts, and copies and retransmissions do not. This rule speaks where
    a number takes at most 2^20 guesses, which is 10 s at 100 000 packets/s, and is neither constant
    (ISN004) nor derived from an address (ISN005).

    ## Why it matters
    Who can guess the number can open a connection in another's name, or put data or a RST into one without
    seeing its packets.

    ## Example
    A server that adds 64 000 for each connection:
    ```
    [1] server 198.51.100.1:80 isn 64000
    [2] server 198.51.100.1:80 isn 128000
    [3] server 198.51.100.1:80 isn 192000
    [4] server 198.51.100.1:80 isn 256000
    +0.50 [1] > S 0:0(0)
    +0.01 [1] < S. 0:0(0) ack 1          # ISN001
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
    Nor one that uses a 4-tuple again with a number that has grown: it should (ISN006).

    ## What to do
    Update the stack. A Linux kernel, a BSD or Windows of this century does not do this; small embedded
    stacks and hand-made ones do. `handshake-inspect isn CAPTURE` shows the numbers of every host, and
    `--samples FILE` writes them.

    ## Limits
    Numbers that look drawn may still be computed by a generator that is not known here, so silence is no
    proof. A translator mixes several hosts into one, which hides a weak one for longer.

    ## Sources
    - RFC 9293 §3.4.1: what sets the numbers of a 4-tuple apart must not be computable from outside
    - RFC 6528 §3: how they are made from a clock and a keyed hash of the 4-tuple
    - RFC 6528 appendix A: what a guess is good for
    """
    yield from hits(whole, neither(whole.numbers), tool=Severity.NOTE)
