"""Captures of simulated stacks, to be inspected as a whole: `python -m tests.isn.captures FOLDER`.

Each opening becomes a handshake and a RST, as seen by a tap next to the simulated host. The other ends choose
their numbers with a good generator; what is half-open stays so.
"""

import struct
import sys
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np

from tests.capture.builders import pcap_header, record
from tests.isn.stacks import BAD, GOOD, MIXED, Openings

NANOSECONDS = 0xA1B23C4D
RAW_IP = 101
AWAY_NS = 20_000_000
"How far the other end is, there and back."

SYN, RST, ACK = 2, 4, 16
OFFER = bytes([2, 4, 5, 180, 1, 3, 3, 7])
"MSS 1460 and a window scale of 7."


class End(NamedTuple):
    """One end of a connection: its address and port."""

    address: int
    port: int


def added(octets: bytes) -> int:
    """The checksum of RFC 1071 over an even number of octets."""
    total = sum(struct.unpack(f">{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def packet(source: End, target: End, flags: int, number: int, acknowledged: int) -> bytes:
    """One IPv4 packet without payload."""
    options = OFFER if flags & SYN else b""
    pseudo = struct.pack(">IIHH", source.address, target.address, 6, 20 + len(options))
    words = (source.port, target.port, number % (1 << 32), acknowledged % (1 << 32))
    offset = (20 + len(options)) // 4 << 12
    tcp = struct.pack(">HHIIHHHH", *words, offset | flags, 64_240, 0, 0) + options
    tcp = tcp[:16] + struct.pack(">H", added(pseudo + tcp)) + tcp[18:]
    ends = (source.address, target.address)
    ip = struct.pack(">BBHHHBBHII", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0, *ends)
    return ip[:10] + struct.pack(">H", added(ip)) + ip[12:] + tcp


def capture(opened: Openings, *, completes: bool = True) -> bytes:
    """A pcap with nanoseconds of all these openings; or of the first segments only, never completed."""
    others = np.random.default_rng(len(opened.isn)).integers(0, 1 << 32, len(opened.isn)).tolist()
    columns = (column.tolist() for column in opened)
    packets: list[tuple[int, bytes]] = []
    for row, other in zip(zip(*columns, strict=True), others, strict=True):
        time_ns, isn, peer_isn, answers, address, peer, port, peer_port = row
        host, guest = End(address, port), End(peer, peer_port)
        client, server = (guest, host) if answers else (host, guest)
        syn, syn_ack = (peer_isn, isn) if answers else (isn, other)
        # The number under test is captured at its time.
        asked, answered = (time_ns - 1000, time_ns) if answers else (time_ns, time_ns + AWAY_NS)
        packets.append((asked, packet(client, server, SYN, syn, 0)))
        if completes:
            done = answered + (AWAY_NS if answers else 1000)
            packets += [
                (answered, packet(server, client, SYN | ACK, syn_ack, syn + 1)),
                (done, packet(client, server, ACK, syn + 1, syn_ack + 1)),
                (done + 1000, packet(client, server, RST | ACK, syn + 1, syn_ack + 1)),
            ]
    packets.sort(key=lambda one: one[0])
    records = (record(data, *divmod(time_ns, 1_000_000_000)) for time_ns, data in packets)
    return b"".join(chain([pcap_header(magic=NANOSECONDS, link=RAW_IP)], records))


def main(folder: Path, n: int = 200) -> None:
    """Write a capture of every stack."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, stack in enumerate((*BAD, *MIXED, *GOOD)):
        name = "".join(letter if letter.isalnum() else "_" for letter in stack.name)
        opened = stack.play(np.random.default_rng(number), max(n, stack.alarms_by or 0))
        (folder / f"{name}.pcap").write_bytes(capture(opened))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
