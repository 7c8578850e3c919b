"""Tunnels: a packet inside a packet. Each leads back to a link or network layer; the innermost one counts.

IP in IP needs no layer of its own: IPv4 and IPv6 are protocols 4 and 41 themselves. It knows GRE, VXLAN and
Geneve; which tunnel a segment came through is not kept.
"""

import numpy as np

from handshake_inspect.decode import layouts
from handshake_inspect.decode.layers import Space, Walk, Work, layer

VXLAN_PORT = 4789
GENEVE_PORT = 6081

CHECKSUM, ROUTING, KEY, SEQUENCE, ACKNOWLEDGED, VERSION = 0x8000, 0x4000, 0x2000, 0x1000, 0x0080, 0x0007


@layer(Space.PROTOCOL, 47)
def gre(walk: Walk, work: Work) -> None:
    """GRE (RFC 2784 §2, RFC 2890 §2), and PPTP's with its acknowledgment (RFC 2637 §4.1).

    Source routes (RFC 1701) were withdrawn; their frames are skipped.
    """
    work = walk.whole(work, layouts.GRE_HEADER.itemsize)
    header = walk.read(work.at, layouts.GRE_HEADER)
    flags = header["flags"].astype(np.int64)
    size = 4 + sum(np.where(flags & bit, 4, 0) for bit in (CHECKSUM, KEY, SEQUENCE, ACKNOWLEDGED))
    kind, version = header["p"].astype("u2"), flags & VERSION
    strange = (version > 1) | (version == 1) & (kind != layouts.TYPE_PPP)
    clean = walk.sort_out(("gre", (flags & ROUTING != 0) | strange))
    walk.send(Space.TYPE, kind[clean], work.onward(at=work.at + size).take(clean))


@layer(Space.PROTOCOL, 17)
def udp(walk: Walk, work: Work) -> None:
    """UDP to the port of a tunnel; any other datagram is not ours."""
    size = layouts.UDP_HEADER.itemsize
    work = walk.whole(work, size)
    port = walk.read(work.at, layouts.UDP_HEADER)["dport"]
    work = work.onward(at=work.at + size)
    vxlan(walk, work.take(port == VXLAN_PORT))
    geneve(walk, work.take(port == GENEVE_PORT))
    walk.skip("udp", int(np.count_nonzero((port != VXLAN_PORT) & (port != GENEVE_PORT))))


def vxlan(walk: Walk, work: Work) -> None:
    """VXLAN: an Ethernet frame, if the flag of a valid network is set (RFC 7348 §5)."""
    size = layouts.VXLAN_HEADER.itemsize
    work = walk.whole(work, size)
    valid = walk.read(work.at, layouts.VXLAN_HEADER)["flags"] & 0x08 != 0
    walk.go(Space.LINK, layouts.LINK_ETHERNET, walk.keep(work.onward(at=work.at + size), valid, "udp"))


def geneve(walk: Walk, work: Work) -> None:
    """Geneve: its options are counted in 4 bytes, and an Ethernet type says what follows (RFC 8926 §3.4)."""
    size = layouts.GENEVE_HEADER.itemsize
    work = walk.whole(work, size)
    header = walk.read(work.at, layouts.GENEVE_HEADER)
    clean = walk.sort_out(("udp", header["lengths"] >> 6 != 0))
    at = work.at + size + (header["lengths"] & 0x3F).astype(np.int64) * 4
    walk.send(Space.TYPE, header["type"][clean].astype("u2"), work.onward(at=at).take(clean))
