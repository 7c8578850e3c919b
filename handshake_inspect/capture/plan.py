"""How far the walked blocks of a pcapng file can be right, and what they say up to there.

It knows which block may follow which and what a block must fit into. It refuses to change anything: a block
counts only when no block before it is wrong, which is known last. The one idea: every check names its first
wrong row, and the first of all is where the reading ends.
"""

from collections.abc import Callable

import numpy as np
from dpkt import pcapng as ng
from msgspec import Struct, field

from handshake_inspect.capture.blocks import Blocks, Packets
from handshake_inspect.capture.limits import LARGEST_BYTES, longest_frame_bytes
from handshake_inspect.capture.sections import (
    SECTION_HEADER_BYTES,
    BlockError,
    Described,
    read_interface,
    read_statistics,
    section_order,
)
from handshake_inspect.columns import Array

STATISTICS = 5
"The type of an Interface Statistics Block."


class Known(Struct):
    """What the blocks read so far have described."""

    described: list[Described] = field(default_factory=list)
    "the interfaces of the capture"
    first: int = 0
    "where those of the current section begin"


class Plan(Struct):
    """What a run of blocks of one byte order says, up to `cut`."""

    cut: int
    "the first row that does not count"
    reason: str | None = None
    "why; without one the row begins a section of the other byte order, or there is no such row"
    sections: list[tuple[int, int]] = field(default_factory=list)
    "row of each section header, and how many interfaces were described before it"
    described: list[tuple[int, Described]] = field(default_factory=list)
    "row of each interface description, and what it describes"
    losses: list[tuple[int, int, int]] = field(default_factory=list)
    "row of each statistics block, an interface of the capture, and the packets it lost in all"

    def stop(self, row: int, reason: str | None = None) -> None:
        """Let nothing count from this row on."""
        self.cut, self.reason = row, reason


def plan(blocks: Blocks, known: Known) -> tuple[Plan, Packets]:
    """What the blocks say, and the packets that count; interfaces are numbered as in the capture."""
    said = Plan(len(blocks.starts))
    last = blocks.last_lengths()
    for row in np.flatnonzero(last != blocks.lengths)[:1].tolist():
        said.stop(row, f"says it is {blocks.lengths[row]} bytes long, and at its end {last[row]}")
    _read_descriptions(said, blocks, known)
    packets = blocks.packets()
    if said.cut < len(blocks.starts):
        packets = packets.take(packets.block < said.cut)
    return said, _check(said, packets, known)


def _read_descriptions(said: Plan, blocks: Blocks, known: Known) -> None:
    """Read the blocks that are not packets, one by one, up to the first that is wrong."""
    first, count = known.first, len(known.described)
    few = np.isin(blocks.types, (ng.PCAPNG_BT_SHB, ng.PCAPNG_BT_IDB, STATISTICS))
    for row in np.flatnonzero(few[: said.cut]).tolist():
        block, block_type = blocks.block(row), blocks.types[row]
        try:
            if block_type == ng.PCAPNG_BT_SHB:
                if section_order(block) != blocks.order:
                    said.stop(row)
                    return
                if len(block) < SECTION_HEADER_BYTES:
                    raise BlockError(
                        f"begins a section in {len(block)} bytes, and needs {SECTION_HEADER_BYTES}"
                    )
                first = count
                said.sections.append((row, first))
            elif block_type == ng.PCAPNG_BT_IDB:
                said.described.append((row, read_interface(block, blocks.order)))
                count += 1
            else:
                interface, lost = read_statistics(block, blocks.order)
                if first + interface >= count:
                    raise BlockError(_undescribed(interface, count - first))
                if lost is not None:
                    said.losses.append((row, first + interface, lost))
        except BlockError as error:
            said.stop(row, str(error))
            return


def _check(said: Plan, packets: Packets, known: Known) -> Packets:
    """The packets before the first wrong one, where the plan is then cut."""
    if not len(packets):
        return packets
    described = [each.interface for each in (*known.described, *(found for _, found in said.described))]
    before = np.searchsorted([row for row, _ in said.described], packets.block) + len(known.described)
    firsts = np.array([known.first, *(first for _, first in said.sections)])
    first = firsts[np.searchsorted([row for row, _ in said.sections], packets.block)]
    interface = first + packets.interface
    snaps = np.array([each.snap_bytes or LARGEST_BYTES for each in described] or [0])
    mosts = np.array([longest_frame_bytes(each.link_type) for each in described] or [0])
    some = np.minimum(interface, len(snaps) - 1)
    # §4.4: a simple packet is kept up to the snapshot length of its section's first interface.
    unsaid = np.minimum(packets.original_bytes, snaps[some])
    captured = np.where(packets.captured_bytes < 0, unsaid, packets.captured_bytes)
    room, most = packets.room_bytes, mosts[some]
    checks: list[tuple[Array, Callable[[int], str]]] = [
        (room < 0, lambda row: "is too short for a packet"),
        (interface >= before, lambda row: _undescribed(packets.interface[row], before[row] - first[row])),
        (captured > room, lambda row: f"says {captured[row]} bytes were captured, and has {room[row]}"),
        (
            captured > most,
            lambda row: f"says {captured[row]} bytes were captured, and {most[row]} is the most",
        ),
    ]
    wrong = np.flatnonzero(np.logical_or.reduce([bad for bad, _ in checks]))
    for row in wrong[:1].tolist():
        said.stop(int(packets.block[row]), next(text(row) for bad, text in checks if bad[row]))
    packets.interface, packets.captured_bytes = interface, captured
    return packets.take(np.arange(wrong[0])) if len(wrong) else packets


def _undescribed(interface: int, described: int) -> str:
    return f"names interface {interface}, and its section has described {described} before it"
