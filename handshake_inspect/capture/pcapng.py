"""The pcapng file: blocks that each say how long they are; some carry packets, some say how to read them.

It knows draft-ietf-opsawg-pcapng: sections of either byte order, interfaces with clocks and link types of
their own. Blocks that it has no use for are skipped. The one idea: the first block that cannot be right ends
the reading, and nothing behind it counts.

A simple packet has no time; its frame's time is 0.
"""

from collections.abc import Iterator

import numpy as np

from handshake_inspect.capture.blocks import Blocks, Packets
from handshake_inspect.capture.clock import Clock
from handshake_inspect.capture.frames import Batch, Capture, Frames
from handshake_inspect.capture.limits import LARGEST_BYTES
from handshake_inspect.capture.plan import Known, Plan, plan
from handshake_inspect.capture.sections import (
    SECTION_HEADER_BYTES,
    SECTION_TYPE,
    BlockError,
    section_order,
)
from handshake_inspect.capture.source import Source
from handshake_inspect.capture.walk import Chain, walk
from handshake_inspect.capture.window import Window
from handshake_inspect.columns import Array
from handshake_inspect.errors import CaptureError
from handshake_inspect.integers import distinct, order, places

BLOCK_BYTES = 12
"A block with nothing in it."

LONGEST_BLOCK_BYTES = LARGEST_BYTES + (1 << 17) + 32
"The longest frame there is, 128 KiB of options, and their block, as Wireshark has it."


STEADY = {"<": (0, 1, 2, 3, 6, 7), ">": (0, 1, 2, 3, 4, 5)}
"By byte order: the type, and the upper half of the length."


def open_pcapng(path: str, source: Source, batch_bytes: int) -> Capture:
    """A pcapng whose magic was seen; raises CaptureError for a first section that cannot be used."""
    header = source.peek(SECTION_HEADER_BYTES)
    if len(header) < SECTION_HEADER_BYTES:
        raise CaptureError(
            f"{source.name}: its file header is cut: {len(header)} of {SECTION_HEADER_BYTES} bytes are there"
        )
    try:
        order = section_order(header)
    except BlockError as error:
        raise CaptureError(f"{source.name}: {error}") from None
    capture = Capture(path, "pcapng", iter(()))
    capture.batches = _Reader(capture, Window(source, 0, batch_bytes), order).batches()
    return capture


def _chain(order: str) -> Chain:
    return Chain(
        order,
        header_bytes=BLOCK_BYTES,
        length_at=4,
        overhead=0,
        least=BLOCK_BYTES,
        most=LONGEST_BLOCK_BYTES,
        unit=4,
        steady=STEADY[order],
    )


