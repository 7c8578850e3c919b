"""Frames to TCP segments, and to the ICMP errors that quote one; all others are counted with their reason.

Two lanes give the same rows. The columns take all frames of a batch through their headers together; the
objects take one frame at a time through dpkt, for link types that the columns do not know.
"""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from handshake_inspect.capture.frames import Batch
from handshake_inspect.decode import icmp, links, network, tags, tcp, tunnels  # noqa: F401  (layers register)
from handshake_inspect.decode.layers import LAYERS, Space, Walk, whole_frames
from handshake_inspect.decode.segments import Checksums, Decoded, Offers, Quotes, Segments, Texts
from handshake_inspect.integers import order

__all__ = ["decode"]


def decode(batch: Batch, *, fcs_bytes: Mapping[int, int] | None = None) -> Decoded:
    """What each frame of a batch was.

    `fcs_bytes` maps the index of an interface to the length in bytes of the frame check sequence behind its
    frames, which is taken off before anything is read. Every frame is one row of `segments` or `quotes`, or
    counted in `skipped`. Frames may hold anything: nothing is raised.
    """
    walk = Walk(batch)
    work = whole_frames(batch, fcs_bytes or {})
    by_columns = np.zeros(1 << 16, bool)
    by_columns[[number for space, number in LAYERS if space is Space.LINK]] = True
    known = by_columns[batch.frames.link_type]
    walk.send(Space.LINK, batch.frames.link_type[known], work.take(known))
    walk.run()
    if not known.all():
        # The object lane is rarely needed.
        from handshake_inspect.decode.objects import walk_objects

        walk_objects(walk, work.take(~known))
    return Decoded(
        in_order(Segments.concat(walk.segments)),
        in_order(Offers.concat(walk.offers)),
        in_order(Quotes.concat(walk.quotes)),
        walk.skipped,
        in_order(Checksums.concat(walk.wrong)),
        walk.summed,
        tags.tags(walk),
        in_order(Texts.concat(walk.texts)),
    )


Rows = TypeVar("Rows", Segments, Offers, Quotes, Checksums, Texts)


def in_order(rows: Rows) -> Rows:
    """Rows in the order of their frames, whichever way they came."""
    if (rows.frame[1:] > rows.frame[:-1]).all():
        return rows
    return rows.take(order(rows.frame))
