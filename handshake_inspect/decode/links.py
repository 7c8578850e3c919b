"""Link layers: one function per kind of first header, under the LINKTYPE numbers a capture gives it.

They know how far the header reaches and which field names the network layer; addresses, cookies and
interface indices in it are nothing to a TCP handshake. Numbers and layouts: tcpdump.org/linktypes.html.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode import layouts
from handshake_inspect.decode.layers import Space, Walk, Work, layer
from handshake_inspect.decode.layouts import TYPE_IPV4, TYPE_IPV6

NOTHING = 0
"An Ethernet type that names no network layer we know."

FAMILIES_IPV6 = (10, 24, 28, 30)
"AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, and Darwin; AF_INET is 2 for all."

NFLOG_PAYLOAD = 9
MOST_ATTRIBUTES = 64
"The kernel knows 21 kinds; a longer chain is damage."


def typed(walk: Walk, types: Array, work: Work) -> None:
    """Send frames on by Ethernet type, or through 802.2 where the field is a length (IEEE 802.3 §3.2.6)."""
    lengths = types <= layouts.LENGTH_MAX
    if not lengths.any():
        walk.send(Space.TYPE, types, work)
        return
    walk.send(Space.TYPE, types[~lengths], work.take(~lengths))
    subnetwork(walk, work.take(lengths))


def subnetwork(walk: Walk, work: Work) -> None:
    """802.2 LLC: only SNAP with an Ethernet type carries IP (RFC 1042)."""
    work = walk.whole(work, layouts.SNAP_HEADER.itemsize, "not ip")
    header = walk.read(work.at, layouts.SNAP_HEADER)
    snap = (header["sap"] == 0xAAAA) & (header["control"] == 3)
    types = np.where(snap, header["type"], NOTHING)
    walk.send(Space.TYPE, types, work.onward(at=work.at + layouts.SNAP_HEADER.itemsize))


@layer(Space.LINK, layouts.LINK_ETHERNET)
@layer(Space.TYPE, layouts.TYPE_BRIDGED)
def ethernet(walk: Walk, work: Work) -> None:
    """Ethernet, on a wire or inside a tunnel."""
    size = layouts.ETHERNET_HEADER.itemsize
    work = walk.whole(work, size)
    types = walk.read(work.at, layouts.ETHERNET_HEADER)["type"].astype("u2")
    typed(walk, types, work.onward(at=work.at + size))


@layer(Space.LINK, layouts.LINK_COOKED_1)
def cooked_1(walk: Walk, work: Work) -> None:
    """Linux cooked capture: what an interface called "any" writes."""
    size = layouts.COOKED_1.itemsize
    work = walk.whole(work, size)
    typed(walk, walk.read(work.at, layouts.COOKED_1)["ethtype"].astype("u2"), work.onward(at=work.at + size))


@layer(Space.LINK, layouts.LINK_COOKED_2)
def cooked_2(walk: Walk, work: Work) -> None:
    """Linux cooked capture, second version, with the interface's index."""
    size = layouts.COOKED_2.itemsize
    work = walk.whole(work, size)
    typed(walk, walk.read(work.at, layouts.COOKED_2)["ethtype"].astype("u2"), work.onward(at=work.at + size))


@layer(Space.LINK, layouts.LINK_HDLC)
def hdlc(walk: Walk, work: Work) -> None:
    """Cisco HDLC: an Ethernet type behind an address and a control byte."""
    size = layouts.HDLC_HEADER.itemsize
    work = walk.whole(work, size)
    types = walk.read(work.at, layouts.HDLC_HEADER)["type"].astype("u2")
    walk.send(Space.TYPE, types, work.onward(at=work.at + size))


@layer(Space.LINK, *layouts.LINKS_RAW)
def raw(walk: Walk, work: Work) -> None:
    """An IP packet with nothing before it: its own first four bits say which IP."""
    work = walk.whole(work, 1)
    version = walk.batch.data[work.at] >> 4
    walk.send(Space.TYPE, np.select([version == 4, version == 6], [TYPE_IPV4, TYPE_IPV6], NOTHING), work)


