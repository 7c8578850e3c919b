"""TCP headers as rows of `Segments`.

It knows the fixed header (RFC 9293 §3.1) and how much payload there was. It does not know what a segment
means; what checksums say is known to `checksum`.
"""

import numpy as np

from handshake_inspect.columns import Array, selection
from handshake_inspect.decode import layouts
from handshake_inspect.decode.checksum import wrong_checksums
from handshake_inspect.decode.layers import Space, Walk, Work, layer
from handshake_inspect.decode.network import hosts
from handshake_inspect.decode.option_walk import only
from handshake_inspect.decode.options import offers
from handshake_inspect.decode.segments import MOST_PAYLOAD, Flag, Offers, Options, Segments
from handshake_inspect.decode.texts import texts

FLAGS_MASK = 0x1FF

WORD: layouts.Layout = np.dtype([("word", ">u4")])
TIMED_BYTES = 12
"Two bytes of padding and ten of timestamps."
ALIGNED_TIMESTAMPS = 0x0101080A
ALIGNED_SACK = 0x01010500
"How these options begin behind two bytes of padding, without the length of the latter."


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

    frames = walk.batch.frames
    index = selection(work.index, len(frames))
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
        payload_bytes=np.clip(work.wire - body, 0, MOST_PAYLOAD),
        record_byte=frames.record_byte[index],
        record_bytes=frames.record_bytes[index],
        options_bytes=body - work.at - size,
        headers_cut=body > work.end,
        fragment=work.part,
        options=np.zeros(len(flags), np.uint8),
    )
    walk.segments.append(found)
    walk.wrong.append(wrong_checksums(walk, work, found))
    walk.texts.append(texts(walk, work, found, body))
    opening = flags & Flag.SYN != 0
    rows = np.flatnonzero(opening)
    offered = read_options(walk, work, found, body, rows)
    found.options[rows] = offered.timestamps * np.uint8(Options.TIMED)
    walk.offers.append(offered)
    later = (found.options_bytes > 0) & ~opening & ~found.headers_cut
    timed = only_timed(walk, work, found.options_bytes, later)
    found.options[timed] = Options.TIMED
    rows = np.flatnonzero(later & ~timed)
    said = read_options(walk, work, found, body, rows)
    syn_only = (said.mss_bytes >= 0) | (said.window_shift >= 0) | said.sack
    found.options[rows] = (
        said.timestamps * np.uint8(Options.TIMED)
        | syn_only * np.uint8(Options.SYN_ONLY)
        | said.malformed * np.uint8(Options.MALFORMED)
    )


def read_options(walk: Walk, work: Work, found: Segments, body: Array, rows: Array) -> Offers:
    """The options of these rows."""
    at = selection(rows, len(work))
    begin = work.at[at] + layouts.TCP_HEADER.itemsize
    return offers(walk.batch.data, found.frame[at], begin, body[at], work.end[at])


def only_timed(walk: Walk, work: Work, options_bytes: Array, whole: Array) -> Array:
    """Which rows carry timestamps, perhaps blocks of SACK behind them, and nothing else that matters.

    Only the layout of RFC 7323 appendix A is known here, which nearly all stacks use. `whole` marks the rows
    whose options were captured whole.
    """
    begin = layouts.TCP_HEADER.itemsize
    found = whole & (options_bytes >= TIMED_BYTES)
    rows = np.flatnonzero(found)
    if not len(rows):
        return found
    at = work.at[rows] + begin
    found[rows] = walk.read(at, WORD)["word"] == ALIGNED_TIMESTAMPS
    rows, at = only(found[rows] & (options_bytes[rows] != TIMED_BYTES), rows, at)
    if len(rows):
        word = walk.read(at + TIMED_BYTES, WORD)["word"]
        rest = options_bytes[rows].astype(np.uint32) - TIMED_BYTES
        found[rows] = (word == ALIGNED_SACK | (rest - 2)) & (rest % 8 == 4)
    return found
