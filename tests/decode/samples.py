"""Frames for the tests of decoding: batches from bytes or captures, and the standard handshake."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dpkt
import numpy as np

from handshake_inspect.capture import Batch, Frames, open_capture
from handshake_inspect.columns import Table
from handshake_inspect.decode import decode
from handshake_inspect.decode.layers import Walk, whole_frames
from handshake_inspect.decode.objects import walk_objects
from handshake_inspect.decode.segments import Decoded, Offers, Quotes, Segments

CLIENT, SERVER = b"\x0a\x00\x00\x01", b"\x0a\x00\x00\x02"
CLIENT_ISN, SERVER_ISN = 1000, 2**32 - 1
OPTIONS = bytes.fromhex("020405b4 0402 080a 00000007 00000000 01 030307")


def batch_of(
    frames: Sequence[bytes],
    link_types: int | Sequence[int] = 1,
    *,
    original: Sequence[int] | None = None,
    interfaces: Sequence[int] | None = None,
) -> Batch:
    """A batch of these frames, each behind a record header of 16 bytes that must never be looked at."""
    lengths = np.array([len(frame) for frame in frames], "i8")
    data = b"".join(b"\xee" * 16 + frame for frame in frames)
    start = np.cumsum(lengths + 16) - lengths
    count = len(frames)
    return Batch(
        np.frombuffer(data, np.uint8),
        Frames(
            number=np.arange(1, count + 1),
            time_ns=np.arange(count) * 1000,
            start=start,
            captured_bytes=lengths,
            original_bytes=lengths if original is None else original,
            link_type=np.broadcast_to(link_types, count),
            interface=np.zeros(count, "u4") if interfaces is None else interfaces,
            record_byte=start - 16,
            record_bytes=lengths + 16,
        ),
    )


def batch_from(path: Path) -> Batch:
    """All frames of a capture file, as one batch."""
    batches = list(open_capture(path, batch_bytes=1 << 30))
    assert len(batches) <= 1
    return batches[0] if batches else batch_of([])


def tcp_header(**fields: Any) -> bytes:
    """A TCP header with its payload, from dpkt's packer; options go under `opts`."""
    header = dpkt.tcp.TCP(
        **{"sport": 40000, "dport": 80, "seq": CLIENT_ISN, "flags": 2, "win": 512, **fields}
    )
    if "off" not in fields:
        header.off = 5 + len(header.opts) // 4
    return bytes(header)


def ipv4(body: bytes, *, p: int = 6, opts: bytes = b"", **fields: Any) -> bytes:
    """An IPv4 packet; its lengths are right unless given."""
    packet = dpkt.ip.IP(src=CLIENT, dst=SERVER, p=p, ttl=61, id=77, data=body)
    packet.opts, packet.hl = opts, 5 + len(opts) // 4
    packet.len = len(packet)
    packet.sum = 1
    for name, value in fields.items():
        setattr(packet, name, value)
    return bytes(packet)


def ipv6(body: bytes, *, nxt: int = 6, plen: int | None = None, **fields: Any) -> bytes:
    """An IPv6 packet; its length is right unless given. Extension headers are part of `body`."""
    header = dpkt.ip6.IP6(
        src=bytes.fromhex("20010db8000000000000000000000001"),
        dst=bytes.fromhex("20010db8000000000000000000000002"),
        nxt=nxt,
        hlim=62,
        plen=len(body) if plen is None else plen,
        **fields,
    )
    return header.pack_hdr() + body


def ethernet(packet: bytes, kind: int = 0x0800) -> bytes:
    """An Ethernet frame."""
    return b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02" + kind.to_bytes(2) + packet


def handshake() -> list[bytes]:
    """The IPv4 packets of a handshake whose sequence numbers wrap."""
    back = {"src": SERVER, "dst": CLIENT}
    answer = {"sport": 80, "dport": 40000, "seq": SERVER_ISN, "ack": CLIENT_ISN + 1, "flags": 0x12}
    return [
        ipv4(tcp_header(opts=OPTIONS)),
        ipv4(tcp_header(opts=OPTIONS, **answer), **back),
        ipv4(tcp_header(seq=CLIENT_ISN + 1, ack=0, flags=0x10)),
    ]


def by_objects(batch: Batch) -> Decoded:
    """The batch decoded by the object lane alone."""
    walk = Walk(batch)
    walk_objects(walk, whole_frames(batch, {}))
    return Decoded(
        Segments.concat(walk.segments), Offers.concat(walk.offers), Quotes.concat(walk.quotes), walk.skipped
    )


def rows(table: Table) -> list[dict[str, Any]]:
    """All rows of a table as Python values."""
    return [table.row(position) for position in range(len(table))]


def counted(batch: Batch) -> Decoded:
    """Decode a batch and make sure that every frame is accounted for exactly once, in order."""
    found = decode(batch)
    frames = np.concatenate([found.segments.frame, found.quotes.frame])
    assert len(frames) == len(np.unique(frames))
    assert len(frames) + found.skipped.total() == len(batch.frames)
    assert all(np.all(np.diff(t.frame) > 0) for t in (found.segments, found.offers, found.quotes))
    assert set(found.offers.frame) == set(found.segments.frame[found.segments.flags & 2 != 0])
    return found


def one(frame: bytes, link_type: int = 1, **given: Any) -> dict[str, Any] | str:
    """The segment or quote that a single frame is, or the reason why it is none."""
    found = counted(batch_of([frame], link_type, **given))
    if found.skipped:
        return next(iter(found.skipped))
    return (rows(found.segments) + rows(found.quotes))[0]