@layer(Space.LINK, layouts.LINK_IPV4)
def ipv4(walk: Walk, work: Work) -> None:
    """IPv4 only, with nothing before it."""
    walk.go(Space.TYPE, TYPE_IPV4, work)


@layer(Space.LINK, layouts.LINK_IPV6)
def ipv6(walk: Walk, work: Work) -> None:
    """IPv6 only, with nothing before it."""
    walk.go(Space.TYPE, TYPE_IPV6, work)


@layer(Space.LINK, layouts.LINK_NULL, layouts.LINK_LOOP)
def loopback(walk: Walk, work: Work) -> None:
    """BSD loopback: an address family in 4 bytes, in either order, as the writing host had it.

    A family is below 256, so exactly one end of the field is its low byte and the rest is zero.
    """
    work = walk.whole(work, 4)
    octets = [walk.batch.data[work.at + place].astype(np.int64) for place in range(4)]
    little = np.where(octets[1] + octets[2] + octets[3] == 0, octets[0], NOTHING)
    family = np.where(octets[0] + octets[1] + octets[2] == 0, octets[3], little)
    types = np.select([family == 2, np.isin(family, FAMILIES_IPV6)], [TYPE_IPV4, TYPE_IPV6], NOTHING)
    walk.send(Space.TYPE, types, work.onward(at=work.at + 4))


@layer(Space.LINK, layouts.LINK_PPP)
@layer(Space.TYPE, layouts.TYPE_PPP)
def ppp(walk: Walk, work: Work) -> None:
    """PPP, with its address and control bytes or, where peers agreed on it, without (RFC 1661 §6.6)."""
    work = walk.whole(work, 2)
    data = walk.batch.data
    framed = (data[work.at] == 0xFF) & (data[work.at + 1] == 3)
    ppp_protocol(walk, work.onward(at=work.at + 2 * framed))


def ppp_protocol(walk: Walk, work: Work) -> None:
    """The protocol field of PPP: one byte if its lowest bit is set, else two (RFC 1661 §2, §6.5)."""
    work = walk.whole(work, 2)
    data = walk.batch.data
    first = data[work.at].astype(np.int64)
    short = (first & 1).astype(bool)
    protocol = np.where(short, first, first << 8 | data[work.at + 1])
    types = np.select([protocol == number for number in PPP_TYPES], list(PPP_TYPES.values()), NOTHING)
    walk.send(Space.TYPE, types, work.onward(at=work.at + 2 - short))


PPP_TYPES = {0x21: TYPE_IPV4, 0x57: TYPE_IPV6, 0x281: layouts.TYPES_MPLS[0], 0x283: layouts.TYPES_MPLS[1]}
"The PPP protocols that lead to IP, as Ethernet types (IANA, PPP DLL protocol numbers)."


@layer(Space.LINK, layouts.LINK_NFLOG)
def nflog(walk: Walk, work: Work) -> None:
    """Linux netfilter log: attributes, one of which holds the packet."""
    work = walk.whole(work, 4)
    work = work.onward(at=work.at + 4)
    for _ in range(MOST_ATTRIBUTES):
        work = walk.whole(work, layouts.NFLOG_ATTRIBUTE.itemsize)
        header = walk.read(work.at, layouts.NFLOG_ATTRIBUTE)
        # Attribute types are below 256, so the zero byte of the type tells the writing host's byte order.
        swapped = (header["type"] & 0xFF) == 0
        kind = np.where(swapped, header["type"] >> 8, header["type"])
        size = np.where(swapped, header["size"].byteswap(), header["size"]).astype(np.int64)
        packet = kind == NFLOG_PAYLOAD
        found = work.take(packet)
        wire = np.minimum(found.wire, found.at + size[packet])
        inside = found.onward(at=found.at + 4, end=np.minimum(found.end, wire), wire=wire)
        raw(walk, inside)
        work = walk.keep(work.take(~packet), size[~packet] >= 4, "not ip")
        size = size[~packet][size[~packet] >= 4]
        work = work.onward(at=work.at + (size + 3 & ~3))
        if not len(work):
            return
    walk.skip("not ip", len(work))
