"""The classic pcap file: one header, then records that each begin with a time and two lengths.

It knows draft-ietf-opsawg-pcap, both byte orders, both clocks, and the longer record header of the modified
format by Alexey Kuznetzov. It refuses to know other versions than 2.4: earlier ones swap the two lengths.
The one idea: a record's four numbers are read for all records at once.
"""

from collections.abc import Iterator
from struct import unpack
from typing import NamedTuple

import numpy as np

from handshake_inspect.capture.frames import Batch, Capture, Frames, Interface
from handshake_inspect.capture.limits import longest_frame_bytes
from handshake_inspect.capture.source import Source
from handshake_inspect.capture.walk import Chain, walk
from handshake_inspect.capture.window import Window
from handshake_inspect.columns import Array
from handshake_inspect.errors import CaptureError

FILE_HEADER_BYTES = 24
NS = 1_000_000_000


class Variant(NamedTuple):
    """What a magic number says of the records."""

    tick_ns: int
    "the unit of the second half of a record's time"
    header_bytes: int
    "length of a record's header"


VARIANTS = {
    0xA1B2C3D4: Variant(1000, 16),
    0xA1B23C4D: Variant(1, 16),
    0xA1B2CD34: Variant(1000, 24),
}
"By magic: microseconds, nanoseconds, and the modified format, which adds where the frame came from."

MAGICS = {magic.to_bytes(4, "little"): ("<", variant) for magic, variant in VARIANTS.items()} | {
    magic.to_bytes(4, "big"): (">", variant) for magic, variant in VARIANTS.items()
}
"By a file's first four bytes: its byte order, and its variant."


STEADY = {"<": (2, 3, 10, 11, 14, 15), ">": (0, 1, 8, 9, 12, 13)}
"By byte order: the upper halves of the seconds, which last 18 hours, and of the two lengths."


def open_pcap(path: str, source: Source, batch_bytes: int) -> Capture:
    """A classic pcap whose magic was seen; raises CaptureError for a file header that cannot be used."""
    header = source.read(FILE_HEADER_BYTES)
    if len(header) < FILE_HEADER_BYTES:
        raise CaptureError(
            f"{source.name}: its file header is cut: {len(header)} of {FILE_HEADER_BYTES} bytes are there"
        )
    order, variant = MAGICS[header[:4]]
    major, minor, _, _, snap_bytes, link = unpack(f"{order}4xHHIIII", header)
    if (major, minor) != (2, 4):
        raise CaptureError(f"{source.name}: is a pcap of version {major}.{minor}, and only 2.4 can be read")
    # draft-ietf-opsawg-pcap §4: the P bit says that the top four bits count the FCS, in units of 16 bits.
    fcs_bytes = 2 * (link >> 28) if link & 0x0400_0000 else 0
    interface = Interface(link_type=link & 0xFFFF, snap_bytes=snap_bytes, fcs_bytes=fcs_bytes)
    window = Window(source, FILE_HEADER_BYTES, batch_bytes)
    capture = Capture(path, "pcap", iter(()), [interface])
    capture.batches = _batches(capture, window, order, variant)
    return capture


def _batches(capture: Capture, window: Window, order: str, variant: Variant) -> Iterator[Batch]:
    link_type = capture.interfaces[0].link_type
    chain = Chain(
        order,
        header_bytes=variant.header_bytes,
        length_at=8,
        overhead=variant.header_bytes,
        least=0,
        most=longest_frame_bytes(link_type),
        unit=1,
        steady=STEADY[order],
    )
    number, end, need = 1, 0, 1
    while True:
        window.slide(end, need)
        starts, end = walk(window.data, chain)
        if len(starts):
            yield Batch(window.data, _frames(window, chain, variant, starts, link_type, number))
            number += len(starts)
        rest = len(window.data) - end
        length = chain.length(window.data, end) if rest >= chain.header_bytes else 0
        if not chain.believes(length):
            byte = window.first_byte + end
            reason = f"record at byte {byte} says {length} bytes were captured, and {chain.most} is the most"
            capture.stopped = window.stopped(end, reason)
            return
        need = chain.overhead + length
        if window.at_end:
            what = "record" if rest >= chain.header_bytes else "header of the record"
            capture.stopped = window.stopped_at_end(end, need, what)
            return


def _frames(
    window: Window, chain: Chain, variant: Variant, starts: Array, link_type: int, number: int
) -> Frames:
    """The rows of the records at `starts`."""
    headers = np.ndarray((len(window.data) - 15,), "V16", buffer=window.data, strides=(1,))
    numbers = headers[starts].view(f"{chain.order}u4").reshape(-1, 4)
    seconds, ticks, captured, original = (column.astype(np.int64) for column in numbers.T)
    count = len(starts)
    return Frames(
        number=np.arange(number, number + count),
        time_ns=seconds * NS + ticks * variant.tick_ns,
        start=starts + chain.overhead,
        captured_bytes=captured,
        original_bytes=original,
        link_type=np.full(count, link_type, np.uint16),
        interface=np.zeros(count, np.uint32),
        record_byte=starts + window.first_byte,
        record_bytes=captured + chain.overhead,
    )
