"""ISN003: a host's initial numbers are not uniform, though guessing them takes long."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.isn.verdict import Verdict
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.foretold import hits
from handshake_inspect.rules.registry import rule


@rule("ISN003", "isn-biased", Severity.NOTE, whole=True)
def isn_biased(whole: Whole) -> Iterator[WholeHit]:
    """The initial sequence numbers of a host are not drawn from all there are.

    ## What it checks
    The numbers of each host are bet on, one after the other, by experts that see only what came before; a
    host raises an alarm when the bets have won 2^24 times their stake on at least three different 4-tuples.
    Of a 4-tuple only the first number counts, and copies and retransmissions do not. This rule speaks where
    more than 2^26 guesses remain, and where the number depends on the one it answers, as a badly keyed SYN
    cookie does, with more than 2^20 left.

    ## Why it matters
    The numbers are computed, and some of the 32 bits of an attacker's uncertainty are gone. What is left
    keeps most attackers out, but a better model may need fewer guesses than this one.

    ## Example
    A server that adds a random amount below 2^24 to the client's number:
    ```
    [1] server 198.51.100.1:80 isn 10867024
    [2] server 198.51.100.1:80 isn 2928480683
    [3] server 198.51.100.1:80 isn 452683356
    [4] server 198.51.100.1:80 isn 2803976332
    [5] server 198.51.100.1:80 isn 4278160168
    [6] server 198.51.100.1:80 isn 336889309
    [7] server 198.51.100.1:80 isn 3526018181
    [8] server 198.51.100.1:80 isn 3410405232
    [9] server 198.51.100.1:80 isn 896215231
    [10] server 198.51.100.1:80 isn 747075222
    +0.50 [1] > S 0:0(0)
    +0.01 [1] < S. 0:0(0) ack 1          # ISN003
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
    +0.50 [10] > S 0:0(0)
    +0.01 [10] < S. 0:0(0) ack 1
    +0.01 [10] > . 1:1(0) ack 1
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
    Find out what the stack does. `handshake-inspect isn CAPTURE` shows the numbers of every host, and
    `--samples FILE` writes them.

    ## Limits
    Numbers that look drawn may still be computed by a generator that is not known here, so silence is no
    proof. A translator mixes several hosts into one, which hides a weak one for longer. One bit that never
    changes takes about 40 connections to be seen.

    ## Sources
    - RFC 9293 §3.4.1: what sets the numbers of a 4-tuple apart must not be computable from outside
    - RFC 6528 §3: how they are made from a clock and a keyed hash of the 4-tuple
    - RFC 6528 appendix A: what a guess is good for
    """
    yield from hits(whole, whole.numbers.having(Verdict.BIASED, Verdict.COOKIE_LIKE))
