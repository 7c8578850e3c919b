"""The blocks of a pcapng file that carry a packet: where its bytes are, and what its block says of it.

It knows the Enhanced Packet Block, the Simple Packet Block and the obsolete Packet Block
(draft-ietf-opsawg-pcapng §4.3, §4.4 and appendix A), and nothing of sections: it is handed the number of each
packet's interface. The one idea: a kind of block is a row of a table, read for all its packets at once.
"""

from typing import NamedTuple

import numpy as np
from dpkt import pcapng as ng
from msgspec import Struct

from handshake_inspect.capture.options import first_u64_options
from handshake_inspect.capture.walk import Bytes
from handshake_inspect.columns import Array, Table, column

DROP_COUNT = 4
"epb_dropcount: packets lost since the packet before on the same interface"

UNKNOWN_DROPS = 0xFFFF
"what an obsolete Packet Block says when it does not know"


class Kind(NamedTuple):
    """How a kind of packet block is laid out: words of 32 bits behind the block's type and length."""

    words: int
    "between the block's length and the packet's bytes"
    captured: int | None
    "which word is the captured length; None when only the snapshot length limits it"
    original: int
    "which word is the length on the wire"
    ticks: int | None
    "which word is the upper half of the time; None when there is none"


KINDS = {
    ng.PCAPNG_BT_EPB: Kind(5, 3, 4, 1),
    ng.PCAPNG_BT_PB: Kind(5, 3, 4, 1),
    ng.PCAPNG_BT_SPB: Kind(1, None, 0, None),
}
"By block type."


class Packets(Table):
    """One row per packet block."""

    block: Array = column("i8", "index into the walked blocks", "which block it is")
    data_at: Array = column("i8", "bytes", "its first captured byte")
    room_bytes: Array = column(
        "i8", "bytes", "what its block holds behind its fields; negative in a short block"
    )
    interface: Array = column("i8", "index within the section", "where it was captured")
    ticks: Array = column("u8", "of its interface's clock", "when it was captured")
    timed: Array = column("?", "", "its block has a time")
    captured_bytes: Array = column("i8", "bytes", "how much was kept; -1 when the block does not say")
    original_bytes: Array = column("i8", "bytes", "how long it was on the wire")
    dropped: Array = column("u8", "packets", "lost before it; 0 too where the block does not say")
    says_dropped: Array = column("?", "", "its block counts what was lost")


class Blocks(Struct, frozen=True):
    """Whole blocks of one byte order."""

    data: Bytes
    order: str
    starts: Array
    "positions in `data`"
    lengths: Array
    types: Array

    @classmethod
    def at(cls, data: Bytes, order: str, starts: Array) -> "Blocks":
        """The whole blocks at these positions, which are multiples of 4."""
        words = data[: len(data) // 4 * 4].view(f"{order}u4")
        types, lengths = words[starts >> 2], words[(starts >> 2) + 1]
        return cls(data, order, starts, lengths.astype(np.int64), types)

    def block(self, row: int) -> bytes:
        """The bytes of one block."""
        start = int(self.starts[row])
        return self.data[start : start + int(self.lengths[row])].tobytes()

    def last_lengths(self) -> Array:
        """The lengths that stand at the ends of the blocks, which should be `lengths` again."""
        words = self.data[: len(self.data) // 4 * 4].view(f"{self.order}u4")
        last: Array = words[(self.starts + self.lengths >> 2) - 1].astype(np.int64)
        return last

    def packets(self) -> Packets:
        """The packets of all kinds, in the order of the file."""
        found = [
            self._packets(block_type, kind)
            for block_type, kind in KINDS.items()
            if (self.types == block_type).any()
        ]
        if len(found) < 2:
            return Packets.concat(found)
        packets = Packets.concat(found)
        return packets.take(np.argsort(packets.block))

    def _packets(self, block_type: int, kind: Kind) -> Packets:
        rows = np.flatnonzero(self.types == block_type)
        starts = self.starts[rows]
        room = self.lengths[rows] - 12 - 4 * kind.words
        fields = self._fields(starts, room >= 0, kind.words)
        packets = Packets.blank(len(rows))
        packets.block, packets.room_bytes, packets.data_at = rows, room, starts + 8 + 4 * kind.words
        packets.original_bytes = fields[:, kind.original].astype(np.int64)
        if kind.captured is None:
            packets.captured_bytes = np.full(len(rows), -1)
        else:
            packets.captured_bytes = fields[:, kind.captured].astype(np.int64)
        if kind.ticks is not None:
            upper, lower = fields[:, kind.ticks], fields[:, kind.ticks + 1]
            packets.ticks = upper.astype(np.uint64) << np.uint64(32) | lower
            packets.timed = np.ones(len(rows), np.bool_)
        if block_type == ng.PCAPNG_BT_EPB:
            packets.interface = fields[:, 0].astype(np.int64)
            self._count_options(packets)
        elif block_type == ng.PCAPNG_BT_PB:
            first = fields[:, 0].astype(np.int64)
            upper, lower = first >> 16, first & 0xFFFF
            packets.interface, drops = (upper, lower) if self.order == ">" else (lower, upper)
            packets.says_dropped = drops != UNKNOWN_DROPS
            packets.dropped = np.where(packets.says_dropped, drops, 0).astype(np.uint64)
        return packets

    def _fields(self, starts: Array, there: Array, words: int) -> Array:
        """The words behind type and length of the blocks at `starts`; zeros where they are not there."""
        size = 4 * words
        fields = np.zeros((len(starts), words), f"{self.order}u4")
        if there.any():
            reach = len(self.data) - 8 - size + 1
            windows: Array = np.ndarray((reach,), f"V{size}", buffer=self.data, offset=8, strides=(1,))
            fields[there] = windows[starts[there]].view(f"{self.order}u4").reshape(-1, words)
        return fields

    def _count_options(self, packets: Packets) -> None:
        """Fill in what the packets' options say of losses."""
        padded = packets.captured_bytes + 3 & ~3
        optioned = np.flatnonzero(padded + 4 <= packets.room_bytes)
        at = packets.data_at[optioned]
        ends = at + packets.room_bytes[optioned]
        counts, counted = first_u64_options(self.data, self.order, at + padded[optioned], ends, DROP_COUNT)
        packets.dropped[optioned], packets.says_dropped[optioned] = counts, counted
