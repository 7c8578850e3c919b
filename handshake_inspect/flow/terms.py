"""Connections in the terms of other tools, each worked out once for all that it holds for.

It knows which of `zeek`'s answers a shape decides, and which depend on what was counted or on numbers.
"""

from handshake_inspect.columns import Array
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.flow.zeek import completeness, conn_state, written


class Terms:
    """What is worked out once for all connections of a shape."""

    def __init__(self, story: Story) -> None:
        self.conn_state = conn_state(story)
        self.completeness = completeness(story)
        self.history: str | None = None
        "of those connections in which nothing was counted, once it is known"
        real = [h for h in story.events if not h.quote]
        ends = {h.server: h.index for h in real}
        self.last = tuple(ends.values())
        "the last event of each end"
        controls = [(h.server, _control(h)) for h in real if _control(h)]
        self.fixed = len(controls) == len(set(controls))
        "no sequence number decides, for no end sent two SYNs, FINs or RSTs"


def terms(all_: Connections, shape: int) -> Terms:
    """The terms of a shape."""
    known: Terms | None = all_.terms.get(shape)
    if known is None:
        known = all_.terms[shape] = Terms(all_.stories[shape])
    return known


def histories(all_: Connections, shape: int, lives: Array) -> list[str]:
    """Zeek's history of connections of one shape."""
    shared = terms(all_, shape)
    if not shared.fixed:
        return [written(View(all_, life)) for life in lives.tolist()]
    told = []
    for life, counted in zip(lives.tolist(), _counted(all_, lives, shared.last).tolist(), strict=True):
        if counted:
            told.append(written(View(all_, life)))
            continue
        if shared.history is None:
            shared.history = written(View(all_, life))
        told.append(shared.history)
    return told


def _control(h: Happening) -> str:
    return "SYN" if h.opener or h.syn_ack else "FIN" if h.fin else "RST" if h.rst else ""


def _counted(all_: Connections, lives: Array, last: tuple[int, ...]) -> Array:
    """For each life whether an end sent anything again or closed its window, in it or in one before."""
    flow, first = all_.lives.flow, all_.lives.first[lives]
    counted: Array = (lives > 0) & (flow[lives - 1] == flow[lives])
    for at in last:
        counted |= (all_.events.again[first + at] != 0) | (all_.events.shut[first + at] != 0)
    return counted
