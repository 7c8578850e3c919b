"""RST007: a RST that another box sent in an end's name."""

from collections.abc import Iterator, Sequence

import numpy as np

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Options
from handshake_inspect.finding import Severity
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.shape import Reset
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.integers import distinct
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.disowned import elsewhere, goes_on, judgeable, later
from handshake_inspect.rules.forgotten import forgotten, silence, tried
from handshake_inspect.rules.habit import fits_ids, others
from handshake_inspect.rules.registry import rule
from handshake_inspect.rules.sender import end
from handshake_inspect.rules.unheeded import told

JUDGED = 32
"RSTs of one connection that are looked at; a storm is told by its first ones."


@rule("RST007", "reset-injected", Severity.WARNING)
def reset_injected(case: Case) -> Iterator[Hit]:
    """A RST was sent by another box than the end it names.

    ## What it checks
    Whether the TTL or hop limit of a RST differs from the one that all other segments of its sender have;
    whether that sender went on with new data as if it had not sent the RST; whether the RST has timestamps
    that the SYNs had not agreed on, or lacks them where another RST with ACK of that end has them. A RST in
    the window, but not exact, that neither end heeded counts too, where no challenge ACK answered it. The
    message adds what else does not fit: IP identification, window, missing timestamps. A RST that ended an
    open connection or an attempt to open one is an ERROR; one after a complete close is a NOTE.

    ## Why it matters
    Neither end reset: firewalls, load balancers, intrusion prevention and censors do so on behalf of an end,
    and so may a stranger. Looking for the fault in the applications is in vain.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.001 < R. 1:1(0) ack 101 ttl 50    # RST007
    +0.010 < . 1:1(0) ack 101
    +0.001 > R 101:101(0)
    ```
    The end it names goes on, with new data:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    +1.000 > R 101:101(0)                # RST007
    +0.200 > P. 101:141(40) ack 301
    +0.010 < R 301:301(0)                # RST003
    ```

    In the window, and neither end takes notice:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < P. 1:301(300) ack 101
    +0.001 > . 101:101(0) ack 301
    +1.000 > R 1101:1101(0)              # RST007
    +0.200 > P. 101:141(40) ack 301
    +0.010 < . 301:301(0) ack 141
    ```
    A box that copies options without knowing what the ends agreed on:
    ```
    +0.000 > S 0:0(0)                    <mss 1460>
    +0.010 < S. 0:0(0) ack 1             <mss 1460>
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101
    +0.001 < R. 1:1(0) ack 101           <nop,nop,TS val 7 ecr 0>   # RST007
    ```

    ## Not flagged
    A RST that fits its sender:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < R. 1:1(0) ack 101           # RST001
    ```
    A socket that aborts, and its kernel that answers what still comes, without ACK and without options:
    ```
    +0.000 > S 0:0(0)                    <mss 1460,sackOK,TS val 5 ecr 0>
    +0.010 < S. 0:0(0) ack 1             <mss 1460,sackOK,TS val 90 ecr 5>
    +0.010 > . 1:1(0) ack 1              <nop,nop,TS val 25 ecr 90>
    +0.001 > P. 1:101(100) ack 1         <nop,nop,TS val 26 ecr 90>
    +0.010 < R. 1:1(0) ack 101 win 509   <nop,nop,TS val 110 ecr 26>  # RST001
    +0.001 > P. 101:201(100) ack 1       <nop,nop,TS val 37 ecr 90>
    +0.010 < R 1:1(0) win 0
    ```
    Nor a RST whose number its receiver need not believe (ACK002, RST005), nor the RST of a scanner's own
    kernel after a SYN that a tool made.

    ## What to do
    Capture beside the end that is named: a RST that is not seen there came from somewhere between. The TTL
    tells how far away the box is: subtract it from the 64, 128 or 255 it most likely began with, and
    compare with `traceroute`. Look for idle time-outs, connection limits and content filters of the
    firewalls and load balancers on the way; many of them reset on purpose and are right to.

    ## Limits
    Routes change, and some hosts send RSTs with another TTL than their sockets do, so a TTL alone is
    likely and not certain. A box that copies the TTL is not found unless the end goes on. A RST with no
    other segment of its sender, or a single one before it, cannot be judged. Window, IP identification and
    missing timestamps of a RST differ on ordinary hosts too, and are never the only reason: what answers for
    a socket that is gone has a window of 0 and no options, and BSD and Windows leave timestamps off RSTs.
    That no challenge ACK came for a RST in the window says little: Linux sends one in 500 ms at most.

    ## Sources
    - RFC 3360 §1, §2.3: RSTs that firewalls and other boxes on the way send
    - RFC 9293 §3.10.5: an end that reset has no connection to go on with
    - RFC 5961 §3.2, §7: a RST in the window is to be challenged, and challenges may be limited
    - RFC 9293 §3.5.2: when an end sends a RST, with which number, and when with ACK
    - RFC 7323 §3.2: timestamps only where both SYNs had them; a RST should have them then, but may lack them
    """
    rsts = [h for h in case.story.events if h.rst][:JUDGED]
    judged = [h for h in rsts if judgeable(case.story, h)]
    if not judged:
        return
    unlike = [elsewhere(case, h) for h in judged]
    went_on = [goes_on(case, h) for h in judged]
    pattern = np.zeros(len(case), np.int64)
    for k, h in enumerate(judged):
        pattern |= ((unlike[k] | went_on[k]) & ~told(case, h)).astype(np.int64) << k
    for bits in distinct(pattern[pattern != 0]).tolist():
        marked = [k for k in range(len(judged)) if bits >> k & 1]
        sure = np.logical_or.reduce([went_on[k] for k in marked])
        yield _hit(case.story, [judged[k] for k in marked], pattern == bits, sure)


