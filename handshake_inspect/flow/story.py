"""A story: everything that equal connections have in common, told once for all of them.

It is told from a shape, so it knows no numbers, times or addresses; where those matter, a rule asks the
columns of the connections that share the story.
"""

from collections.abc import Sequence

from msgspec import Struct

from handshake_inspect.flow.closing import Closing, closing
from handshake_inspect.flow.echo import with_echo
from handshake_inspect.flow.happening import Happening, happenings
from handshake_inspect.flow.lived import Part, live
from handshake_inspect.flow.lives import KnownBy
from handshake_inspect.flow.opening import Opened, Opening, opening
from handshake_inspect.flow.resets import Effect, effects
from handshake_inspect.machine.states import State


class Story(Struct, frozen=True):
    """What happened, in the words of the state machine."""

    events: tuple[Happening, ...]
    known_by: KnownBy
    opening: Opening
    closing: Closing
    client: Part
    server: Part
    effects: dict[int, Effect]
    "what each RST did, by its position"

    def of(self, *, server: bool) -> Part:
        """One end's part."""
        return self.server if server else self.client


def tell(tokens: Sequence[int], known_by: KnownBy) -> Story:
    """The story of a shape."""
    events = happenings(tokens)
    did = effects(events)
    both = with_echo(events) if known_by is KnownBy.ITSELF else events
    opened = opening(both, did)
    # Who is met in the middle of a connection is taken to be in it: no other state would send data.
    late = opened.outcome is Opened.UNSEEN and not any(h.syn for h in events)
    start = State.ESTABLISHED if late else State.LISTEN
    return Story(
        events,
        known_by,
        opened,
        closing(both, opened, did),
        live(both, did, server=False, start=start),
        live(both, did, server=True, start=start),
        did,
    )
