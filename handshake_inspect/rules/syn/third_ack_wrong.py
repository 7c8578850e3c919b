"""SYN010: a third segment whose numbers do not fit the handshake."""

from collections.abc import Iterator

import numpy as np

from handshake_inspect import seq, units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Acks, Place
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate, first_of
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.registry import rule
from handshake_inspect.units import SECOND

IMPOSSIBLE = (Acks.UNSENT, Acks.STALE)
UNSCALED_WINDOW = 0xFFFF
"No SYN-ACK offers more, for its window is not scaled (RFC 7323 §2.2)."


@rule("SYN010", "third-ack-wrong", Severity.ERROR)
def third_ack_wrong(case: Case) -> Iterator[Hit]:
    """The segment that should complete the handshake has a wrong number.

    ## What it checks
    The client's segments between the SYN-ACK and the first one that acknowledges it: whether one acknowledges
    what the server had not sent, or a number before the server's SYN. And whether the first that does
    acknowledge it has a sequence number that the server must refuse: from before the SYN, or beyond any
    window that the SYN-ACK can offer. It says by how much the number is off, and what the server did.

    ## Why it matters
    The server must not open the connection. It answers a wrong acknowledgement with a reset. A box that
    shifts sequence numbers in one direction only, a proxy that has lost its state, or a forged segment is the
    usual cause.

    ## Example
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 1:1(0) ack 7777           # SYN010
    +0.000 < R 7777:7777(0)
    ```
    The sequence number is wrong, and the server says which it waits for:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.010 > . 900001:900001(0) ack 1    # SYN010
    +0.000 < . 1:1(0) ack 1
    ```

    ## Not flagged
    The server had sent more than was captured, for it goes on:
    ```
    +0.000 > S 0:0(0)
    +0.010 < S. 0:0(0) ack 1
    +0.050 > P. 1:101(100) ack 301       # CAP005
    +0.010 < P. 301:401(100) ack 101
    +0.010 > . 101:101(0) ack 401
    ```
    Nor data in the SYN that the server did not accept: the third segment may stand before or behind it.
    ```
    +0.000 > S 0:100(100)
    +0.010 < S. 0:0(0) ack 1             # SYN019
    +0.010 > . 101:101(0) ack 1
    +0.001 > P. 1:101(100) ack 1
    +0.010 < . 1:1(0) ack 101
    ```

    ## What to do
    Capture before and behind each firewall, NAT, load balancer or SYN proxy on the way, and compare
    `tcp.seq_raw` and `tcp.ack_raw` of all three segments in Wireshark: the box where they begin to differ
    rewrites one direction only. On a Linux server `nstat -az TcpEstabResets TcpOutRsts` shows the resets.

    ## Limits
    Without a reset from the server a segment that the capture missed can look the same, so the finding is
    only likely. A wrong sequence number does not change what is said of the opening.

    ## Sources
    - RFC 9293 §3.10.7.4, fifth: in SYN-RECEIVED an unacceptable acknowledgement is answered with a reset
    - RFC 9293 §3.5.2, group 2: so it is in every state before ESTABLISHED
    - RFC 9293 §3.10.7.4, first: a sequence number outside the window is answered with an ACK
    """
    story, opening = case.story, case.story.opening
    if opening.syn_ack is None or opening.syn is None:
        return
    if opening.outcome not in (Opened.ESTABLISHED, Opened.INVALID, Opened.RESET, Opened.HALF_OPEN):
        return
    end = opening.ack if opening.ack is not None else len(story.events)
    between = [h for h in story.events[opening.syn_ack : end] if not h.server and h.plain]
    wrong = [h for h in between if h.acks in IMPOSSIBLE]
    refused = [_refused(case, h) for h in wrong]
    for k, where in first_of(refused):
        yield _hit(case, wrong[k:], where)
    if opening.ack is not None:
        last = story.events[opening.ack]
        if last.place in (Place.HOLE, Place.OLD):
            yield _hit(case, [last], _misplaced(case, last) & ~_any(case, refused))


