"""All connections of a recording: their events, their facts, and the stories they share."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode.segments import Ends
from handshake_inspect.flow.events import Events
from handshake_inspect.flow.facts import Facts
from handshake_inspect.flow.lives import KnownBy, Lives, lives
from handshake_inspect.flow.offered import Offered
from handshake_inspect.flow.recording import Recording
from handshake_inspect.flow.shapes import Shapes, shapes
from handshake_inspect.flow.story import Story, tell
from handshake_inspect.integers import order


@dataclass(frozen=True)
class Connections:
    """Every connection, by life; `number` gives them the numbers people see."""

    recording: Recording
    offered: Offered
    "what the SYNs of the recording offer, by frame"
    lives: Lives
    facts: Facts
    shapes: Shapes
    stories: tuple[Story, ...]
    "one for each shape"
    end_ns: int
    "when the recording ended, ns since 1970-01-01 UTC"

    @property
    def events(self) -> Events:
        """The events of all connections."""
        return self.recording.events

    @property
    def ends(self) -> Ends:
        """The ends of each flow, its side 0 as the source."""
        return self.recording.ends

    def __len__(self) -> int:
        return len(self.lives)

    @cached_property
    def terms(self) -> dict[int, Any]:
        """What other tools would call each shape, as `zeek` works it out when someone asks."""
        return {}

    @cached_property
    def by_number(self) -> Array:
        """Lives in the order of their first frames, i4: position 0 is connection 1."""
        return order(self.facts.first_frame).astype(np.int32)

    @cached_property
    def number(self) -> Array:
        """The number of each life, from 1, i4."""
        numbers = np.empty(len(self), np.int32)
        numbers[self.by_number] = np.arange(1, len(self) + 1, dtype=np.int32)
        return numbers

    @cached_property
    def reused(self) -> bool:
        """Whether any 4-tuple has several lives."""
        return len(self) > len(self.ends)

    @cached_property
    def stream(self) -> Array:
        """For each life Wireshark's tcp.stream of its first event: the rank of its stream by first frame."""
        at = self.lives.streams
        if np.array_equal(at, self.lives.first):
            return self.number - 1
        rank = np.empty(len(at), np.int64)
        rank[order(self.events.frame[at])] = np.arange(len(at))
        return rank[np.searchsorted(at, self.lives.first, side="right") - 1]

    def story(self, life: int) -> Story:
        """The story of one life."""
        return self.stories[int(self.shapes.of[life])]


def connections(recording: Recording, last_time_ns: int | None = None) -> Connections:
    """Divide a recording into connections, and tell each distinct story once.

    `last_time_ns` is when its last frame of any kind was captured, where that is known.
    """
    offered = Offered(recording.offers)
    table = lives(recording.events, recording.ends, offered)
    seen = shapes(recording.events, table)
    known_by = table.known_by[seen.example].tolist()
    told = [tell(tokens, KnownBy(how)) for tokens, how in zip(seen.tokens, known_by, strict=True)]
    counted = Facts(recording.events, table)
    times = [
        *([int(recording.events.time_ns[table.last].max())] if len(table) else []),
        *([last_time_ns] if last_time_ns else []),
    ]
    return Connections(recording, offered, table, counted, seen, tuple(told), max(times, default=0))
