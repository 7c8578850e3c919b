"""OPT009: a SYN that was sent again with other options."""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

from handshake_inspect import units
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Syn
from handshake_inspect.flow.view import View
from handshake_inspect.rules.attempts import fate, first_of
from handshake_inspect.rules.case import Case, Hit, Says
from handshake_inspect.rules.offers import NAMES, has, listed, missing, nowhere, offered
from handshake_inspect.rules.registry import rule

SIZES = ("mss_bytes", "window_shift")
"Options whose number stays the same from try to try."


@rule("OPT009", "options-changed-on-retry", Severity.WARNING)
def options_changed_on_retry(case: Case) -> Iterator[Hit]:
    """The client sent its SYN again with other options.

    ## What it checks
    SYNs of one attempt, with one initial sequence number. Options that were left out count when the SYN
    without them was the first to be answered: then they may be why the others were not. Options that were
    added or have another number always count. How much later the connection opened is said here.

    ## Why it matters
    Clients leave options out after a while, in case a box on the way drops SYNs that have them: Linux leaves
    out Fast Open at once and Multipath TCP after some tries, Windows window scaling in its third SYN,
    BSD and macOS several after three. If that SYN gets through, every new connection may pay the same delay.
    No stack adds options or changes their numbers: two SYNs that differ so went through different boxes.

    ## Example
    ```
    +0.000 > S 0:0(0) <mss 1460,sackOK,TS val 5 ecr 0,nop,wscale 7,mptcp 0181>
    +1.000 > S 0:0(0) <mss 1460,sackOK,TS val 1005 ecr 0,nop,wscale 7,mptcp 0181>
    +2.000 > S 0:0(0) <mss 1460,sackOK,TS val 3005 ecr 0,nop,wscale 7>  # OPT009
    +0.010 < S. 0:0(0) ack 1 <mss 1460,sackOK,TS val 90 ecr 3005,nop,wscale 7>
    +0.010 > . 1:1(0) ack 1 <nop,nop,TS val 3025 ecr 90>
    ```

    ## Not flagged
    Nothing answers, whatever is left out. That is how Windows gives up:
    ```
    +0 > S 0:0(0) <mss 1460,nop,wscale 8,nop,nop,sackOK>  # SYN002
    +3 > S 0:0(0) <mss 1460,nop,wscale 8,nop,nop,sackOK>
    +6 > S 0:0(0) <mss 1460,nop,nop,sackOK>
    ```
    Nor another timestamp, nor other ECN flags, nor a SYN that was answered before it was sent again.

    ## What to do
    Try again with the option switched off, and see whether the first SYN is answered now:
    `sysctl net.ipv4.tcp_fastopen`, `net.mptcp.enabled`, `net.ipv4.tcp_timestamps`. If so, capture on
    both sides of each firewall on the way to find which one drops it. `nstat -az` counts
    `TcpExtTCPFastOpenBlackhole` and `MPTcpExtMPCapableSYNTXDrop`.

    ## Limits
    The first SYN may have been lost by chance; one connection proves nothing, several of them do. Options
    that the capture cut off are not compared.

    ## Sources
    - RFC 7413 §4.2.1 and §7.1: a SYN with the option or with data may be dropped on the way; retry without
    - RFC 8684 §3.1: after some tries a client leaves Multipath TCP out
    - RFC 9293 §3.8.3: a SYN is retransmitted in the way that data is
    """
    tries = _tries(case)
    if len(tries) < 2:
        return
    opening = case.story.opening
    heard = tries[-1] if opening.syn_ack is not None and tries[-1].index == opening.syn else None
    changes = [_changed(case, before, after, heard) for before, after in pairwise(tries)]

    for k, where in first_of(changes):
        if not where.any():
            continue
        before, after = tries[k], tries[k + 1]
        evidence = [Says(after.index, "SYN again, other options"), Says(before.index, "SYN before")]
        evidence += [Says(h.index, "SYN" if h is tries[0] else "SYN again") for h in tries]
        if opening.syn_ack is not None:
            evidence.append(Says(opening.syn_ack, "SYN-ACK"))
        yield Hit(evidence, _message(tries, before, after), count=len(tries) - 1, where=where)


def _tries(case: Case) -> list[Happening]:
    """The SYNs of the attempt that was answered first or last made, up to the one that was answered."""
    opening, events = case.story.opening, case.story.events
    answered = opening.outcome is not Opened.UNANSWERED and opening.syn is not None
    end = opening.syn if answered and opening.syn is not None else len(events)
    tries: list[Happening] = []
    for h in events:
        if h.opener and not h.server and not h.foreign and h.index <= end:
            tries = [*tries, h] if h.standing == Syn.AGAIN else [h]
        elif tries and h.server and h.syn_ack and h.valid and h.index < end:
            # Whatever follows an answer cannot have brought it.
            return []
    return tries


def _changed(case: Case, before: Happening, after: Happening, heard: Happening | None) -> Array:
    """Where the later SYN has other options; what it leaves out counts if the answered one did too."""
    changed = nowhere(case)
    for option in NAMES:
        old, new = has(case, option, before.index), has(case, option, after.index)
        changed |= new & missing(case, option, before.index)
        if heard:
            changed |= old & missing(case, option, after.index) & missing(case, option, heard.index)
        if option in SIZES:
            changed |= old & new & (case.offer(option, before.index) != case.offer(option, after.index))
    return changed


def _message(tries: Sequence[Happening], before: Happening, after: Happening) -> Callable[[View], str]:
    def message(view: View) -> str:
        old, new = offered(view, before.index), offered(view, after.index)
        gone, added, other = [], [], []
        for option, name in NAMES.items():
            had, has_now = _there(old[option]), _there(new[option])
            if had and not has_now:
                gone.append(name)
            elif has_now and not had:
                added.append(name)
            elif option in SIZES and had and old[option] != new[option]:
                other.append(f"{name} {new[option]} instead of {old[option]}")
        words = [f"without {listed(gone)}"] if gone else []
        words += [f"with {listed(added + other)}"] if added or other else []
        opening, later = view.story.opening, view.took(tries[0].index, after.index)
        fared = fate(view.story)
        if opening.outcome is Opened.ESTABLISHED and opening.syn is not None:
            fared += f" {view.took(tries[0].index, opening.syn)} late"
        if opening.syn_ack is not None and opening.syn == after.index:
            fared = f"it was answered, and {fared}"
        lead = f"{view.client} sent its SYN to {view.server} {units.times(len(tries))}"
        return f"{lead}, and the one {later} after the first came {' and '.join(words)}; {fared}"

    return message


def _there(value: bool | int) -> bool:
    return value if isinstance(value, bool) else value >= 0
