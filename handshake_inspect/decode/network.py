"""IPv4 and IPv6: how long a packet is, what it carries, and between whom.

They know headers, options, extension headers and fragments. They do not put fragments together again: the
first one is taken for what it holds, the others are counted. Checksums are not looked at.
"""

from typing import NamedTuple

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode import layouts
from handshake_inspect.decode.layers import Space, Walk, Work, layer

MORE_FRAGMENTS = 0x2000
OFFSET_MASK = 0x1FFF

EXTENSIONS = (0, 43, 60)
"""Hop-by-hop options, routing, destination options: counted in 8 bytes (RFC 8200 §4). A mobility header ends
its chain: no payload behind it was ever defined (RFC 6275 §6.1.1)."""
FRAGMENT = 44
AUTHENTICATION = 51


@layer(Space.TYPE, layouts.TYPE_IPV4)
@layer(Space.PROTOCOL, 4)
def ipv4(walk: Walk, work: Work) -> None:
    """IPv4 (RFC 791 §3.1). The total length is what counts: Ethernet pads short frames behind it.

    A total length of 0 is a packet captured before segmentation offload filled it in: it reaches to the end
    of its frame.
    """
    work = walk.whole(work, layouts.IPV4_HEADER.itemsize)
    header = walk.read(work.at, layouts.IPV4_HEADER)
    octet, place = header["_v_hl"], header["_flags_offset"].astype("u2")
    total = header["len"].astype(np.int64)
    wire = work.at + total
    if not total.all():
        wire = np.where(total == 0, work.wire, wire)
    at = work.at + ((octet & 15) << 2)
    end = np.minimum(work.end, wire)
    clean = walk.sort_out(
        ("bad ip header", (octet < 0x45) | (octet > 0x4F) | (at > wire)),
        ("ip fragment", (place & OFFSET_MASK) != 0),
        ("headers cut", at > end),
    )
    inside = work.onward(at=at, end=end, wire=wire, network=work.at, part=(place & MORE_FRAGMENTS) != 0)
    if clean.all():
        walk.send(Space.PROTOCOL, header["p"], inside)
    else:
        walk.send(Space.PROTOCOL, header["p"][clean], inside.take(clean))


@layer(Space.TYPE, layouts.TYPE_IPV6)
@layer(Space.PROTOCOL, 41)
def ipv6(walk: Walk, work: Work) -> None:
    """IPv6 (RFC 8200 §3). A payload length of 0 reaches to the end of the frame, as with IPv4."""
    size = layouts.IPV6_HEADER.itemsize
    work = walk.whole(work, size)
    header = walk.read(work.at, layouts.IPV6_HEADER)
    at = work.at + size
    length = header["plen"].astype(np.int64)
    wire = np.where(length == 0, work.wire, at + length)
    clean = walk.sort_out(("bad ip header", header["_v_fc_flow"] >> 28 != 6))
    inside = work.onward(
        at=at, end=np.minimum(work.end, wire), wire=wire, network=work.at, part=np.zeros(len(work), bool)
    )
    walk.send(Space.PROTOCOL, header["nxt"][clean], inside.take(clean))


@layer(Space.PROTOCOL, *EXTENSIONS)
def extension(walk: Walk, work: Work) -> None:
    """An extension header that tells its length in units of 8 bytes beyond the first (RFC 8200 §4)."""
    step_over(walk, work, 8)


@layer(Space.PROTOCOL, AUTHENTICATION)
def authentication(walk: Walk, work: Work) -> None:
    """An authentication header: units of 4 bytes beyond the first two (RFC 4302 §2.2)."""
    step_over(walk, work, 4)


def step_over(walk: Walk, work: Work, unit: int) -> None:
    """Continue behind a header of 8 bytes and as many units of `unit` bytes as its second byte says."""
    work = walk.whole(work, layouts.EXTENSION_HEADER.itemsize)
    header = walk.read(work.at, layouts.EXTENSION_HEADER)
    at = work.at + 8 + header["len"].astype(np.int64) * unit
    walk.send(Space.PROTOCOL, header["nxt"], work.onward(at=at))


@layer(Space.PROTOCOL, FRAGMENT)
def fragment(walk: Walk, work: Work) -> None:
    """A fragment header of IPv6; an atomic fragment is whole (RFC 8200 §4.5, RFC 6946)."""
    size = layouts.FRAGMENT_HEADER.itemsize
    work = walk.whole(work, size)
    header = walk.read(work.at, layouts.FRAGMENT_HEADER)
    place = header["_frag_off_resv_m"]
    first = walk.sort_out(("ip fragment", place >> 3 != 0))
    inside = work.onward(at=work.at + size, part=place & 1 != 0)
    walk.send(Space.PROTOCOL, header["nxt"][first], inside.take(first))


class Hosts(NamedTuple):
    """What the IP header of each packet says of its way, with addresses as `segments.Ends` has them."""

    version: Array
    source_high: Array
    source_low: Array
    target_high: Array
    target_low: Array
    ttl: Array
    ip_id: Array


def hosts(walk: Walk, network: Array) -> Hosts:
    """Read the IP headers that begin at these bytes: all are whole, and either version may come."""
    # The longer header begins with the shorter one's first byte, too.
    header = walk.read(network, layouts.IPV4_HEADER)
    version = header["_v_hl"] >> 4
    if (version == 4).all():
        none = np.zeros(len(network), "u8")
        return Hosts(version, none, header["src"], none, header["dst"], header["ttl"], header["id"])
    found = Hosts(version, *(np.zeros(len(network), code) for code in ("u8", "u8", "u8", "u8", "u1", "u2")))
    old, new = version == 4, version != 4
    found.source_low[old], found.target_low[old] = header["src"][old], header["dst"][old]
    found.ttl[old], found.ip_id[old] = header["ttl"][old], header["id"][old]
    header = walk.read(network[new], layouts.IPV6_HEADER)
    found.source_high[new], found.source_low[new] = header["src"][:, 0], header["src"][:, 1]
    found.target_high[new], found.target_low[new] = header["dst"][:, 0], header["dst"][:, 1]
    found.ttl[new] = header["hlim"]
    return found
