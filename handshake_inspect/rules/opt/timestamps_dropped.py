"""OPT006: timestamps that were agreed on and then went missing."""

from collections.abc import Callable, Iterator, Sequence

from handshake_inspect.decode.segments import Options
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.view import View
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import odd
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import distance, end


@rule("OPT006", "timestamps-dropped", Severity.WARNING)
def timestamps_dropped(case: Case) -> Iterator[Hit]:
    """Both ends agreed on timestamps, and then a segment came without them.

    ## What it checks
    Segments without the timestamps option, where both SYNs of the connection had it. RSTs may lack it,
    and keep-alives are left out, because BSD and macOS send them bare.

    ## Why it matters
    The receiver should drop such a segment without a word; some stacks do, some do not. Where all segments of
    one end lack them, a box on the way strips them after the handshake and the connection may hang. A single
    one was often made by somebody else: a proxy, a filter that answers for the server, an attacker.

    ## Example
    ```
    +0.000 > S 0:0(0) <mss 1460,sackOK,TS val 5 ecr 0>
    +0.010 < S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 90 ecr 5>
    +0.001 > . 1:1(0) ack 1 <nop,nop,TS val 15 ecr 90>
    +0.001 > P. 1:101(100) ack 1 <nop,nop,TS val 16 ecr 90>
    +0.002 < FP. 1:301(300) ack 101 ttl 61  # OPT006
    ```

    ## Not flagged
    A RST, and a keep-alive of BSD:
    ```
    +0.000  > S 0:0(0) <mss 1460,sackOK,TS val 5 ecr 0>
    +0.010  < S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 90 ecr 5>
    +0.001  > . 1:1(0) ack 1 <nop,nop,TS val 15 ecr 90>
    +0.001  > P. 1:101(100) ack 1 <nop,nop,TS val 16 ecr 90>
    +0.010  < . 1:1(0) ack 101 <nop,nop,TS val 99 ecr 16>
    +75.000 > . 100:100(0) ack 1
    +0.010  < . 1:1(0) ack 101 <nop,nop,TS val 7599 ecr 16>
    +0.100  < R 1:1(0)                   # RST001
    ```

    ## What to do
    Compare TTL and IP identification of the segment with its sender's others. Capture at that sender: where
    the segment is not seen, or has timestamps there, a box between made or changed it. In Wireshark
    `!tcp.options.timestamp.tsval && !tcp.flags.reset` shows them all. On Linux
    `sysctl net.ipv4.tcp_timestamps=0` avoids the question until the box is found.

    ## Limits
    Only the first such segment of each end is sure to be shown; how many followed is not counted. A segment
    whose options the capture cut off is not judged. An ACK that Linux sends for a connection in TIME-WAIT
    lacks them where its peer's last timestamp was 0.

    ## Sources
    - RFC 7323 §3.2: once agreed on, in every segment but a RST; others should be dropped
    """
    for server in (False, True):
        found = odd(case, Options.UNTIMED, server=server)
        if found:
            evidence = [Says(h.index, "no timestamps") for h in found]
            syns = [h for h in case.story.events if h.syn and h.index < found[0].index and h.standing == 0]
            evidence += [Says(h.index, "SYN-ACK" if h.syn_ack else "SYN") for h in syns]
            yield Hit(evidence, _message(found), count=len(found))


def _message(found: Sequence[Happening]) -> Callable[[View], str]:
    first = found[0]

    def message(view: View) -> str:
        lead = f"{end(view, server=first.server)} sent {end(view, server=not first.server)} a segment"
        since = next((h.index for h in view.story.events if h.syn and h.server == first.server), None)
        when = f" {view.took(since, first.index)} after its SYN" if since is not None else ""
        later = [
            h
            for h in view.story.events
            if h.server == first.server and h.index > first.index and not (h.quote or h.rst or h.syn)
        ]
        if not later:
            after = "it sent nothing more"
        elif later[-1] in found:
            after = "its last segment lacks them too"
        else:
            after = "its last segment has them again"
        where = distance(view, first.index)
        return f"{lead} without timestamps{when}{where}, although both had agreed on them; {after}"

    return message
