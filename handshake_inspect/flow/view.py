"""One connection for a reader: names, frames and times, looked up when someone asks.

Objects are for people. Nothing that runs for every connection of a recording belongs here.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from handshake_inspect import units
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.events import QUOTE
from handshake_inspect.flow.story import Story


@dataclass(frozen=True)
class View:
    """One life of a 4-tuple, with its numbers."""

    all: Connections
    life: int

    @property
    def number(self) -> int:
        """The connection's number, from 1."""
        return int(self.all.number[self.life])

    @property
    def story(self) -> Story:
        """What it shares with the others of its shape."""
        return self.all.story(self.life)

    @cached_property
    def first(self) -> int:
        """The position of its first event among all events."""
        return int(self.all.lives.first[self.life])

    def event(self, column: str, index: int) -> int:
        """One number of one of its events; an index below 0 reaches into the life before."""
        return int(getattr(self.all.events, column)[self.first + index])

    def heard(self, index: int) -> int | None:
        """The other end's last kept segment before an event, in this life or one before on its 4-tuple."""
        events = self.all.events
        own, flow = self.event("side", index), self.event("flow", index)
        for at in range(self.first + index - 1, -1, -1):
            if int(events.flow[at]) != flow:
                break
            if int(events.side[at]) != own and int(events.flags[at]) != QUOTE:
                return at - self.first
        return None

    def frame(self, index: int) -> int:
        """The frame of an event."""
        return self.event("frame", index)

    def time(self, index: int) -> int:
        """When an event was captured, ns since 1970-01-01 UTC."""
        return self.event("time_ns", index)

    def gap(self, earlier: int, later: int) -> int:
        """The time between two events, ns."""
        return self.time(later) - self.time(earlier)

    def took(self, earlier: int, later: int) -> str:
        """The time between two events, in words."""
        return units.duration(self.gap(earlier, later))

    def fact(self, name: str) -> int:
        """One of its facts."""
        return int(getattr(self.all.facts, name)[self.life])

    def host(self, *, server: bool) -> str:
        """The address of one end."""
        flow, source = self._end(server)
        ends = self.all.ends
        which = "source" if source else "target"
        high, low = getattr(ends, f"{which}_high")[flow], getattr(ends, f"{which}_low")[flow]
        return units.address(int(ends.version[flow]), int(high), int(low))

    def port(self, *, server: bool) -> int:
        """The port of one end."""
        flow, source = self._end(server)
        return int((self.all.ends.source_port if source else self.all.ends.target_port)[flow])

    def _end(self, server: bool) -> tuple[int, bool]:
        client_side = int(self.all.lives.client[self.life])
        return int(self.all.lives.flow[self.life]), (client_side == 0) != server

    @property
    def vlans(self) -> tuple[int, ...]:
        """The VLAN tags that tell it from others between the same ends, 0 for none; empty if nothing need."""
        vlans = self.all.recording.vlans
        return vlans.all.get(int(self.all.lives.flow[self.life]), ()) if vlans else ()

    @property
    def client(self) -> str:
        """The client's address and port."""
        return units.endpoint(self.host(server=False), self.port(server=False))

    @property
    def server(self) -> str:
        """The server's address and port."""
        return units.endpoint(self.host(server=True), self.port(server=True))

    def offer(self, index: int) -> dict[str, Any] | None:
        """What the SYN at that event offered, or None."""
        offers = self.all.recording.offers
        at = int(offers.frame.searchsorted(self.frame(index)))
        return offers.row(at) if at < len(offers) and int(offers.frame[at]) == self.frame(index) else None

    def quote(self, index: int) -> tuple[str, int, int]:
        """Of an ICMP error: who sent it, its type and its code."""
        if self.event("flags", index) != QUOTE:
            raise ValueError(f"event {index} is no ICMP error")
        quotes = self.all.recording.quotes
        row = quotes.row(int(quotes.frame.searchsorted(self.frame(index))))
        reporter = units.address(row["version"], row["reporter_high"], row["reporter_low"])
        return reporter, row["icmp_type"], row["icmp_code"]

    def text(self, index: int) -> str:
        """The beginning of what a RST says, where its data is text; else nothing."""
        texts, frame = self.all.recording.texts, self.frame(index)
        row = int(texts.frame.searchsorted(frame))
        found = row < len(texts) and int(texts.frame[row]) == frame
        return str(texts.row(row)["text"].decode("ascii")) if found else ""

    def is_quote(self, index: int) -> bool:
        """Whether an event is an ICMP error."""
        return self.event("flags", index) == QUOTE

    def sent_by_server(self, index: int) -> bool:
        """Whether the server sent that event, or the ICMP error stands for it."""
        return self.event("side", index) != int(self.all.lives.client[self.life])
