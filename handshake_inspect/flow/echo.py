"""A connection of an end with itself: whatever it sends, it also receives (RFC 9293 §3.5, figure 7).

Both ends have one address and one port, so each segment is captured once and stands for two. The story of a
simultaneous opening tells such a connection, when each segment is heard as one of the other end as well.
"""

from collections.abc import Sequence

from msgspec.structs import replace

from handshake_inspect.flow.happening import Happening


def with_echo(events: Sequence[Happening]) -> tuple[Happening, ...]:
    """The events, and behind them the same as sent by the server, each at the position it had.

    SYNs that nothing followed have no echo: nothing shows that they arrived.
    """
    heard = any(not h.opener and not h.quote for h in events)
    return (*events, *(replace(h, server=True) for h in events if heard and not h.quote))