class _Reader:
    """A pcapng file being read: the section it is in, and the interfaces of the capture so far."""

    def __init__(self, capture: Capture, window: Window, order: str) -> None:
        self._capture = capture
        self._window = window
        self._order = order
        self._known = Known()
        self._number = 1

    def batches(self) -> Iterator[Batch]:
        """The frames of the file, window by window."""
        end, need = 0, SECTION_HEADER_BYTES
        while need:
            self._window.slide(end, need)
            tables, end, need = self._read_window()
            frames = Frames.concat(tables)
            if len(frames):
                yield Batch(self._window.data, frames)

    def _read_window(self) -> tuple[list[Frames], int, int]:
        """The window's frames, where they end, and how many bytes are needed from there; 0 at the end."""
        data = self._window.data
        tables: list[Frames] = []
        end = 0
        while True:
            starts, end = walk(data, _chain(self._order), end)
            blocks = Blocks.at(data, self._order, starts)
            said, packets = plan(blocks, self._known)
            self._commit(said)
            if len(packets):
                tables.append(self._frames(blocks, packets))
            if said.cut < len(starts):
                end = int(starts[said.cut])
            if said.reason:
                return tables, end, self._stop(end, said.reason)
            if not self._turn(end):
                return tables, end, self._need(end)

    def _turn(self, end: int) -> bool:
        """Whether a section of the other byte order begins at `end`; if so, that is the order from now on."""
        head = self._window.data[end : end + 16].tobytes()
        if len(head) < 16 or not head.startswith(SECTION_TYPE):
            return False
        try:
            order = section_order(head)
        except BlockError:
            return False
        turned = order != self._order
        self._order = order
        return turned

    def _need(self, end: int) -> int:
        """How many bytes the block at `end` is long, if it can be right; 0 when the reading ends there."""
        head = self._window.data[end : end + 16].tobytes()
        begins_section = head.startswith(SECTION_TYPE)
        # A section header says only at byte 8 how its length is to be read.
        least = 16 if begins_section else BLOCK_BYTES
        if len(head) < least:
            return self._more(end, least, "header of the block")
        if begins_section:
            try:
                section_order(head)
            except BlockError as error:
                return self._stop(end, str(error))
        chain = _chain(self._order)
        length = chain.length(self._window.data, end)
        if not chain.believes(length):
            return self._stop(end, f"says it is {length} bytes long, which no block is")
        return self._more(end, length, "block")

    def _more(self, end: int, need: int, what: str) -> int:
        if not self._window.at_end:
            return need
        self._capture.stopped = self._window.stopped_at_end(end, need, what)
        return 0

    def _stop(self, end: int, reason: str) -> int:
        byte = self._window.first_byte + end
        self._capture.stopped = self._window.stopped(end, f"block at byte {byte} {reason}")
        return 0

    def _commit(self, said: Plan) -> None:
        """Remember what stands before the cut."""
        for row, found in said.described:
            if row < said.cut:
                self._known.described.append(found)
                self._capture.interfaces.append(found.interface)
        for row, first in said.sections:
            if row < said.cut:
                self._known.first = first
        for row, interface, lost in said.losses:
            if row < said.cut:
                self._lose(interface, total=lost)

    def _lose(self, interface: int, *, total: int | None = None, between: int = 0) -> None:
        described = self._known.described[interface]
        if total is None:
            described.losses.between = (described.losses.between or 0) + between
        else:
            described.losses.total = total
        described.interface.dropped = described.losses.dropped()

    def _frames(self, blocks: Blocks, packets: Packets) -> Frames:
        """The rows of good packets."""
        count = len(packets)
        present, place = _distinct(packets.interface)
        found = [self._known.described[interface] for interface in present.tolist()]
        if packets.says_dropped.any():
            lost = np.zeros(len(found), np.uint64)
            np.add.at(lost, place, packets.dropped)
            for which in distinct(place[packets.says_dropped]).tolist():
                self._lose(int(present[which]), between=int(lost[which]))
        links = np.array([each.interface.link_type for each in found], np.uint16)
        times = _times(packets.ticks, [each.clock for each in found], place)
        start = blocks.starts[packets.block]
        number, self._number = self._number, self._number + count
        return Frames(
            number=np.arange(number, number + count),
            time_ns=np.where(packets.timed, times, 0),
            start=packets.data_at,
            captured_bytes=packets.captured_bytes,
            original_bytes=packets.original_bytes,
            link_type=links[place],
            interface=packets.interface,
            record_byte=start + self._window.first_byte,
            record_bytes=blocks.lengths[packets.block],
        )


def _distinct(numbers: Array) -> tuple[Array, Array]:
    """The different numbers, and for each number its place among them; all the same is the usual case."""
    if (numbers == numbers[0]).all():
        return numbers[:1], np.zeros(len(numbers), np.int64)
    present = distinct(numbers)
    return present, places(numbers, present)


def _times(ticks: Array, clocks: list[Clock], place: Array) -> Array:
    """The times of packets in ns, each by `clocks[place]`."""
    numbers = {clock: number for number, clock in enumerate(dict.fromkeys(clocks))}
    if len(numbers) == 1:
        return clocks[0].times_ns(ticks)
    which = np.array([numbers[clock] for clock in clocks], np.int64)[place]
    by_clock = order(which)
    bounds = np.searchsorted(which[by_clock], np.arange(len(numbers) + 1))
    times = np.zeros(len(ticks), np.int64)
    for clock, number in numbers.items():
        rows = by_clock[bounds[number] : bounds[number + 1]]
        times[rows] = clock.times_ns(ticks[rows])
    return times
