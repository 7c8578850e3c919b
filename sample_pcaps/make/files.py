"""Capture files of what a lab saw, with dpkt's headers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import dpkt

from sample_pcaps.make.wire import Seen

ETHERNET_HEADER_BYTES = 14
LINKTYPE_RAW = 101
SNAP_BYTES = 262144


def pcap(frames: Iterable[Seen]) -> bytes:
    """A classic pcap of Ethernet frames with microseconds."""
    parts = [bytes(dpkt.pcap.LEFileHdr(snaplen=SNAP_BYTES, linktype=dpkt.pcap.DLT_EN10MB))]
    for seen in frames:
        seconds, rest = divmod(seen.time_ns, 10**9)
        size = len(seen.frame)
        header = dpkt.pcap.LEPktHdr(tv_sec=seconds, tv_usec=rest // 1000, caplen=size, len=size)
        parts += [bytes(header), seen.frame]
    return b"".join(parts)


@dataclass(frozen=True)
class Interface:
    """One interface of a pcapng, and what it saw."""

    name: str
    frames: Sequence[Seen]
    link_type: int = dpkt.pcap.DLT_EN10MB
    digits: int = 6
    "of a second, in its time stamps"


def pcapng(*interfaces: Interface) -> bytes:
    """A pcapng of what the interfaces saw, in order of time."""
    parts = [dpkt.pcapng.SectionHeaderBlockLE()]
    packets: list[tuple[int, int, Seen]] = []
    for number, interface in enumerate(interfaces):
        options = [
            dpkt.pcapng.PcapngOptionLE(code=dpkt.pcapng.PCAPNG_OPT_IF_NAME, data=interface.name.encode()),
            dpkt.pcapng.PcapngOptionLE(
                code=dpkt.pcapng.PCAPNG_OPT_IF_TSRESOL, data=bytes((interface.digits,))
            ),
            dpkt.pcapng.PcapngOptionLE(),
        ]
        parts.append(
            dpkt.pcapng.InterfaceDescriptionBlockLE(
                linktype=interface.link_type, snaplen=SNAP_BYTES, opts=options
            )
        )
        packets += [(seen.time_ns, number, seen) for seen in interface.frames]
    for time_ns, number, seen in sorted(packets, key=lambda packet: packet[:2]):
        high, low = divmod(time_ns // 10 ** (9 - interfaces[number].digits), 2**32)
        parts.append(
            dpkt.pcapng.EnhancedPacketBlockLE(
                iface_id=number,
                ts_high=high,
                ts_low=low,
                caplen=len(seen.frame),
                pkt_len=len(seen.frame),
                pkt_data=seen.frame,
            )
        )
    return b"".join(map(bytes, parts))


def without_ethernet(frames: Iterable[Seen]) -> list[Seen]:
    """The same packets as a device without a link layer sees them."""
    return [Seen(seen.time_ns, seen.by_client, seen.frame[ETHERNET_HEADER_BYTES:]) for seen in frames]


def in_vlan(frames: Iterable[Seen], number: int) -> list[Seen]:
    """The same frames as a switch's trunk carries them, with an IEEE 802.1Q tag behind the addresses."""
    tag = dpkt.ethernet.ETH_TYPE_8021Q.to_bytes(2, "big") + number.to_bytes(2, "big")
    return [Seen(seen.time_ns, seen.by_client, seen.frame[:12] + tag + seen.frame[12:]) for seen in frames]
