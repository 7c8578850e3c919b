"""SYN023: an offer of ECN that was dropped, or answered wrongly."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Flag
from handshake_inspect.finding import Severity
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate, openers
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule

ECN = Flag.ECE | Flag.CWR
"Both in a SYN offer ECN (RFC 3168 §6.1.1); with AE they offer accurate ECN (RFC 9768 §3.1.1)."


@rule("SYN023", "ecn-setup-failed", Severity.NOTE)
def ecn_setup_failed(case: Case) -> Iterator[Hit]:
    """The client's offer of ECN was dropped, or answered as no end may answer it.

    ## What it checks
    Whether SYNs that offer ECN (ECE and CWR) stayed unanswered until the client sent one without the offer,
    and this was answered. That costs a time-out, so it is a warning. And whether a SYN-ACK echoes all ECN
    bits of the SYN, or accepts ECN although no SYN had offered it; that is a note.

    ## Why it matters
    A box that drops SYNs for two bits costs every first call a second. A SYN-ACK that mirrors the bits comes
    from a host or box that does not understand them: both ends then have to do without ECN.

    ## Example
    ```
    +0.000 > SEW 0:0(0)                  # SYN023
    +1.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    ```
    All bits come back:
    ```
    +0.000 > SEW 0:0(0)
    +0.010 < S.EW 0:0(0) ack 1           # SYN023
    +0.010 > . 1:1(0) ack 1
    ```

    ## Not flagged
    A server that accepts, and one that does without:
    ```
    +0.000 > SEW 0:0(0)
    +0.010 < S.E 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 [2] > SEW 0:0(0)
    +0.010 [2] < S. 0:0(0) ack 1
    +0.010 [2] > . 1:1(0) ack 1
    ```
    A lost SYN, where the same server has answered another offer at once:
    ```
    +0.000 > SEW 0:0(0)
    +0.010 < S.E 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 1
    +0.100 [2] > SEW 0:0(0)
    +1.000 [2] > S 0:0(0)                # SYN001
    +0.010 [2] < S. 0:0(0) ack 1
    +0.010 [2] > . 1:1(0) ack 1
    ```

    ## What to do
    Call the same server with ECN on and off (`sysctl net.ipv4.tcp_ecn=1` and `=0`, or `ip route … features
    ecn`), and capture on both sides of each box in between. A firewall with a rule for reserved flags is the
    usual culprit. On Linux `ss -tin` says `ecn` where it was agreed on; in Wireshark look at
    `tcp.flags.syn == 1 && tcp.flags.ece == 1`.

    ## Limits
    Linux leaves the offer out of the first repetition, so a SYN that was simply lost looks the same: such a
    finding is only likely, and many of them to one server say more than one does. An answer to any offer of
    the recording by the same address speaks against it, and SYN001 is said instead.

    ## Sources
    - RFC 3168 §6.1.1: an offer has ECE and CWR set; its acceptance has ECE set, and CWR not
    - RFC 3168 §6.1.1.1: a SYN without the offer may follow one that was not answered
    - RFC 9768 §3.1.1, §3.1.2: the answers to an offer of accurate ECN, and all three bits echoed as broken
    """
    story = case.story
    tries = [h for h in openers(story) if not h.foreign]
    answer = next((h for h in story.events if h.syn_ack and h.server and h.valid), None)
    if not tries or answer is None or any(h.opener and h.server for h in story.events):
        return
    yield from _dropped(case, [h for h in tries if h.index < answer.index], answer)
    yield from _echoed(case, tries, answer)


def _bits(case: Case, h: Happening) -> Array:
    bits: Array = case.column("flags", h.index) & (ECN | Flag.AE)
    return bits


def _dropped(case: Case, tries: list[Happening], answer: Happening) -> Iterator[Hit]:
    """Offers that nothing answered, and a SYN without one that was."""
    story = case.story
    if len(tries) < 2 or any(h.server or h.rst for h in story.events[: answer.index]):
        return
    bits = [_bits(case, h) for h in tries]
    offered = [b & ECN == ECN for b in bits]
    withdrawn = offered[0] & (bits[-1] == 0)
    if not withdrawn.any():
        return
    withdrawn &= ~_answered_elsewhere(case, withdrawn)

    def message(view: View) -> str:
        plain = [h for h in tries if not view.event("flags", h.index) & ECN]
        opened = story.opening.outcome is Opened.ESTABLISHED
        return (
            f"{view.server} did not answer the SYN of {view.client} that offered ECN; it answered the one"
            f" without, sent {view.took(tries[0].index, plain[0].index)} later; {fate(story)}"
            + (f" {view.took(tries[0].index, tries[-1].index)} late" if opened else "")
        )

    evidence = [Says(tries[0].index, "SYN that offers ECN")]
    evidence += [Says(h.index, "SYN again") for h in tries[1:-1]]
    evidence += [Says(tries[-1].index, "SYN without the offer"), Says(answer.index, "SYN-ACK")]
    yield Hit(evidence, message, where=withdrawn, proved=False, severity=Severity.WARNING)


def _answered_elsewhere(case: Case, among: Array) -> Array:
    """For each connection whether an offer of ECN to its server's address was answered in this recording."""
    all_ = case.all
    calls, hosts = _answered_offers(all_), set()
    for high, low in zip(*_servers(all_, calls), strict=True):
        hosts.add((high, low))
    found = np.zeros(len(case), bool)
    at = np.flatnonzero(among)
    found[at] = [pair in hosts for pair in zip(*_servers(all_, case.lives[at]), strict=True)]
    return found


