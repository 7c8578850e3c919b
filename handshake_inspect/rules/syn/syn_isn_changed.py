"""SYN012: a second SYN with another number while the first attempt was open."""

from collections.abc import Iterator
from functools import partial

from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Acks
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate, first_of, openers, replacing, stories_before
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule

UNOPENED = (Opened.HALF_OPEN, Opened.INVALID)
"Where no other rule says that the attempt failed."


@rule("SYN012", "syn-isn-changed", Severity.NOTE)
def syn_isn_changed(case: Case) -> Iterator[Hit]:
    """The client sent a SYN with another initial sequence number while it was still opening the connection.

    ## What it checks
    Two different initial sequence numbers from the same address and port before the connection opened, the
    second before the next try of the first was due. It tells which one the server answered, what the client
    did with the answer, and whether the connection opened. An attempt that failed by it is a warning.

    ## Why it matters
    A stack keeps its number while it tries. Two numbers mean that an old SYN is still in the network, that
    the client dropped its attempt and began anew, or that two hosts share one address.

    ## Example
    The client forgot its first attempt, and calls again from the same port:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.300 > S 90000:90000(0)            # SYN012
    +0.010 < S. 70000:70000(0) ack 90001
    +0.010 > . 90001:90001(0) ack 70001
    ```
    The server answers the old SYN, and the client's reset does not get through:
    ```
    +0.000 > S -5000:-5000(0)
    +0.050 > S 0:0(0)                    # SYN012
    +0.010 < S. 0:0(0) ack -4999
    +1.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack -4999
    ```

    ## Not flagged
    ```
    +0.000 > S 0:0(0)
    +1.000 > S 0:0(0)                    # SYN001
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    ```
    Nor an old SYN whose story is complete (SYN013), nor an attempt that was never answered before the next
    one began (SYN002).

    ## What to do
    Look at TTL and timestamps of the two SYNs: the same host, or another one with the same address? If it is
    one host, look for a client that binds its source port and closes too early, or for a NAT that hands out a
    port again at once (`net.ipv4.ip_local_port_range`, `conntrack -S`).

    ## Limits
    Port scanners and load generators that reuse one source port do this on purpose.

    ## Sources
    - RFC 9293 §3.5 figure 8: an old duplicate SYN and what becomes of it
    - RFC 9293 §3.4.1: each attempt chooses its own initial sequence number
    - RFC 1122 §4.2.2.11: for that, SYN-RECEIVED remembers which kind of opening led to it
    """
    yield from _within(case)
    yield from _over_two(case)


def _within(case: Case) -> Iterator[Hit]:
    """Both SYNs in one life."""
    story = case.story
    calls = openers(story)
    if len(calls) < 2:
        return
    numbers = [case.column("seq", h.index) for h in calls]
    for k, where in first_of([n != numbers[0] for n in numbers[1:]]):
        new = calls[k + 1]
        rest = [h for h in story.events[new.index + 1 : story.opening.ack] if not h.quote]
        yield Hit(
            [
                Says(new.index, "SYN with another number"),
                Says(calls[0].index, "the first SYN"),
                *(Says(h.index, _says(h)) for h in rest if h.syn or h.foreign or h.rst or h.server),
            ],
            partial(_message, old=calls[0].index, new=new.index),
            where=where,
            severity=Severity.WARNING if story.opening.outcome in UNOPENED else None,
        )


def _says(h: Happening) -> str:
    if h.opener:
        return "a further SYN"
    if h.rst:
        return "RST"
    what = "SYN-ACK" if h.syn_ack else "ACK"
    return f"{what} for the first SYN" if h.acks is Acks.OLDER_SYN else what


def _over_two(case: Case) -> Iterator[Hit]:
    """The first SYN was answered, and the second began a life of its own."""
    story = case.story
    if not story.events[0].opener or story.events[0].server:
        return
    for before, where in stories_before(case, replacing(case)):
        if before.opening.outcome is not Opened.HALF_OPEN or before.opening.syn is None:
            continue
        length = len(before.events)
        old = before.opening.syn - length
        evidence = [Says(0, "SYN with another number"), Says(old, "the first SYN")]
        evidence += [Says(h.index - length, "SYN-ACK for it") for h in before.events if h.syn_ack]
        yield Hit(
            evidence,
            partial(_message, old=old, new=0),
            where=where,
        )


def _message(view: View, *, old: int, new: int) -> str:
    return (
        f"{view.client} sent {view.server} a SYN with another initial sequence number "
        f"{view.took(old, new)} after its first, which was still open; {fate(view.story)}"
    )
