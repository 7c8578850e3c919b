"""The work-list that takes the frames of a batch through their headers, all frames of one header at once.

It knows how layers find each other and how frames are counted; it knows no header. Its one idea: a layer is
a function over arrays of places, registered under the number by which outer headers name it. It hands on
what it can read and counts the rest by reason, so every frame ends as a row or as a skip.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from enum import Enum

import numpy as np
from msgspec import Struct, field

from handshake_inspect.capture.frames import Batch
from handshake_inspect.columns import Array, Table, column, gather
from handshake_inspect.decode.layouts import Layout
from handshake_inspect.decode.segments import Checksums, Offers, Quotes, Segments, Texts

MOST_LAYERS = 32
"Headers on the way to TCP; more than any honest frame has, few enough to bound a hostile one."


class Space(Enum):
    """What kind of number names the next header, and what a frame is called whose number no layer knows."""

    LINK = "link type {}"
    TYPE = "not ip"
    PROTOCOL = "ip protocol {}"


NAMES = {
    (Space.TYPE, 0x0806): "arp",
    (Space.TYPE, 0x8035): "arp",
    (Space.PROTOCOL, 2): "igmp",
    (Space.PROTOCOL, 50): "esp",
    (Space.PROTOCOL, 59): "no next header",
    (Space.PROTOCOL, 132): "sctp",
}
"Common headers that are known only by name."


class Work(Table):
    """One row per frame on its way: where its next header begins, and where its bytes end."""

    index: Array = column("i8", "index into Batch.frames", "which frame")
    at: Array = column("i8", "bytes into Batch.data", "where the next header begins")
    end: Array = column("i8", "bytes into Batch.data", "where what was captured of the packet ends")
    wire: Array = column(
        "i8", "bytes into Batch.data", "where the packet ends by its own lengths, captured or not"
    )
    network: Array = column("i8", "bytes into Batch.data", "where the innermost IP header begins")
    part: Array = column("?", "", "the packet is the first fragment of more")

    def onward(self, **changed: Array) -> "Work":
        """The same frames with some columns changed."""
        return Work(**{name: changed.get(name, getattr(self, name)) for name in self.columns})


def whole_frames(batch: Batch, fcs_bytes: Mapping[int, int]) -> Work:
    """All frames of a batch before their first header, without the frame check sequence of their interface.

    A frame that claims to lie outside the data is cut to what there is; one that claims to have been shorter
    on the wire than what was captured of it was as long as that.
    """
    frames = batch.frames
    start = np.clip(frames.start, 0, len(batch.data))
    kept = np.maximum(frames.captured_bytes, 0)
    wire = start + np.maximum(frames.original_bytes, kept)
    for interface, size in fcs_bytes.items():
        wire[frames.interface == interface] -= size
    return Work(
        index=np.arange(len(frames)),
        at=start,
        end=np.minimum(np.minimum(start + kept, len(batch.data)), wire),
        wire=wire,
        network=start,
        part=np.zeros(len(frames), bool),
    )


class Walk(Struct):
    """One batch on its way through the layers, and what became of it so far."""

    batch: Batch
    waiting: dict[tuple[Space, int], list[Work]] = field(default_factory=dict)
    segments: list[Segments] = field(default_factory=list)
    offers: list[Offers] = field(default_factory=list)
    quotes: list[Quotes] = field(default_factory=list)
    wrong: list[Checksums] = field(default_factory=list)
    summed: int = 0
    texts: list[Texts] = field(default_factory=list)
    tagged: list[tuple[Array, Array]] = field(default_factory=list)
    "frames, as indices into the batch, with the VLAN of a tag of each; of several the outer one first"
    skipped: Counter[str] = field(default_factory=Counter)

    def skip(self, reason: str, frames: int) -> None:
        """Count frames that are neither segment nor quote."""
        if frames:
            self.skipped[reason] += frames

    def keep(self, work: Work, mask: Array, reason: str) -> Work:
        """The frames where `mask` is true; the others are skipped."""
        if mask.all():
            return work
        kept = work.take(mask)
        self.skip(reason, len(work) - len(kept))
        return kept

    def sort_out(self, *faults: tuple[str, Array]) -> Array:
        """Skip frames by their first fault, in the order given; a mask of those that have none."""
        clean: Array = np.ones(len(faults[0][1]), bool)
        for reason, fault in faults:
            if fault.any():
                self.skip(reason, int(np.count_nonzero(clean & fault)))
                clean &= ~fault
        return clean

    def whole(self, work: Work, size: int, reason: str = "headers cut") -> Work:
        """The frames whose next `size` bytes were captured: what may be read without a further check."""
        return self.keep(work, work.at + size <= work.end, reason)

    def read(self, at: Array, layout: Layout) -> Array:
        """The headers at these bytes, as records. The caller has made sure that they end inside the data."""
        return gather(self.batch.data, at, layout)

    def go(self, space: Space, number: int, work: Work) -> None:
        """Queue frames that all continue with one header."""
        if not len(work):
            return
        if (space, number) in LAYERS:
            self.waiting.setdefault((space, number), []).append(work)
        else:
            self.skip(NAMES.get((space, number), space.value.format(number)), len(work))

    def send(self, space: Space, numbers: Array, work: Work) -> None:
        """Queue frames that each continue with the header its number names; numbers are below 2**16."""
        if not len(work):
            return
        if (numbers == numbers[0]).all():
            self.go(space, int(numbers[0]), work)
            return
        counts = np.bincount(numbers)
        for number in np.flatnonzero(counts).tolist():
            if (space, number) in LAYERS:
                self.go(space, number, work.take(numbers == number))
            else:
                self.skip(NAMES.get((space, number), space.value.format(number)), int(counts[number]))

    def run(self) -> None:
        """Call layers until every frame has ended, one layer deeper for all of them each time."""
        for _ in range(MOST_LAYERS):
            now, self.waiting = self.waiting, {}
            for key, pieces in now.items():
                LAYERS[key](self, Work.concat(pieces))
        for pieces in self.waiting.values():
            self.skip("too many headers", sum(map(len, pieces)))
        self.waiting = {}


Layer = Callable[[Walk, Work], None]
"A layer reads one header of each frame, and sends, appends or skips every frame it was given."

LAYERS: dict[tuple[Space, int], Layer] = {}
"Every layer, by the numbers that name it."


def layer(space: Space, *numbers: int) -> Callable[[Layer], Layer]:
    """Register a layer under the numbers that name it."""

    def register(function: Layer) -> Layer:
        LAYERS.update({(space, number): function for number in numbers})
        return function

    return register
