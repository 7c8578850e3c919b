"""What a reader of dpkt's documentation would write: every packet parsed in turn, flows in a dictionary.

    python benchmarks/dpkt_loop.py CAPTURE

It prints how many packets, flows, SYNs, FINs and RSTs it met, and judges nothing: the least that any linter
built on dpkt's objects must pay.
"""

import sys

import dpkt
from dpkt.tcp import TH_ACK, TH_FIN, TH_RST, TH_SYN

Ends = tuple[bytes, int, bytes, int]


def count(path: str) -> tuple[int, dict[Ends, list[int]]]:
    """The number of packets in the pcap at `path`, and per flow how many SYNs, SYN-ACKs, FINs and RSTs."""
    flows: dict[Ends, list[int]] = {}
    packets = 0
    with open(path, "rb") as file:
        for _, frame in dpkt.pcap.Reader(file):
            packets += 1
            ip = dpkt.ethernet.Ethernet(frame).data
            if not isinstance(ip, dpkt.ip.IP) or not isinstance(ip.data, dpkt.tcp.TCP):
                continue
            tcp = ip.data
            ends = (ip.src, tcp.sport, ip.dst, tcp.dport)
            if ends[:2] > ends[2:]:
                ends = (ip.dst, tcp.dport, ip.src, tcp.sport)
            counts = flows.setdefault(ends, [0, 0, 0, 0])
            if tcp.flags & TH_SYN:
                counts[1 if tcp.flags & TH_ACK else 0] += 1
            if tcp.flags & TH_FIN:
                counts[2] += 1
            if tcp.flags & TH_RST:
                counts[3] += 1
    return packets, flows


def main() -> None:
    packets, flows = count(sys.argv[1])
    syns, syn_acks, fins, rsts = (sum(counts[column] for counts in flows.values()) for column in range(4))
    print(f"{packets} packets, {len(flows)} flows, {syns} SYN, {syn_acks} SYN-ACK, {fins} FIN, {rsts} RST")


if __name__ == "__main__":
    main()
