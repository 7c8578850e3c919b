"""ISN002: a host's next initial number takes more guesses, but not enough of them."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.isn.verdict import Verdict
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.foretold import hits
from handshake_inspect.rules.registry import rule


@rule("ISN002", "isn-weak", Severity.WARNING, whole=True)
def isn_weak(whole: Whole) -> Iterator[WholeHit]:
    """The initial sequence numbers of a host leave an attacker few guesses.

    ## What it checks
    The numbers of each host are bet on, one after the other, by experts that see only what came before; a
    host raises an alarm when the bets have won 2^24 times their stake on at least three different 4-tuples.
    Of a 4-tuple only the first number counts, and copies and retransmissions do not. This rule speaks where
    a number takes more than 2^20 guesses, but at most 2^26: 11 minutes at 100 000 packets/s.

    ## Why it matters
    Who can guess the number can open a connection in another's name, or put data or a RST into one without
    seeing its packets. With a few minutes for a guess, long connections are at risk, such as those of
    routing protocols.

    ## Example
    A server that adds a random amount below 2^24 for each connection:
    ```
    [1] server 198.51.100.1:80 isn 3001946120
    [2] server 198.51.100.1:80 isn 3009150195
    [3] server 198.51.100.1:80 isn 3010408340
    [4] server 198.51.100.1:80 isn 3013292250
    [5] server 198.51.100.1:80 isn 3027842984
    [6] server 198.51.100.1:80 isn 3041874513
    [7] server 198.51.100.1:80 isn 3044218472
    [8] server 198.51.100.1:80 isn 3052293782
    [9] server 198.51.100.1:80 isn 3055337605
    +0.50 [1] > S 0:0(0)
    +0.01 [1] < S. 0:0(0) ack 1          # ISN002
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
    +0.50 [6] > S 0:0(0)
    +0.01 [6] < S. 0:0(0) ack 1
    +0.01 [6] > . 1:1(0) ack 1
    +0.50 [7] > S 0:0(0)
    +0.01 [7] < S. 0:0(0) ack 1
    +0.01 [7] > . 1:1(0) ack 1
    +0.50 [8] > S 0:0(0)
    +0.01 [8] < S. 0:0(0) ack 1
    +0.01 [8] > . 1:1(0) ack 1
    +0.50 [9] > S 0:0(0)
    +0.01 [9] < S. 0:0(0) ack 1
    +0.01 [9] > . 1:1(0) ack 1
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
    Update the stack, and meanwhile keep spoofed packets out (BCP 38), or authenticate segments (TCP-AO).
    `handshake-inspect isn CAPTURE` shows the numbers of every host, and `--samples FILE` writes them.

    ## Limits
    Numbers that look drawn may still be computed by a generator that is not known here, so silence is no
    proof. A translator mixes several hosts into one, which hides a weak one for longer.

    ## Sources
    - RFC 9293 §3.4.1: what sets the numbers of a 4-tuple apart must not be computable from outside
    - RFC 6528 §3: how they are made from a clock and a keyed hash of the 4-tuple
    - RFC 6528 appendix A: what a guess is good for
    """
    yield from hits(whole, whole.numbers.having(Verdict.WEAK), tool=Severity.NOTE)
