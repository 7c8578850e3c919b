"""From a script to a capture: what each line weighs in bytes, with dpkt's packers.

Nothing here is random and no clock is read: one script is one file, byte for byte, on any machine. Payload
depends on its sequence number only, so a retransmission carries the same bytes as the original.
"""

import ipaddress
from collections.abc import Iterator

import dpkt

from handshake_inspect.script.model import End, Line, Pair, Quote, Segment
from handshake_inspect.script.script import Script
from handshake_inspect.seq import add

START_SECONDS = 1_767_225_600
"when a script begins: 2026-01-01 00:00:00 UTC"

CLIENT_MAC = bytes.fromhex("020000000001")
SERVER_MAC = bytes.fromhex("020000000002")
"locally administered (IEEE 802, the bit of value 2 in the first byte)"

TTL = 64
WINDOW = 64240

QUOTED_BYTES = {4: 548, 6: 1232}
"how much of a packet an error carries: 576 bytes (RFC 1812 §4.3.2.3) or 1280 (RFC 4443 §3.1), less headers"

MTU_BYTES = 1280
"the next hop's in a too-big error: the least that IPv6 allows (RFC 8200 §5)"

BITS = {
    "S": dpkt.tcp.TH_SYN,
    "F": dpkt.tcp.TH_FIN,
    "R": dpkt.tcp.TH_RST,
    "P": dpkt.tcp.TH_PUSH,
    ".": dpkt.tcp.TH_ACK,
    "U": dpkt.tcp.TH_URG,
    "E": dpkt.tcp.TH_ECE,
    "W": dpkt.tcp.TH_CWR,
    "A": dpkt.tcp.TH_NS,
}
"letter → control bit, in the order they are printed"


def to_pcap(script: Script) -> bytes:
    """A classic pcap with nanoseconds and Ethernet frames; frame n is the n-th packet line."""
    header = dpkt.pcap.LEFileHdr(
        magic=dpkt.pcap.TCPDUMP_MAGIC_NANO, snaplen=262144, linktype=dpkt.pcap.DLT_EN10MB
    )
    parts = [bytes(header)]
    for time_ns, frame in frames(script):
        seconds, rest = divmod(time_ns, 10**9)
        record = dpkt.pcap.LEPktHdr(tv_sec=seconds, tv_usec=rest, caplen=len(frame), len=len(frame))
        parts += [bytes(record), frame]
    return b"".join(parts)


def frames(script: Script) -> Iterator[tuple[int, bytes]]:
    """Each packet as nanoseconds since 1970-01-01 UTC and an Ethernet frame."""
    time_ns = START_SECONDS * 10**9
    for position, line in enumerate(script.lines):
        time_ns += line.gap_ns
        packet = _packet(script, position)
        source, target = (CLIENT_MAC, SERVER_MAC) if line.by_client else (SERVER_MAC, CLIENT_MAC)
        kind = dpkt.ethernet.ETH_TYPE_IP if packet.v == 4 else dpkt.ethernet.ETH_TYPE_IP6
        yield time_ns, bytes(dpkt.ethernet.Ethernet(src=source, dst=target, type=kind, data=bytes(packet)))


def _packet(script: Script, position: int) -> dpkt.Packet:
    """The IP packet of one line."""
    line = script.lines[position]
    pair = script.pair(line.connection)
    source, target = _ends(pair, line.by_client)
    if isinstance(line.content, Segment):
        data = _segment(line.content, source, target)
        return _internet(line, position + 1, source.address, target.address, dpkt.ip.IP_PROTO_TCP, data)
    sent, segment = script.quoted(position)
    original = _internet(
        script.lines[sent - 1] if sent else Line(0, not line.by_client, segment, line.connection),
        sent,
        target.address,
        source.address,
        dpkt.ip.IP_PROTO_TCP,
        _segment(segment, target, source),
    )
    protocol = dpkt.ip.IP_PROTO_ICMP if pair.version == 4 else dpkt.ip.IP_PROTO_ICMP6
    data = _error(line.content, pair.version, bytes(original))
    reporter = line.content.reporter or source.address
    return _internet(line, position + 1, reporter, target.address, protocol, data)


def _ends(pair: Pair, by_client: bool) -> tuple[End, End]:
    return (pair.client, pair.server) if by_client else (pair.server, pair.client)


def _internet(
    line: Line, frame: int, source: str, target: str, protocol: int, data: dpkt.Packet
) -> dpkt.Packet:
    src, dst = ipaddress.ip_address(source).packed, ipaddress.ip_address(target).packed
    ttl = TTL if line.ttl is None else line.ttl
    if len(src) == 16:
        return dpkt.ip6.IP6(src=src, dst=dst, nxt=protocol, p=protocol, hlim=ttl, plen=len(data), data=data)
    # A stack numbers its packets, so two equal lines are two packets and not one frame captured twice.
    identification = frame % 65536 if line.id is None else line.id
    return dpkt.ip.IP(src=src, dst=dst, p=protocol, id=identification, df=1, ttl=ttl, data=data)


def _segment(segment: Segment, source: End, target: End) -> dpkt.Packet:
    # Padding is zeros behind the end of the options (RFC 9293 §3.1).
    options = segment.options + bytes(-len(segment.options) % 4)
    return dpkt.tcp.TCP(
        sport=source.port,
        dport=target.port,
        seq=add(source.isn, segment.start),
        ack=0 if segment.ack is None else add(target.isn, segment.ack),
        off=5 + len(options) // 4,
        flags=sum(BITS[letter] for letter in segment.flags),
        win=WINDOW if segment.win is None else segment.win,
        opts=options,
        data=bytes(ord("a") + (segment.start + index) % 26 for index in range(segment.length)),
    )


def _error(quote: Quote, version: int, original: bytes) -> dpkt.Packet:
    kind, code = quote.kind(version)
    body = original[: QUOTED_BYTES[version]]
    if version == 6:
        v6 = dpkt.icmp6.ICMP6
        too_big = kind == dpkt.icmp6.ICMP6_PACKET_TOO_BIG
        rest = v6.TooBig(mtu=MTU_BYTES, data=body) if too_big else v6.Error(data=body)
        return v6(type=kind, code=code, data=rest)
    v4 = dpkt.icmp.ICMP
    too_big = (kind, code) == (dpkt.icmp.ICMP_UNREACH, dpkt.icmp.ICMP_UNREACH_NEEDFRAG)
    rest = v4.Unreach(mtu=MTU_BYTES, data=body) if too_big else v4.Quote(data=body)
    return v4(type=kind, code=code, data=rest)
