"""What a rule can say: how much it would matter, how sure it is, and which frames say so.

Severity is the rule's ("how much it would matter if true"). Confidence is derived from the evidence, never
an author's guess: proved events are CERTAIN, presumed ones LIKELY, and what rests on a damaged, late or
one-sided capture POSSIBLE.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Self


class _Scale(IntEnum):
    """Levels that rise, each written as one word in small letters."""

    @property
    def word(self) -> str:
        """How it is written."""
        return self.name.lower()

    @classmethod
    def words(cls) -> tuple[str, ...]:
        """How all are written, from the lowest."""
        return tuple(level.word for level in cls)

    @classmethod
    def of(cls, word: str) -> Self:
        """The level that is written so. KeyError for none."""
        return cls[word.upper()]


class Severity(_Scale):
    """How much it would matter if true; the names are SARIF's levels (SARIF 2.1.0 §3.27.10)."""

    NOTE = 1
    WARNING = 2
    ERROR = 3


class Confidence(_Scale):
    """How sure the evidence makes it."""

    POSSIBLE = 1
    LIKELY = 2
    CERTAIN = 3


@dataclass(frozen=True, slots=True)
class Evidence:
    """One frame, and what it says."""

    frame: int
    "from 1, counted on through all captures of the recording"
    offset: int
    "where its record lies in the uncompressed capture, bytes"
    length: int
    "how long that record is, bytes"
    time_ns: int
    "ns since 1970-01-01 UTC"
    who: str
    "'client', 'server', or an address"
    says: str
    "what the frame shows, in a few words"
    capture: int
    "which of the report's captures it lies in, from 0"
    capture_frame: int
    "from 1, as Wireshark counts in that capture alone"


@dataclass(frozen=True, slots=True)
class Finding:
    """One cause, with everything a reader needs to check it."""

    code: str
    name: str
    severity: Severity
    confidence: Confidence
    message: str
    capture: str
    "the capture the evidence lies in"
    connection: int | None
    "the connection it speaks of, or None for the capture itself or for many"
    connections: tuple[int, ...]
    "all connections it speaks of, where it speaks of more than one"
    count: int
    "how often the cause was seen"
    evidence: tuple[Evidence, ...]
    "the first is the primary one"
    display_filter: str
    "what to paste into Wireshark"
    fingerprint: str
    "the same for the same cause in a re-recorded capture"
