"""How a connection closed: the outcome, who began it, and the event that decides it."""

from collections.abc import Callable, Sequence
from enum import StrEnum

from msgspec import Struct

from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.opening import Opened, Opening
from handshake_inspect.flow.resets import Effect
from handshake_inspect.flow.shape import Acks


class Closed(StrEnum):
    """The closing's outcome."""

    CLOSED = "closed"
    CLOSING = "closing"
    HALF_CLOSED = "half-closed"
    RESET = "reset"
    RESET_AFTER_FIN = "reset-after-fin"
    OPEN = "open"
    NEVER_OPENED = "never-opened"


class Closing(Struct, frozen=True):
    """How a connection closed; positions of events, None where there was none."""

    outcome: Closed
    by_server: bool | None = None
    "who sent the first FIN or the ending RST"
    event: int | None = None
    "that FIN or RST"
    client_fin: int | None = None
    server_fin: int | None = None
    client_fin_ack: int | None = None
    "the server's first acknowledgement of the client's FIN"
    server_fin_ack: int | None = None
    reset: int | None = None
    "the RST that ended it"


def closing(story: Sequence[Happening], opened: Opening, effects: dict[int, Effect]) -> Closing:
    """The closing of a story."""
    if opened.outcome not in (Opened.ESTABLISHED, Opened.UNSEEN):
        return Closing(Closed.NEVER_OPENED)
    client_fin = _first(story, lambda h: h.fin and not h.server)
    server_fin = _first(story, lambda h: h.fin and h.server)
    client_fin_ack = _first(story, lambda h: h.server and h.acks is Acks.FIN and not h.rst)
    server_fin_ack = _first(story, lambda h: not h.server and h.acks is Acks.FIN and not h.rst)
    # A RST before the third segment ended an attempt, not the connection (RFC 9293 §3.5 figure 8).
    since = -1 if opened.ack is None else opened.ack
    reset = _first(
        story, lambda h: h.rst and h.index > since and (effects[h.index].taken or effects[h.index].meant)
    )
    fins = [i for i in (client_fin, server_fin) if i is not None]
    acked = client_fin_ack is not None and server_fin_ack is not None
    if reset is not None and fins and acked and reset > max(client_fin_ack or 0, server_fin_ack or 0):
        reset = None
    first = min(fins) if fins else reset
    if reset is not None:
        outcome = Closed.RESET_AFTER_FIN if fins and min(fins) < reset else Closed.RESET
        first = reset if outcome is Closed.RESET else min(fins)
    elif len(fins) == 2:
        outcome = Closed.CLOSED if acked else Closed.CLOSING
    else:
        outcome = Closed.HALF_CLOSED if fins else Closed.OPEN
    by_server = None if first is None else story[first].server
    return Closing(outcome, by_server, first, client_fin, server_fin, client_fin_ack, server_fin_ack, reset)


def _first(story: Sequence[Happening], test: Callable[[Happening], bool]) -> int | None:
    return next((h.index for h in story if test(h)), None)