def _answered_offers(all_: Connections) -> Array:
    """The lives that began with an offer, and had an answer to their only SYN."""
    flags, facts = all_.events.flags[all_.lives.first], all_.facts
    offer = flags & (Flag.SYN | Flag.ACK | ECN) == Flag.SYN | ECN
    return np.flatnonzero(offer & (facts.client_syns == 1) & (facts.server_syn_acks > 0))


def _servers(all_: Connections, lives: Array) -> tuple[list[int], list[int]]:
    """The server's address of each life, in two halves."""
    flow, ends = all_.lives.flow[lives], all_.ends
    target = all_.lives.client[lives] == 0
    high = np.where(target, ends.target_high[flow], ends.source_high[flow])
    low = np.where(target, ends.target_low[flow], ends.source_low[flow])
    return high.tolist(), low.tolist()


def _echoed(case: Case, tries: list[Happening], answer: Happening) -> Iterator[Hit]:
    """A SYN-ACK with ECN bits that no end would set that understands them."""
    got = _bits(case, answer)
    if not (got & Flag.ECE).any():
        return
    bits = [_bits(case, h) for h in tries]
    accurate = np.logical_or.reduce([b & (ECN | Flag.AE) == ECN | Flag.AE for b in bits])
    classic = np.logical_or.reduce([b & (ECN | Flag.AE) == ECN for b in bits])
    mirrored = (accurate & (got == ECN | Flag.AE)) | (classic & ~accurate & (got & ECN == ECN))
    unasked = ~accurate & ~classic & (got & Flag.ECE != 0)
    evidence = [Says(answer.index, "SYN-ACK with wrong ECN bits"), Says(tries[-1].index, "SYN")]
    for where, told in ((mirrored, _mirrored), (unasked, _unasked)):
        if where.any():
            message = partial(told, took=(tries[0].index, answer.index))
            yield Hit(evidence, message, where=where, explains=False)


def _mirrored(view: View, *, took: tuple[int, int]) -> str:
    return (
        f"{view.server} sent back all ECN bits of {view.client}'s SYN in its SYN-ACK, {view.took(*took)}"
        f" later: that accepts nothing, and the connection does without ECN"
    )


def _unasked(view: View, *, took: tuple[int, int]) -> str:
    return (
        f"{view.server} accepted ECN in its SYN-ACK, {view.took(*took)} after a SYN of {view.client} that"
        f" had not offered it"
    )
