"""RST005: a RST outside its receiver's window."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Reset
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import distance, end
from handshake_inspect.rules.unheeded import outside


@rule("RST005", "reset-out-of-window", Severity.WARNING)
def reset_out_of_window(case: Case) -> Iterator[Hit]:
    """A RST lay outside its receiver's window, and the end it named as its sender went on.

    ## What it checks
    Whether a RST in an open connection lay before what its receiver expected next, or beyond its window,
    and the end in whose name it came sent more afterwards. It says how many bytes it was off.

    ## Why it matters
    The receiver drops such a RST without a word, so nothing was lost. But the end it names did not send
    it: an end that resets uses its next number, and then is silent. It is an old RST, one of a box that
    lost count, or a stranger who tries numbers until one fits.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    +1.000 > R 51:51(0)                  # RST005
    +0.100 > P. 101:201(100) ack 301
    +0.010 < . 301:301(0) ack 201
    ```

    ## Not flagged
    A RST in the window, which is answered with a challenge ACK:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    +1.000 > R 1101:1101(0)              # ACK002
    +0.001 < . 301:301(0) ack 101
    +0.100 > P. 101:201(100) ack 301
    +0.010 < . 301:301(0) ack 201
    ```
    Nor a RST after which its sender is silent: it meant it (RST001, RST002).

    ## What to do
    Compare the TTL of the RST with that of the sender's other segments, and capture beside that sender:
    where the RST is not seen, something in between sent it. Many of them with different numbers are an
    attempt to guess the window; see who can send with that address (RFC 2827 filters). On Linux `nstat -az
    TcpExtTCPChallengeACK` rises when some of them come close.

    ## Limits
    Where the opening was not captured, how windows are scaled is not known, and a RST beyond the window is
    only possibly outside. A receiver may have moved its window by a segment that was not captured.

    ## Sources
    - RFC 5961 §3.2, 1: a RST outside the window is silently dropped
    - RFC 9293 §3.10.7.4, second: the same
    """
    story = case.story
    stray = outside(story)
    if not stray:
        return
    rst = stray[0]
    later = (h for h in story.events[rst.index + 1 :] if h.server == rst.server and not h.quote)
    after = next((h for h in later if not h.rst), None)
    unscaled = rst.reset is Reset.FUTURE and story.opening.outcome is Opened.UNSEEN
    doubtful: Array | None = np.ones(len(case), bool) if unscaled else None

    def message(view: View) -> str:
        who, other = end(view, server=rst.server), end(view, server=not rst.server)
        off = seq.ahead(view.event("seq", rst.index), view.event("peer_acked", rst.index))
        side = "before" if off < 0 else "beyond"
        by = f"{units.counted(abs(off), 'byte')} {side} what {other} expected next"
        more = f", the first of {len(stray)}," if len(stray) > 1 else ""
        lead = f"a RST in the name of {who}{more} was {by}, outside its window{distance(view, rst.index)}"
        return f"{lead}; {other} had to ignore it, and {who} went on"

    evidence = [Says(rst.index, "RST, outside the window")]
    if after is not None:
        evidence.append(Says(after.index, "goes on"))
    evidence += [Says(h.index, "RST, outside the window") for h in stray[1:]]
    yield Hit(evidence, message, count=len(stray), doubtful=doubtful)
