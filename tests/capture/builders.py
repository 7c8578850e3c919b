"""Capture files written with `struct`, so that every field of them can be chosen, wrong ones too."""

from dataclasses import dataclass
from io import BytesIO
from struct import pack

from handshake_inspect.capture import Capture, Frames, open_capture

BYTE_ORDER = 0x1A2B3C4D


def pcap_header(
    order: str = "<",
    magic: int = 0xA1B2C3D4,
    snap: int = 262_144,
    link: int = 1,
    version: tuple[int, int] = (2, 4),
) -> bytes:
    """The file header of a classic pcap."""
    return pack(f"{order}IHHIIII", magic, *version, 0, 0, snap, link)


def record(
    data: bytes,
    seconds: int = 1_700_000_000,
    ticks: int = 0,
    *,
    original: int | None = None,
    order: str = "<",
) -> bytes:
    """One record of a classic pcap."""
    return pack(f"{order}IIII", seconds, ticks, len(data), len(data) if original is None else original) + data


def block(block_type: int, body: bytes, order: str = "<") -> bytes:
    """Any block of a pcapng."""
    body += bytes(-len(body) % 4)
    length = pack(f"{order}I", len(body) + 12)
    return pack(f"{order}I", block_type) + length + body + length


def option(code: int, value: bytes, order: str = "<") -> bytes:
    """One option of a block."""
    return pack(f"{order}HH", code, len(value)) + value + bytes(-len(value) % 4)


def section(order: str = "<", length: int = -1, version: tuple[int, int] = (1, 0)) -> bytes:
    """A Section Header Block."""
    return block(0x0A0D0D0A, pack(f"{order}IHHq", BYTE_ORDER, *version, length), order)


def interface(link: int = 1, snap: int = 0, options: bytes = b"", order: str = "<") -> bytes:
    """An Interface Description Block."""
    return block(1, pack(f"{order}HHI", link, 0, snap) + options, order)


@dataclass(frozen=True)
class Packet:
    """What an Enhanced Packet Block says."""

    data: bytes
    ticks: int = 1_700_000_000_000_000
    interface: int = 0
    original: int | None = None
    options: bytes = b""

    def block(self, order: str = "<") -> bytes:
        """The block."""
        original = len(self.data) if self.original is None else self.original
        fields = pack(
            f"{order}IIIII",
            self.interface,
            self.ticks >> 32,
            self.ticks & 0xFFFFFFFF,
            len(self.data),
            original,
        )
        return block(6, fields + self.data + bytes(-len(self.data) % 4) + self.options, order)


def packet(data: bytes, ticks: int = 1_700_000_000_000_000, number: int = 0, order: str = "<") -> bytes:
    """A plain Enhanced Packet Block."""
    return Packet(data, ticks, number).block(order)


def read(content: bytes, batch_bytes: int = 1 << 24) -> tuple[Capture, list[dict[str, int]], list[bytes]]:
    """A capture of these bytes, read to its end: its rows without `start`, and its frames' bytes."""
    capture = open_capture("-", stdin=BytesIO(content), batch_bytes=batch_bytes)
    rows: list[dict[str, int]] = []
    kept: list[bytes] = []
    for batch in capture:
        assert len(batch.frames)
        for place in range(len(batch.frames)):
            row = batch.frames.row(place)
            start = row.pop("start")
            kept.append(batch.data[start : start + row["captured_bytes"]].tobytes())
            rows.append(row)
    return capture, rows, kept


def columns(capture: Capture) -> Frames:
    """All rows of a capture."""
    return Frames.concat([batch.frames for batch in capture])
