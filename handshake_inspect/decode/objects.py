"""The object lane: one frame at a time through dpkt's own packets, to the same rows as the columns.

It serves link types that the columns do not know, and it is their oracle: it may be asked about any frame.
It knows what dpkt knows, plus the tunnels over UDP that dpkt leaves alone.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import dpkt
import numpy as np

from handshake_inspect.columns import Table
from handshake_inspect.decode import layouts
from handshake_inspect.decode.icmp import ERRORS_4, ERRORS_6
from handshake_inspect.decode.layers import NAMES, Space, Walk, Work
from handshake_inspect.decode.offer import offer, said
from handshake_inspect.decode.segments import MOST_PAYLOAD, Flag, Offers, Quotes, Segments
from handshake_inspect.decode.tunnels import GENEVE_PORT, VXLAN_PORT

# dpkt asks the last extension header of a chain for a fragment's offset, which only a fragment header has.
dpkt.ip6.IP6ExtensionHeader.frag_off = 0

Row = dict[str, Any]
Kind = TypeVar("Kind", bound=Table)


def raw(data: bytes) -> Any:
    """A packet with nothing before it."""
    return dpkt.ip6.IP6(data) if data[:1] and data[0] >> 4 == 6 else dpkt.ip.IP(data)


def by_type(number: int, data: bytes) -> Any:
    """What dpkt makes of an Ethernet type; the bytes themselves where it knows none."""
    try:
        return dpkt.ethernet.Ethernet.get_type(number)(data)
    except KeyError:
        return data


def hdlc(data: bytes) -> Any:
    """Cisco HDLC, which dpkt lacks: an Ethernet type behind two bytes."""
    return by_type(int.from_bytes(data[2:4]), data[4:])


def serial(data: bytes) -> Any:
    """PPP or Cisco HDLC on one line, told apart by the first byte (RFC 1547 §4.3.1)."""
    return hdlc(data) if data[:1] in (b"\x0f", b"\x8f") else dpkt.ppp.PPP(data)


OPENERS: dict[int, Callable[[bytes], Any]] = {
    layouts.LINK_NULL: dpkt.loopback.Loopback,
    layouts.LINK_ETHERNET: dpkt.ethernet.Ethernet,
    layouts.LINK_PPP: dpkt.ppp.PPP,
    50: serial,
    51: dpkt.pppoe.PPPoE,
    **dict.fromkeys(layouts.LINKS_RAW, raw),
    layouts.LINK_HDLC: hdlc,
    105: dpkt.ieee80211.IEEE80211,
    layouts.LINK_LOOP: dpkt.loopback.Loopback,
    layouts.LINK_COOKED_1: dpkt.sll.SLL,
    127: dpkt.radiotap.Radiotap,
    204: lambda data: serial(data[1:]),
    205: lambda data: hdlc(data[1:]),
    layouts.LINK_IPV4: dpkt.ip.IP,
    layouts.LINK_IPV6: dpkt.ip6.IP6,
    layouts.LINK_COOKED_2: dpkt.sll2.SLL2,
}
"How the first header of each link type is read. 204 and 205 begin with a byte for the direction."


def walk_objects(walk: Walk, work: Work) -> None:
    """Decode frames one at a time and add their rows to `walk`. Every frame ends as a row or as a skip."""
    segments: list[Row] = []
    offers: list[Row] = []
    quotes: list[Row] = []
    frames = walk.batch.frames
    for row, at, end, wire in zip(
        work.index.tolist(), work.at.tolist(), work.end.tolist(), work.wire.tolist(), strict=True
    ):
        frame = frames.row(row)
        data = walk.batch.data[at : max(end, at)].tobytes()
        try:
            found = described(frame["link_type"], data, max(wire - end, 0))
        except Exception:
            # Damaged frames raise whatever dpkt's slices and tables happen to raise, RecursionError included.
            found = "not readable"
        if isinstance(found, str):
            walk.skip(found, 1)
            continue
        common = {name: frame[name] for name in ("time_ns", "record_byte", "record_bytes")}
        common["frame"] = frame["number"]
        if "icmp_type" in found:
            quotes.append(common | found)
            continue
        offered = offer(found.pop("options"), found["options_bytes"])
        syn = bool(found["flags"] & Flag.SYN)
        segments.append(common | found | {"interface": frame["interface"], "options": said(offered, syn=syn)})
        if syn:
            offers.append({"frame": frame["number"], **offered})
    walk.segments.append(table(Segments, segments))
    walk.offers.append(table(Offers, offers))
    walk.quotes.append(table(Quotes, quotes))


def table(kind: type[Kind], rows: list[Row]) -> Kind:
    """Rows as a table."""
    columns = kind.columns.items()
    return kind(**{name: np.array([row[name] for row in rows], declared.dtype) for name, declared in columns})


def described(link_type: int, data: bytes, beyond: int) -> Row | str:
    """The row of one frame, or why it has none. `beyond` is how many bytes of it the capture left out."""
    opener = OPENERS.get(link_type)
    if opener is None:
        return Space.LINK.value.format(link_type)
    network, between, inner = innermost(opener(data))
    if isinstance(inner, dpkt.arp.ARP):
        return "arp"
    if network is None:
        return "not ip"
    if wrong_version(network):
        return "bad ip header"
    if later_fragment(network):
        return "ip fragment"
    if isinstance(inner, dpkt.tcp.TCP):
        return segment(network, between, inner, beyond)
    if isinstance(inner, (dpkt.icmp.ICMP, dpkt.icmp6.ICMP6)):
        return quote(network, inner)
    return missing(network, between, inner)


def innermost(packet: Any) -> tuple[Any, int, Any]:
    """The last IP packet of a frame, how many header bytes lie behind its own, and what they carry.

    The packet is None where a link layer or GRE carries something else.
    """
    network, between = None, 0
    while isinstance(packet, dpkt.Packet):
        if isinstance(packet, (dpkt.tcp.TCP, dpkt.icmp.ICMP, dpkt.icmp6.ICMP6, dpkt.arp.ARP)):
            break
        if isinstance(packet, (dpkt.ethernet.Ethernet, dpkt.gre.GRE)):
            network = None
            if isinstance(packet, dpkt.gre.GRE) and _no_tunnel(packet):
                break
        elif isinstance(packet, (dpkt.ip.IP, dpkt.ip6.IP6)):
            network, between = packet, 0
            if wrong_version(packet):
                break
            if isinstance(packet, dpkt.ip6.IP6):
                between = sum(header.length for header in packet.all_extension_headers)
        elif isinstance(packet, dpkt.ah.AH):
            between += len(packet) - len(packet.data)
        packet = carried(packet)
    return network, between, packet


def wrong_version(network: Any) -> bool:
    """Whether an IP header names another version than the one it was taken for; dpkt does not look."""
    return bool(network.v != (4 if isinstance(network, dpkt.ip.IP) else 6))


def _no_tunnel(packet: Any) -> bool:
    """GRE with a source route, of an unknown version, or PPTP's without PPP in it (RFC 2637 §4.1)."""
    version = packet.flags & 0x7
    routed = packet.flags & dpkt.gre.GRE_RP
    return bool(routed or version > 1 or (version == 1 and packet.p != layouts.TYPE_PPP))