def _hit(story: Story, marked: Sequence[Happening], where: Array, sure: Array) -> Hit:
    rst = marked[0]
    next_ = next(later(story, rst), None)
    found = forgotten(story)
    tries = found[1] if found is not None and found[0] is rst else []
    did = story.effects[rst.index]
    same = sum(h.server == rst.server for h in marked)

    def message(view: View) -> str:
        who, other = end(view, server=rst.server), end(view, server=not rst.server)
        count = f"{len(marked)} RSTs" if len(marked) > 1 else "a RST"
        whose = f"in the name of {who}" if same == len(marked) else "in the names of both ends"
        lead = f"{count} {whose} to {other}" if same == len(marked) else f"{count} {whose}"
        why = _why(view, rst.index, "its" if len(marked) == 1 else "the first one's")
        by = "was" if len(marked) == 1 else "were"
        said = f"{lead} {by} sent by another box{f': {why}' if why else ''}"
        if rst.reset is Reset.IN_WINDOW and did.receiver_went_on:
            off = seq.ahead(view.event("seq", rst.index), view.event("peer_acked", rst.index))
            said += f"; {other} ignored it, {units.counted(off, 'byte')} beyond what it expected next"
        if tries and (idle := silence(view, tries[0])):
            said += f"; it answered {tried(view, tries[-1])} sent {idle} after {who} was last heard"
        if next_ is not None:
            said += f"; {who} went on {view.took(rst.index, next_.index)} later"
        return said

    evidence = [Says(rst.index, "RST, not of the end it names")]
    evidence += [Says(h.index, "RST of that box") for h in marked[1:]]
    evidence += [Says(others(story, rst.index)[0].index, "how that end itself sends")]
    if next_ is not None:
        evidence.append(Says(next_.index, "that end goes on"))
        gone = (h for h in story.events[next_.index :] if h.rst and h not in marked)
        evidence += [Says(h.index, "RST: the connection is gone") for h in gone][:1]
    severity = Severity.NOTE if story.closing.outcome is Closed.CLOSED else None
    if did.taken and severity is None:
        severity = Severity.ERROR
    return Hit(
        evidence,
        message,
        count=len(marked),
        where=where,
        proved=sure,
        severity=severity,
    )


def _why(view: View, index: int, whose: str) -> str:
    """What of the RST does not fit the sender's other segments."""
    mine = [h.index for h in others(view.story, index)]
    ttls = {view.event("ttl", i) for i in mine}
    parts = []
    if len(ttls) == 1 and view.event("ttl", index) not in ttls:
        ttl = view.event("ttl", index)
        parts.append(f"{whose} TTL is {ttl} where that end's other segments have {ttls.pop()}")
    ids = [view.event("ip_id", i) for i in mine]
    if not fits_ids(view.event("ip_id", index), ids):
        counted = [i for i in ids if i]
        parts.append(
            f"{whose} IP identification is {view.event('ip_id', index)} where theirs count "
            f"from {counted[0]} to {counted[-1]}"
        )
    parts += _timestamps(view, index, whose)
    before = [i for i in mine if i < index and view.story.events[i].plain]
    # A window of 0 is what every stack may put in a RST.
    if before and view.event("window", index) not in (0, view.event("window", before[-1])):
        last = view.event("window", before[-1])
        parts.append(f"{whose} window is {view.event('window', index)} where the last one was {last}")
    return ", and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def _timestamps(view: View, index: int, whose: str) -> list[str]:
    """How the timestamps of a RST differ from those of what a live socket sends."""
    rst = view.story.events[index]
    theirs = {
        bool(view.event("options", h.index) & Options.TIMED)
        for h in view.story.events
        if h.server == rst.server and h is not rst and (h.plain or (h.rst and h.ack)) and not h.foreign
    }
    mine = bool(view.event("options", index) & Options.TIMED)
    if mine and True not in theirs:
        return [f"{whose} timestamps were not agreed on"]
    if rst.ack and not mine and True in theirs:
        return [f"{whose} timestamps are missing"]
    return []