def _hit(case: Case, wrong: list[Happening], where: Array) -> Hit:
    story, h = case.story, wrong[0]
    reset = _reset(case, h)
    again = [o for o in story.events[h.index + 1 :] if o.syn_ack and o.server]
    told = next(
        (o for o in story.events[h.index + 1 : h.index + 2] if o.server and o.bare_ack and o.valid), None
    )

    def message(view: View) -> str:
        syn_ack = story.opening.syn_ack or 0
        if h.valid:
            off = seq.ahead(view.event("seq", h.index), view.event("ack", syn_ack))
            what = "has a sequence number"
        else:
            off = seq.ahead(view.event("ack", h.index), seq.add(view.event("seq", syn_ack), 1))
            what = "acknowledges a number"
        side = "beyond" if off > 0 else "before"
        said = f"the segment of {view.client} that should complete the handshake with {view.server} {what}"
        said += f" {units.counted(abs(off), 'byte')} {side} the right one"
        if reset:
            said += f"; the server reset it {view.took(h.index, reset.index)} later"
        return f"{said}; {fate(story)}" if not h.valid else said

    number = "sequence number" if h.valid else "acknowledgement number"
    evidence = [Says(h.index, f"third segment, with a wrong {number}")]
    evidence += [Says(story.opening.syn_ack or 0, "SYN-ACK")]
    evidence += [Says(o.index, "wrong again") for o in wrong[1:]]
    evidence += [Says(reset.index, "the server rejects it")] if reset else []
    evidence += [Says(told.index, "the server says what it waits for")] if told and h.valid else []
    evidence += [Says(o.index, "SYN-ACK again") for o in again]
    right = story.opening.ack
    evidence += [Says(right, "the right one")] if right is not None and right != h.index else []
    proved = _answered(case, h, reset) if reset else np.zeros(len(case), bool)
    return Hit(
        evidence,
        message,
        count=len(wrong),
        where=where,
        proved=proved,
        doubtful=~proved & (case.silence(h.index) < SECOND),
    )


def _reset(case: Case, h: Happening) -> Happening | None:
    later = (o for o in case.story.events[h.index + 1 :] if o.server and o.rst and not o.ack)
    return next(later, None)


def _answered(case: Case, h: Happening, reset: Happening) -> Array:
    """Whether the reset has the number that the wrong segment acknowledged."""
    same: Array = case.column("seq", reset.index) == case.column("ack", h.index)
    return same


def _refused(case: Case, h: Happening) -> Array:
    """Whether the server had to refuse that acknowledgement, and nothing shows that it did not."""
    opening, events = case.story.opening, case.story.events
    reset = _reset(case, h)
    refused = _answered(case, h, reset) if reset else np.zeros(len(case), bool)
    went_on = any(o.server and o.plain and (o.payload or o.fin) for o in events[h.index :])
    if h.acks is Acks.STALE or not (opening.outcome is Opened.ESTABLISHED or went_on):
        refused = np.ones(len(case), bool)
    # A segment of the life before has both of its numbers from there.
    fits = case.column("seq", h.index) == case.column("ack", opening.syn_ack or 0)
    result: Array = refused & (fits | (case.neighbour(-1) < 0))
    return result


def _misplaced(case: Case, h: Happening) -> Array:
    """Whether its sequence number is one that no server can take, and nothing shows that it was taken."""
    opening = case.story.opening
    number = case.column("seq", h.index)
    before = seq.ahead(number, case.column("seq", opening.syn or 0)) < 0
    beyond = seq.ahead(number, case.column("ack", opening.syn_ack or 0)) > UNSCALED_WINDOW
    answers = [o for o in case.story.events[h.index :] if o.server and o.ack and not o.rst]
    taken = _any(case, [seq.ahead(case.column("ack", o.index), number) >= 0 for o in answers])
    result: Array = before | (beyond & ~taken)
    return result


def _any(case: Case, marks: list[Array]) -> Array:
    any_of_them: Array = np.logical_or.reduce([np.zeros(len(case), bool), *marks])
    return any_of_them