def carried(packet: Any) -> Any:
    """What a packet carries, where dpkt says it or where a port or an 802.11 header does."""
    data = packet.data
    if isinstance(packet, dpkt.ieee80211.IEEE80211):
        return dpkt.llc.LLC(data) if packet.type == dpkt.ieee80211.DATA_TYPE and not packet.wep else b""
    if isinstance(packet, dpkt.udp.UDP):
        if packet.dport == VXLAN_PORT and data[0] & 0x08:
            return dpkt.ethernet.Ethernet(data[8:])
        if packet.dport == GENEVE_PORT and data[0] >> 6 == 0:
            return by_type(int.from_bytes(data[2:4]), data[8 + 4 * (data[0] & 0x3F) :])
    return data


def fragment_header(network: Any) -> Any:
    """The fragment header of an IPv6 packet, if it has one."""
    headers = [h for h in network.all_extension_headers if isinstance(h, dpkt.ip6.IP6FragmentHeader)]
    return headers[-1] if headers else None


def later_fragment(network: Any) -> bool:
    """Whether the packet is a fragment other than the first."""
    if isinstance(network, dpkt.ip.IP):
        return bool(network.offset)
    header = fragment_header(network)
    return header is not None and header.frag_off > 0


def first_fragment(network: Any) -> bool:
    """Whether further fragments follow."""
    if isinstance(network, dpkt.ip.IP):
        return bool(network.mf)
    header = fragment_header(network)
    return header is not None and bool(header.m_flag)


