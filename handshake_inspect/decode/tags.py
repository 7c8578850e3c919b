"""What may stand between a link header and IP: VLAN tags, MPLS labels, PPPoE.

It knows how to step over them. Which VLAN or label it was is not kept: a connection is known by its ends.
"""

import numpy as np

from handshake_inspect.decode import layouts
from handshake_inspect.decode.layers import Space, Walk, Work, layer
from handshake_inspect.decode.links import ppp_protocol, typed


@layer(Space.TYPE, *layouts.TYPES_VLAN)
def vlan(walk: Walk, work: Work) -> None:
    """One tag of IEEE 802.1Q or 802.1ad; a second tag comes back here."""
    size = layouts.VLAN_TAG.itemsize
    work = walk.whole(work, size)
    typed(walk, walk.read(work.at, layouts.VLAN_TAG)["type"].astype("u2"), work.onward(at=work.at + size))


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
