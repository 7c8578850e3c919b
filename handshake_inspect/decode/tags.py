"""What may stand between a link header and IP: VLAN tags, MPLS labels, PPPoE.

It knows how to step over them. Which VLAN it was is kept, for networks behind one trunk may use the same
addresses; whether it matters is decided elsewhere. Labels and sessions name ways, not networks: they are not
kept.
"""

import numpy as np

from handshake_inspect.decode import layouts
from handshake_inspect.decode.layers import Space, Walk, Work, layer
from handshake_inspect.decode.links import ppp_protocol, typed
from handshake_inspect.decode.segments import Tags

VLAN = 0xFFF
"The identifier in a tag, behind priority and drop eligibility (IEEE 802.1Q §9.6); 0 names no VLAN."


@layer(Space.TYPE, *layouts.TYPES_VLAN)
def vlan(walk: Walk, work: Work) -> None:
    """One tag of IEEE 802.1Q or 802.1ad; a second tag comes back here."""
    size = layouts.VLAN_TAG.itemsize
    work = walk.whole(work, size)
    header = walk.read(work.at, layouts.VLAN_TAG)
    walk.tagged.append((work.index, header["_pri_cfi_id"] & VLAN))
    typed(walk, header["type"].astype("u2"), work.onward(at=work.at + size))


@layer(Space.TYPE, *layouts.TYPES_MPLS)
def mpls(walk: Walk, work: Work) -> None:
    """One label. What the last one carries shows only in its first four bits (RFC 3032 §2.1, RFC 4928 §3)."""
    size = layouts.MPLS_LABEL.itemsize
    work = walk.whole(work, size)
    label = walk.read(work.at, layouts.MPLS_LABEL)["_val_exp_s_ttl"]
    last = (label & 0x100) != 0
    work = work.onward(at=work.at + size)
    walk.go(Space.TYPE, layouts.TYPES_MPLS[0], work.take(~last))
    work = walk.whole(work.take(last), 1)
    nibble = walk.batch.data[work.at] >> 4
    walk.go(Space.TYPE, layouts.TYPE_IPV4, work.take(nibble == 4))
    walk.go(Space.TYPE, layouts.TYPE_IPV6, work.take(nibble == 6))
    # Anything else is taken for a bridged frame; two zero bytes begin a control word of 4 (RFC 4448 §4.6).
    bridged = walk.whole(work.take((nibble != 4) & (nibble != 6)), 2)
    control = (walk.batch.data[bridged.at] == 0) & (walk.batch.data[bridged.at + 1] == 0)
    walk.go(Space.TYPE, layouts.TYPE_BRIDGED, bridged.onward(at=bridged.at + np.where(control, 4, 0)))


@layer(Space.TYPE, layouts.TYPE_PPPOE)
def pppoe(walk: Walk, work: Work) -> None:
    """A PPPoE session: PPP without its address and control bytes (RFC 2516 §6)."""
    size = layouts.PPPOE_HEADER.itemsize
    work = walk.whole(work, size)
    session = walk.read(work.at, layouts.PPPOE_HEADER)["code"] == 0
    ppp_protocol(walk, walk.keep(work.onward(at=work.at + size), session, "not ip"))


def tags(walk: Walk) -> Tags:
    """The frames that bore a tag, and of each the last two, the outer before the inner."""
    if not walk.tagged:
        return Tags.blank(0)
    found = np.zeros(len(walk.batch.frames), np.uint32)
    for index, tag in walk.tagged:
        found[index] = (found[index] << 12 | tag) & 0xFFFFFF
    rows = np.flatnonzero(found)
    return Tags(frame=walk.batch.frames.number[rows], tag=found[rows])
