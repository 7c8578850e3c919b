"""Where the fields of each header lie, and the numbers by which one header names the next.

It knows what dpkt declares, and nothing of what a field means. Its one idea: dpkt's `__hdr__` tuples become
NumPy record dtypes, so that a wire layout is stated once, by dpkt, for both lanes of the decoder. Only the
headers that dpkt lacks are declared here.
"""

import struct
from typing import Any

import numpy as np
from dpkt import ethernet, gre, icmp, ip, ip6, pcap, pppoe, sll, sll2, tcp, udp

Layout = np.dtype[np.void]

NUMBERS = {"B": "u1", "H": "u2", "I": "u4", "i": "i4"}
"How a struct code of dpkt reads as a number, byte order apart."

ADDRESSES = {4: "u4", 16: "(2,)u8"}
"An address of 4 bytes reads as one number, one of 16 bytes as two halves."


def layout(packet: Any) -> Layout:
    """The fixed header of a dpkt packet class, as a packed big-endian record dtype with dpkt's field names.

    Byte strings of 4 and 16 bytes are addresses (see `ADDRESSES`); any other byte string stays opaque.
    """
    fields: list[tuple[str, Any]] = []
    for name, code, *_ in packet.__hdr__:
        size = struct.calcsize(f">{code}")
        number = ADDRESSES.get(size) if code.endswith("s") else NUMBERS[code]
        fields.append((name, np.dtype(number).newbyteorder(">") if number else np.dtype((np.void, size))))
    return np.dtype(fields)


ETHERNET_HEADER = layout(ethernet.Ethernet)
VLAN_TAG = layout(ethernet.VLANtag8021Q)
MPLS_LABEL = layout(ethernet.MPLSlabel)
COOKED_1 = layout(sll.SLL)
COOKED_2 = layout(sll2.SLL2)
PPPOE_HEADER = layout(pppoe.PPPoE)
GRE_HEADER = layout(gre.GRE)
IPV4_HEADER = layout(ip.IP)
IPV6_HEADER = layout(ip6.IP6)
EXTENSION_HEADER = layout(ip6.IP6OptsHeader)
FRAGMENT_HEADER = layout(ip6.IP6FragmentHeader)
TCP_HEADER = layout(tcp.TCP)
TCP_QUOTED: Layout = np.dtype([(name, TCP_HEADER[name]) for name in ("sport", "dport", "seq")])
"The first 8 bytes of TCP: all that RFC 792 promises of a quoted packet's payload."
UDP_HEADER = layout(udp.UDP)
ICMP_HEADER = layout(icmp.ICMP)

HDLC_HEADER: Layout = np.dtype([("address", "u1"), ("control", "u1"), ("type", ">u2")])
"Cisco HDLC: an Ethernet type behind two bytes (LINKTYPE_C_HDLC)."
SNAP_HEADER: Layout = np.dtype([("sap", ">u2"), ("control", "u1"), ("oui", "V3"), ("type", ">u2")])
"IEEE 802.2 LLC with its SNAP extension (RFC 1042)."
VXLAN_HEADER: Layout = np.dtype([("flags", "u1"), ("reserved", "V3"), ("network", ">u4")])
"RFC 7348 §5."
GENEVE_HEADER: Layout = np.dtype([("lengths", "u1"), ("flags", "u1"), ("type", ">u2"), ("network", ">u4")])
"RFC 8926 §3.4."
NFLOG_ATTRIBUTE: Layout = np.dtype([("size", "<u2"), ("type", "<u2")])
"A netlink attribute, in the byte order of the host that wrote it (LINKTYPE_NFLOG)."

# dpkt gives raw IP and BSD loopback the number of the platform it runs on. A file holds 101 and 108, or 12
# and 14 where a system wrote its own DLT for raw IP (tcpdump.org/linktypes.html).
LINK_NULL = pcap.DLT_NULL
LINK_ETHERNET = pcap.DLT_EN10MB
LINK_PPP = pcap.DLT_PPP
LINKS_RAW = (101, 12, 14)
LINK_HDLC = pcap.DLT_C_HDLC
LINK_LOOP = 108
LINK_COOKED_1 = pcap.DLT_LINUX_SLL
LINK_IPV4 = pcap.DLT_IPV4
LINK_IPV6 = pcap.DLT_IPV6
LINK_NFLOG = pcap.DLT_NFLOG
LINK_COOKED_2 = pcap.DLT_LINUX_SLL2

# 802.2 frames give their length where others give a type; the longest is 1500 bytes (IEEE 802.3 §3.2.6).
LENGTH_MAX = ethernet.ETH_MTU
TYPE_IPV4 = ethernet.ETH_TYPE_IP
TYPE_IPV6 = ethernet.ETH_TYPE_IP6
TYPE_PPPOE = ethernet.ETH_TYPE_PPPoE
TYPE_PPP = ethernet.ETH_TYPE_PPP
TYPE_BRIDGED = ethernet.ETH_TYPE_TEB
TYPES_VLAN = (
    ethernet.ETH_TYPE_8021Q,
    ethernet.ETH_TYPE_8021AD,
    ethernet.ETH_TYPE_QINQ1,
    ethernet.ETH_TYPE_QINQ2,
)
TYPES_MPLS = (ethernet.ETH_TYPE_MPLS, ethernet.ETH_TYPE_MPLS_MCAST)
