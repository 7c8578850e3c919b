"""What the SYNs of a connection offer, compared: for the rules about options.

It knows columns of offers by the names of options, and which SYN answers which. An option that the capture
cut off counts as offered, so that nobody is blamed for what was not recorded.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Options
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Manner
from handshake_inspect.flow.view import View
from handshake_inspect.integers import among
from handshake_inspect.rules.case import Case

NAMES = {
    "mss_bytes": "MSS",
    "window_shift": "window scale",
    "sack": "SACK permitted",
    "timestamps": "timestamps",
    "fast_open": "Fast Open",
    "mptcp": "Multipath TCP",
    "authenticated": "a signature",
}
"column of `Offers` → what the option is called in a sentence"

KINDS = {
    2: "MSS",
    3: "window scale",
    4: "SACK permitted",
    8: "timestamps",
    19: "MD5 signature",
    29: "TCP-AO",
    30: "Multipath TCP",
    34: "Fast Open",
}
"option kind → its name (IANA, TCP option kind numbers)"

CROSSED = (Manner.SIMULTANEOUS, Manner.SPLIT)
"Where both ends called, no SYN answers the other."


def offered_by_none(case: Case, option: str) -> bool:
    """No SYN of the whole recording carries this option."""
    return case.all.offered.has(option) is False


def offered_by_all(case: Case, option: str) -> bool:
    """Every SYN of the whole recording carries this option."""
    return case.all.offered.has(option) is True


def odd(case: Case, way: Options, *, server: bool) -> list[Happening]:
    """The kept segments of one end whose options are odd in this way."""
    return [h for h in case.story.events if h.options and h.options & way and h.server == server]


class Answered(NamedTuple):
    """A SYN-ACK and the SYNs it may answer, as positions of events."""

    syn_ack: int
    syns: Sequence[int]
    "copies and retries, the last one before the SYN-ACK first"


def answered(case: Case) -> Answered | None:
    """The SYN-ACK that was accepted and the SYNs before it; None where one is missing or SYNs crossed."""
    opening, events = case.story.opening, case.story.events
    if opening.syn is None or opening.syn_ack is None or opening.manner in CROSSED:
        return None
    if any(h.opener and h.server and not h.foreign for h in events):
        return None
    others = [
        h.index for h in events if h.opener and not h.server and not h.foreign and h.index != opening.syn
    ]
    return Answered(opening.syn_ack, [opening.syn, *others])


def has(case: Case, option: str, syn: int) -> Array:
    """Whether the SYN at that event carries this option, as far as it was captured."""
    known = case.all.offered.has(option)
    if isinstance(known, bool):
        return np.full(len(case), known)
    value = case.offer(option, syn)
    return value if value.dtype == bool else value >= 0


def may_have(case: Case, option: str, syn: int) -> Array:
    """Whether it carries this option, or may do so where the capture cut it."""
    return has(case, option, syn) | has(case, "cut", syn)


def unoffered(case: Case, option: str, pair: Answered) -> Array:
    """Whether the SYN-ACK has this option although none of the SYNs had it."""
    mask = has(case, option, pair.syn_ack)
    for syn in pair.syns:
        if not mask.any():
            break
        mask = mask & ~may_have(case, option, syn)
    return mask


def missing(case: Case, option: str, syn: int) -> Array:
    """Whether the SYN at that event lacks this option for certain."""
    return ~may_have(case, option, syn)


def wrong(case: Case, syn: Happening) -> Array | None:
    """The connections whose SYN at that event may be wrong by itself; None where none is."""
    frames = case.all.offered.wrong
    if not len(frames):
        return None
    mask = among(case.column("frame", syn.index), frames)
    return mask if mask.any() else None


def version(case: Case) -> Array:
    """The IP version of each connection."""
    versions: Array = case.all.ends.version[case.all.lives.flow[case.lives]]
    return versions


def offered(view: View, syn: int) -> dict[str, Any]:
    """All that the SYN at that event offers."""
    row = view.offer(syn)
    assert row is not None, "every SYN has its row among the offers"
    return row


def listed(words: Sequence[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def syns(case: Case) -> list[Happening]:
    """All SYNs and SYN-ACKs that the connection took."""
    return [h for h in case.story.events if h.syn]


def nowhere(case: Case) -> Array:
    """No connection of the case."""
    return np.zeros(len(case), bool)
