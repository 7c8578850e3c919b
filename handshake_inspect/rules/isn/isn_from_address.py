"""ISN005: a host's initial number is an address, or its peer's number."""

from collections.abc import Iterator

from handshake_inspect.finding import Severity
from handshake_inspect.rules.case import Whole, WholeHit
from handshake_inspect.rules.foretold import derived, hits
from handshake_inspect.rules.registry import rule


@rule("ISN005", "isn-from-address", Severity.ERROR, whole=True)
def isn_from_address(whole: Whole) -> Iterator[WholeHit]:
    """The initial sequence number of a host follows from what its peer can see.

    ## What it checks
    The numbers of each host are bet on, one after the other, by experts that see only what came before; a
    host raises an alarm when the bets have won 2^24 times their stake on at least three different 4-tuples.
    Of a 4-tuple only the first number counts, and copies and retransmissions do not. This rule speaks where
    the number is an address of the two ends, or the number it answers, plus a constant, in either byte
    order, or moves as they do, and takes at most 2^20 guesses.

    ## Why it matters
    The scanner of the Mirai botnet writes the address it calls into its SYN: such a host is infected, or
    scans by the same means. A server whose number follows from the client's can be opened blindly by
    anybody.

    ## Example
    A scanner of the Mirai family:
    ```
    [1] client 192.0.2.1:40000 isn 3325256711
    [1] server 198.51.100.7:23 isn 2366729934
    [2] client 192.0.2.1:40001 isn 3325256795
    [2] server 198.51.100.91:23 isn 2428605135
    [3] client 192.0.2.1:40002 isn 3325256837
    [3] server 198.51.100.133:23 isn 4069265501
    [4] client 192.0.2.1:40003 isn 3325256904
    [4] server 198.51.100.200:23 isn 2514881269
    +0.50 [1] > S 0:0(0)                   # ISN005
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
    Of a client: take it off the network and look for the malware; Mirai tries Telnet on port 23 and 2323.
    Of a server: update the stack. `handshake-inspect isn CAPTURE` shows the numbers of every host, and
    `--samples FILE` writes them.

    ## Limits
    Whether the host is infected or scans on purpose cannot be told from its numbers.

    ## Sources
    - RFC 9293 §3.4.1: what sets the numbers of a 4-tuple apart must not be computable from outside
    - RFC 6528 §3: an address is part of the input of a keyed hash, never the number itself
    - Antonakakis and others, Understanding the Mirai Botnet, USENIX Security 2017: how its SYNs are told
    """
    yield from hits(whole, derived(whole.numbers))
