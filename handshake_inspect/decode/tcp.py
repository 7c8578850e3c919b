"""TCP headers as rows of `Segments`.

It knows the fixed header (RFC 9293 §3.1) and how much payload there was. It does not know what a segment
means, and does not look at checksums: offloading makes them wrong in honest captures.
"""

import numpy as np

from handshake_inspect.decode import layouts
from handshake_inspect.decode.layers import Space, Walk, Work, layer
from handshake_inspect.decode.network import hosts
from handshake_inspect.decode.options import offers
from handshake_inspect.decode.segments import Flag, Segments

FLAGS_MASK = 0x1FF

BLOCK = 1 << 14
"Rows whose options are read at once: the working arrays of a flood of SYNs then stay in the cache."


@layer(Space.PROTOCOL, 6)
def tcp(walk: Walk, work: Work) -> None:
    """The end of the way for most frames: one row each.

    A first fragment is a segment if it holds the fixed header; a smaller one is what RFC 1858 §3 warns of.
    """
    size = layouts.TCP_HEADER.itemsize
    ended = work.at + size > work.wire
    clean = walk.sort_out(
        ("ip fragment", ended & work.part),
        ("bad tcp header", ended),
        ("headers cut", work.at + size > work.end),
    )
    work = work if clean.all() else work.take(clean)
    header = walk.read(work.at, layouts.TCP_HEADER)
    offset_flags = header["_off_flags"].astype("u2")
    body = work.at + (offset_flags >> 12 << 2)
    clean = walk.sort_out(
        ("bad tcp header", (offset_flags < 5 << 12) | (body > work.wire) & ~work.part),
    )
    if not clean.all():
        work, header, offset_flags, body = work.take(clean), header[clean], offset_flags[clean], body[clean]

    frames, index = walk.batch.frames, work.index
    flags = offset_flags & FLAGS_MASK
    found = Segments(
        frame=frames.number[index],
        time_ns=frames.time_ns[index],
        interface=frames.interface[index],
        **hosts(walk, work.network)._asdict(),
        source_port=header["sport"],
        target_port=header["dport"],
        seq=header["seq"],
        ack=header["ack"],
        flags=flags,
        window=header["win"],
        payload_bytes=np.maximum(work.wire - body, 0),
        record_byte=frames.record_byte[index],
        record_bytes=frames.record_bytes[index],
        options_bytes=body - work.at - size,
        headers_cut=body > work.end,
    )
    walk.segments.append(found)
    opening = np.flatnonzero(flags & Flag.SYN)
    for first in range(0, len(opening), BLOCK):
        rows = opening[first : first + BLOCK]
        begin, stop = work.at[rows] + size, body[rows]
        walk.offers.append(offers(walk.batch.data, found.frame[rows], begin, stop, work.end[rows]))
