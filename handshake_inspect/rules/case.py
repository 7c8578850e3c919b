"""What a rule sees, and what it says.

A rule about connections is asked once for each story, however many connections share it; where numbers and
times decide, it asks the columns of all of them at once. It answers with hits. The sentence of a hit is made
only when someone reads it, from the one connection it is shown for.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np
from msgspec import Struct

from handshake_inspect.agreements import Expectation
from handshake_inspect.capture.frames import Interface
from handshake_inspect.capture.steps import Steps
from handshake_inspect.columns import Array
from handshake_inspect.finding import Severity
from handshake_inspect.flow.connections import Connections
from handshake_inspect.flow.parties import Parties
from handshake_inspect.flow.story import Story
from handshake_inspect.flow.view import View
from handshake_inspect.isn.numbers import Numbers


class Says(Struct, frozen=True):
    """An event of the story, and what it shows."""

    event: int
    text: str


class Hit(Struct, frozen=True):
    """One cause that a rule found in a story."""

    evidence: Sequence[Says]
    "the first is the primary one; of several about one event the first counts"
    message: Callable[[View], str]
    "the sentence, for one connection"
    count: int = 1
    "how often the cause is seen in each connection"
    where: Array | None = None
    "for which connections of the case it holds; None is all"
    proved: bool | Array = True
    "whether nothing but what is proved carries it"
    doubtful: Array | None = None
    "for which connections the capture may end too early to say"
    severity: Severity | None = None
    "where this hit matters less, or more, than the rule says"
    explains: bool = True
    "whether it silences what `precedence` lets its rule explain"


class WholeHit(Struct, frozen=True):
    """One cause that a rule found in the recording as a whole."""

    message: str | Callable[[], str]
    "the sentence, or what makes it, where that takes time and there may be many"
    lives: Array
    "the connections it speaks of"
    frames: Sequence[tuple[int, int, int, int, str, str]] = ()
    "(frame, offset, length, time_ns, who, says); of several about one frame the first counts"
    certain: bool = True
    path: str | None = None
    "the capture it speaks of, where that is not the one of the first frame"
    proved: bool = True
    "whether nothing but what is proved carries it"
    about: str = ""
    "what tells it from the other hits of its rule: a service, a host"
    display_filter: str | None = None
    "what to paste into Wireshark, where that is not the frames"
    severity: Severity | None = None
    "where this hit matters less, or more, than the rule says"
    count: int = 0
    "how often the cause is seen, where that is not the number of connections"
    weakens: bool = False
    "what else is found on its connections is only possible"


class Case(Struct, frozen=True, dict=True):
    """A story, and the connections that share it."""

    story: Story
    all: Connections
    lives: Array
    "the connections, as rows of the lives"
    capture_end_ns: int
    "when the recording ended"
    two_sided: bool
    "some connection of the recording shows both its ends"

    @cached_property
    def _first(self) -> Array:
        first: Array = self.all.lives.first[self.lives]
        return first

    @cached_property
    def _offers(self) -> dict[int, Array]:
        return {}

    def __len__(self) -> int:
        return len(self.lives)

    def column(self, name: str, event: int) -> Array:
        """A column of `Events` at one event of the story, for every connection of the case."""
        value: Array = getattr(self.all.events, name)[self._first + event]
        return value

    def time(self, event: int) -> Array:
        """When that event was captured, ns."""
        return self.column("time_ns", event)

    def offer(self, name: str, syn: int) -> Array:
        """A column of `Offers` of the SYN at that event, for every connection of the case."""
        if syn not in self._offers:
            self._offers[syn] = self.all.offered.rows(self.column("frame", syn))
        value: Array = getattr(self.all.recording.offers, name)[self._offers[syn]]
        return value

    def fact(self, name: str) -> Array:
        """A column of `Facts`, for every connection of the case."""
        value: Array = getattr(self.all.facts, name)[self.lives]
        return value

    def neighbour(self, step: int) -> Array:
        """The life before (-1) or after (1) each connection on the same 4-tuple, or -1."""
        lives = self.all.lives
        if not self.all.reused:
            return np.full(len(self), -1)
        other = self.lives + step
        inside = (other >= 0) & (other < len(lives))
        other = np.where(inside, other, 0)
        return np.where(inside & (lives.flow[other] == lives.flow[self.lives]), other, -1)

    def silence(self, event: int) -> Array:
        """How long the recording goes on after that event, ns."""
        return self.capture_end_ns - self.time(event)


class Told(Struct, frozen=True):
    """What a rule has said before, and of which connections."""

    hit: Hit | WholeHit
    lives: Array
    speaks_for: frozenset[str] = frozenset()
    "the codes it took the place of"


class Whole(Struct, frozen=True, dict=True):
    """The recording as a whole."""

    all: Connections
    captures: Sequence["CaptureFacts"]
    two_sided: bool
    cases: Sequence[Case]
    "every story, with the connections that share it"
    numbers: Numbers
    "the initial sequence numbers of all hosts"
    told: Mapping[str, Sequence[Told]] = {}
    "by code, what was said before; for rules that are asked last it holds all rules about connections"
    expectations: Sequence[Expectation] = ()
    "what the user wants to see"

    @property
    def parties(self) -> Parties:
        """Between whom the connections were."""
        return self.numbers.parties

    def marked(self, *codes: str) -> Array:
        """For each connection whether one of these codes was said of it before."""
        marks = np.zeros(len(self.all), bool)
        for code in codes:
            for told in self.told.get(code, ()):
                marks[told.lives] = True
        return marks

    def frame(self, life: int, says: str, event: int = 0) -> tuple[int, int, int, int, str, str]:
        """An event of a life as evidence."""
        view = View(self.all, life)
        who = "server" if view.sent_by_server(event) else "client"
        return (
            view.frame(event),
            view.event("record_byte", event),
            view.event("record_bytes", event),
            view.time(event),
            who,
            says,
        )


class CaptureFacts(Struct, frozen=True):
    """What is known of one capture of the recording."""

    path: str
    frames: int
    stopped_byte: int | None
    stopped_reason: str
    last_frame: tuple[int, int, int, int] | None
    "(frame, offset, length, time_ns) of the last frame that could be read"
    skipped: Mapping[str, int]
    "frames that were no segments, by reason"
    interfaces: Sequence[Interface]
    steps: Steps
    "where a clock went back"
