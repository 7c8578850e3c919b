"""Who sent an event, and whether it looks as if it came from somewhere else.

It knows addresses and distances, not causes.
"""

from handshake_inspect import seq
from handshake_inspect.decode.segments import Flag
from handshake_inspect.flow.events import OWN_ACKED, OWN_NEXT, PEER_ACKED, PEER_NEXT
from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View


def end(view: View, *, server: bool) -> str:
    """The address and port of one end."""
    return view.server if server else view.client


def following(story: Story, index: int, *, server: bool) -> Happening | None:
    """The first segment that one end sends after an event."""
    return next(
        (h for h in story.events if h.index > index and h.server == server and not h.quote),
        None,
    )


def distance(view: View, index: int) -> str:
    """What the TTL says of a segment that came another way than its sender's others, or nothing.

    Routes change, so another TTL is a hint and no proof.
    """
    server = view.story.events[index].server
    others = {
        view.event("ttl", h.index)
        for h in view.story.events
        if h.server == server and h.index != index and not h.quote and not h.rst and not h.foreign
    }
    ttl = view.event("ttl", index)
    if len(others) != 1 or ttl in others:
        return ""
    return f" (TTL {ttl} where its other segments have {others.pop()}: perhaps sent by someone else)"


def unacknowledged(view: View, index: int, *, flags: int = 0) -> int:
    """How many bytes the sender of an event had sent before it that its peer never acknowledged.

    `flags` is how many of the sequence numbers may be those of SYN and FIN, which carry no byte.
    """
    if view.event("known", index) & (OWN_NEXT | PEER_ACKED) != OWN_NEXT | PEER_ACKED:
        return 0
    return max(0, seq.ahead(view.event("own_next", index), view.event("peer_acked", index)) - flags)


def unread(view: View, index: int, *, flags: int = 0) -> int:
    """How many bytes its peer had sent that the sender of an event never acknowledged, not even by it."""
    if view.event("known", index) & (OWN_ACKED | PEER_NEXT) != OWN_ACKED | PEER_NEXT:
        return 0
    left = seq.ahead(view.event("peer_next", index), view.event("own_acked", index))
    if view.event("flags", index) & Flag.ACK:
        left = min(left, seq.ahead(view.event("peer_next", index), view.event("ack", index)))
    return max(0, left - flags)
