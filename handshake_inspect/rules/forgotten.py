"""RSTs of an end that knows nothing of the connection, and what they answered.

It knows numbers and order, not why the connection was forgotten, nor whether the end itself sent the RST.
"""

from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened
from handshake_inspect.flow.shape import Place
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View


def forgotten(story: Story) -> tuple[Happening, list[int]] | None:
    """The RST of an end that knew nothing, and what its peer had tried."""
    events = story.events
    for rst in events:
        if not rst.rst:
            continue
        effect = story.effects[rst.index]
        before = events[: rst.index]
        ended = any(
            (h.fin and h.server == rst.server) or (h.rst and _ended(story, h, also=h.server == rst.server))
            for h in before
        )
        if ended:
            return None
        if rst.ack or not (effect.taken or effect.meant):
            continue
        # What its peer sent since it last said something itself, the segment just before the RST at the end.
        spoke = max((h.index for h in before if h.server == rst.server and not h.quote), default=-1)
        # Of an older connection's end that has said nothing yet, it is not known what would be new.
        late = spoke < 0 and story.opening.outcome is Opened.UNSEEN
        tries = [h.index for h in before if h.index > spoke and h.server != rst.server and _telling(h, late)]
        if tries and tries[-1] == rst.index - 1:
            return rst, tries
    return None


def _ended(story: Story, rst: Happening, *, also: bool) -> bool:
    """Whether a RST ended the connection for both; one that its sender did not send leaves it half-open.

    `also` counts those that ended it for one end only. What nobody believed or meant ended nothing.
    """
    effect = story.effects[rst.index]
    return (effect.taken or effect.meant) if also else effect.taken and not effect.sender_went_on


def _telling(h: Happening, late: bool) -> bool:
    """Data, a FIN, a keep-alive, or what may be one."""
    return h.plain and bool(h.acks) and (late or h.payload or h.fin or h.place is Place.PROBE)


def tried(view: View, index: int) -> str:
    """What such a RST answered."""
    last = view.story.events[index]
    if last.payload:
        return "data"
    if last.fin:
        return "a FIN"
    if last.place is not Place.PROBE:
        return "an ACK"
    heard = [h for h in view.story.events[:index] if h.server != last.server and h.plain]
    return "a keep-alive" if not heard or view.event("window", heard[-1].index) else "a window probe"


def silence(view: View, index: int) -> str:
    """How long the peer had not been heard when an event was sent, or nothing where that is not known."""
    heard = view.heard(index)
    return view.took(heard, index) if heard is not None else ""
