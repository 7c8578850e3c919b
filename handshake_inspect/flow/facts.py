"""What is counted of each connection: one number per life, for rules to ask and reports to show.

It knows the events of each life, and nothing of what they mean. Its one idea: a report shows all of this, a
verdict asks for little of it, so each is counted when somebody asks.
"""

from functools import cached_property

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Flag
from handshake_inspect.flow.events import QUOTE, Events
from handshake_inspect.flow.lives import KnownBy, Lives


class Facts:
    """Arrays with one row per life, in the order of the lives. ICMP errors count only as frames."""

    def __init__(self, events: Events, lives: Lives) -> None:
        self._events, self._lives = events, lives

    @cached_property
    def first_frame(self) -> Array:
        """Its first frame, i8, from 1."""
        return self._lives.rows.firsts(self._events.frame)

    @cached_property
    def last_frame(self) -> Array:
        """Its last frame, i8, from 1."""
        return self._lives.rows.lasts(self._events.frame)

    @cached_property
    def first_time_ns(self) -> Array:
        """The time of its first frame, i8, ns since 1970-01-01 UTC."""
        return self._lives.rows.firsts(self._events.time_ns)

    @cached_property
    def last_time_ns(self) -> Array:
        """The time of its last frame, i8, ns since 1970-01-01 UTC."""
        return self._lives.rows.lasts(self._events.time_ns)

    @cached_property
    def client_segments(self) -> Array:
        """Segments sent by the client, i4."""
        return self._total(False, self._events.segments)

    @cached_property
    def server_segments(self) -> Array:
        """Segments sent by the server, i4."""
        return self._total(True, self._events.segments)

    @cached_property
    def client_bytes(self) -> Array:
        """Payload sent by the client, i8, bytes, copies included."""
        return self._total(False, self._events.bytes, self._events.payload_bytes)

    @cached_property
    def server_bytes(self) -> Array:
        """Payload sent by the server, i8, bytes, copies included."""
        return self._total(True, self._events.bytes, self._events.payload_bytes)

    @cached_property
    def client_syns(self) -> Array:
        """Segments with SYN and without ACK by the client, i4."""
        return self._count(False, Flag.SYN, without=Flag.ACK)

    @cached_property
    def server_syns(self) -> Array:
        """Segments with SYN and without ACK by the server, i4."""
        return self._count(True, Flag.SYN, without=Flag.ACK)

    @cached_property
    def client_syn_acks(self) -> Array:
        """Segments with SYN and ACK by the client, i4."""
        return self._count(False, Flag.SYN | Flag.ACK)

    @cached_property
    def server_syn_acks(self) -> Array:
        """Segments with SYN and ACK by the server, i4."""
        return self._count(True, Flag.SYN | Flag.ACK)

    @cached_property
    def client_fins(self) -> Array:
        """Segments with FIN by the client, i4."""
        return self._count(False, Flag.FIN)

    @cached_property
    def server_fins(self) -> Array:
        """Segments with FIN by the server, i4."""
        return self._count(True, Flag.FIN)

    @cached_property
    def client_rsts(self) -> Array:
        """Segments with RST by the client, i4."""
        return self._count(False, Flag.RST)

    @cached_property
    def server_rsts(self) -> Array:
        """Segments with RST by the server, i4."""
        return self._count(True, Flag.RST)

    @cached_property
    def one_sided(self) -> Array:
        """Whether one end sent what only an answer explains, and no answer is here."""
        # What lacks ACK answers nothing. All of it is kept.
        calls = self._count(False, 0, without=Flag.SYN | Flag.RST | Flag.ACK)
        beyond_syn = self.client_segments - self.client_syns - self.client_rsts - calls
        one_sided = np.where(
            self.server_segments == 0,
            beyond_syn > 0,
            (self.client_segments == 0) & (self.server_segments > self.server_rsts),
        )
        # Who speaks to itself has no other side.
        result: Array = one_sided & (self._lives.known_by != KnownBy.ITSELF)
        return result

    @cached_property
    def _by_server(self) -> Array:
        """For each event whether it is the server's."""
        by_server: Array = self._events.side != self._lives.client[self._lives.rows.of]
        return by_server

    def _sent(self, server: bool, flags: int = 0, without: int = 0) -> Array:
        """Which events are one end's segments that have these flags, and none of those."""
        sent: Array = self._events.flags & (flags | without | QUOTE) == flags
        sent &= self._by_server == server
        return sent

    def _count(self, server: bool, flags: int, without: int = 0) -> Array:
        """How many such segments one end sent, i4. Flags that say something are kept wherever they are."""
        return self._lives.rows.tally(self._sent(server, flags, without))

    def _total(self, server: bool, running: Array, each: Array | None = None) -> Array:
        """What one end sent in all, by its running totals, to which each segment adds so much, or 1."""
        first, last = self._bounds(server)
        total = running[last] - running[first]
        total += 1 if each is None else each[first]
        total[last < 0] = 0
        return total

    def _bounds(self, server: bool) -> tuple[Array, Array]:
        """(first, last): the positions of one end's first and last segment in each life, or -1."""
        at = np.flatnonzero(self._sent(server)).astype(np.int32)
        of = self._lives.rows.of[at]
        first, last = (np.full(len(self._lives), -1, np.int32) for _ in range(2))
        # Of several in a life the last is written last, and backwards the first.
        last[of] = at
        first[of[::-1]] = at[::-1]
        return first, last