def promised(network: Any, between: int) -> int | None:
    """How many bytes the IP header says there are behind its headers; None if it leaves that to the frame."""
    if isinstance(network, dpkt.ip.IP):
        return network.len - 4 * network.hl - between if network.len else None
    return network.plen - between if network.plen else None


def missing(network: Any, between: int, inner: Any) -> str:
    """Why a packet gave neither a segment nor a quote."""
    number = protocol(network)
    room = promised(network, between)
    if number == 6:
        if room is not None and room < layouts.TCP_HEADER.itemsize:
            return "ip fragment" if first_fragment(network) else "bad tcp header"
        return "headers cut" if len(inner) < layouts.TCP_HEADER.itemsize else "bad tcp header"
    if number in (1, 58):
        return "headers cut"
    return "udp" if number == 17 else NAMES.get((Space.PROTOCOL, number), Space.PROTOCOL.value.format(number))


def protocol(network: Any) -> int:
    """What the last header of an IP packet says it carries; dpkt says nothing behind an encrypted payload."""
    return int(getattr(network, "p", dpkt.ip.IP_PROTO_ESP))


def segment(network: Any, between: int, header: Any, beyond: int) -> Row | str:
    """One row of `Segments` but for its frame, with the bytes of its options under 'options'."""
    size = 4 * header.off
    room = promised(network, between)
    if room is None:
        room = len(header) + beyond
    if size > room and not first_fragment(network):
        return "bad tcp header"
    old = isinstance(network, dpkt.ip.IP)
    return {
        **ends(network, header.sport, header.dport),
        "seq": header.seq,
        "ack": header.ack,
        "flags": header.flags,
        "window": header.win,
        "payload_bytes": min(max(room - size, 0), MOST_PAYLOAD),
        "ttl": network.ttl if old else network.hlim,
        "ip_id": network.id if old else 0,
        "options_bytes": size - layouts.TCP_HEADER.itemsize,
        "headers_cut": len(header.opts) < size - layouts.TCP_HEADER.itemsize,
        "fragment": first_fragment(network),
        "options": bytes(header.opts),
    }


def quote(network: Any, message: Any) -> Row | str:
    """One row of `Quotes` but for its frame."""
    old = isinstance(message, dpkt.icmp.ICMP)
    if message.type not in (ERRORS_4 if old else ERRORS_6):
        return "icmp"
    # dpkt parses the quotation of most errors; of a parameter problem over IPv4 it keeps the bytes.
    quoted = message.data.data if isinstance(message.data, dpkt.Packet) else message.data[4:]
    if not isinstance(quoted, dpkt.Packet):
        quoted = dpkt.ip.IP(quoted) if old else dpkt.ip6.IP6(quoted)
    if protocol(quoted) != 6 or wrong_version(quoted) or later_fragment(quoted):
        return "icmp"
    start = bytes(quoted.data)[: layouts.TCP_QUOTED.itemsize]
    if len(start) < layouts.TCP_QUOTED.itemsize:
        return "icmp"
    found = np.frombuffer(start, layouts.TCP_QUOTED)[0]
    reporter = ends(network, 0, 0)
    return {
        **ends(quoted, int(found["sport"]), int(found["dport"])),
        "reporter_high": reporter["source_high"],
        "reporter_low": reporter["source_low"],
        "icmp_type": message.type,
        "icmp_code": message.code,
        "seq": int(found["seq"]),
    }


def ends(network: Any, source_port: int, target_port: int) -> Row:
    """The columns of `Ends`."""
    source, target = int.from_bytes(network.src), int.from_bytes(network.dst)
    low = (1 << 64) - 1
    return {
        "version": 4 if isinstance(network, dpkt.ip.IP) else 6,
        "source_high": source >> 64,
        "source_low": source & low,
        "target_high": target >> 64,
        "target_low": target & low,
        "source_port": source_port,
        "target_port": target_port,
    }
