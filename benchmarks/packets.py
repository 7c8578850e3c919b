"""Made-up TCP packets as one array, and that array as a classic pcap file.

It knows how Ethernet, IPv4 and TCP headers lie in bytes. It knows nothing of connections: whoever fills the
rows decides what they say. One idea: every record is a row of one matrix of bytes, wide enough for any
packet, and the file is the part of each row that was captured, row after row.

Payloads are zeros. So the checksums are right although most of the payload is not in the file: zeros add
nothing to a sum (RFC 1071), and no tool has a reason to treat these captures as damaged ones.
"""

from pathlib import Path
from typing import Any

import numpy as np
from dpkt.ethernet import ETH_TYPE_IP
from dpkt.ip import IP_PROTO_TCP
from dpkt.pcap import DLT_EN10MB, TCPDUMP_MAGIC
from dpkt.tcp import TH_RST, TH_SYN
from numpy.typing import NDArray

Packets = NDArray[np.void]
"""Rows of `PACKET`, of any shape."""

PACKET = np.dtype(
    [
        ("time_us", "i8"),  # µs since 1970-01-01 UTC
        ("source", "u4"),  # IPv4 address
        ("target", "u4"),  # IPv4 address
        ("source_port", "u2"),
        ("target_port", "u2"),
        ("ip_id", "u2"),
        ("flags", "u1"),
        ("payload_bytes", "u2"),
        ("seq", "u4"),
        ("ack", "u4"),
        ("tsval", "u4"),  # ms, by the sender's clock
        ("tsecr", "u4"),  # ms, by the receiver's clock
    ]
)

SNAP_BYTES = 96
"""The longest kept part of a packet: all headers, and the first of the payload."""

# The record header is the pcap file's, in little-endian order; the rest is in network order.
_HEADERS = np.dtype(
    [
        ("seconds", "<u4"),
        ("microseconds", "<u4"),
        ("captured_bytes", "<u4"),
        ("original_bytes", "<u4"),
        ("ethernet_target", "V6"),
        ("ethernet_source", "V6"),
        ("ethernet_type", ">u2"),
        ("version_and_length", "u1"),
        ("service", "u1"),
        ("ip_bytes", ">u2"),
        ("ip_id", ">u2"),
        ("fragment", ">u2"),
        ("ttl", "u1"),
        ("protocol", "u1"),
        ("ip_checksum", ">u2"),
        ("source", ">u4"),
        ("target", ">u4"),
        ("source_port", ">u2"),
        ("target_port", ">u2"),
        ("seq", ">u4"),
        ("ack", ">u4"),
        ("tcp_words", "u1"),
        ("flags", "u1"),
        ("window", ">u2"),
        ("tcp_checksum", ">u2"),
        ("urgent", ">u2"),
    ]
)
_IP_AT = 16 + 14
_TCP_AT = _IP_AT + 20
_OPTIONS_AT = _TCP_AT + 20
_ROW_BYTES = 16 + SNAP_BYTES

# What Linux sends: MSS 1460, SACK permitted, timestamps, window scale 7 (RFC 9293 §3.2, RFC 2018, RFC 7323).
_SYN_OPTIONS = bytes.fromhex("020405b4 0402 080a 0000000000000000 01 030307")
_OTHER_OPTIONS = bytes.fromhex("0101 080a 0000000000000000")
_SYN_TIMES_AT = _OPTIONS_AT + 8
_OTHER_TIMES_AT = _OPTIONS_AT + 4

_ROWS_AT_ONCE = 1 << 17
"""Bounds the memory of writing to some 30 MB, however long the capture."""


def write_pcap(packets: Packets, path: Path) -> int:
    """Write `packets`, one-dimensional rows of `PACKET`, in order of time; return how many there were.

    The file is a little-endian pcap with microseconds, link type Ethernet, snapped at `SNAP_BYTES`. Packets
    of one moment keep their order. Raises OSError where the file cannot be written.
    """
    order = np.argsort(packets["time_us"], kind="stable")
    preamble = np.array(
        [(TCPDUMP_MAGIC, 2, 4, 0, 0, SNAP_BYTES, DLT_EN10MB)], dtype="<u4,<u2,<u2,<i4,<u4,<u4,<u4"
    )
    with path.open("wb") as file:
        file.write(preamble.tobytes())
        for first in range(0, len(order), _ROWS_AT_ONCE):
            file.write(_records(packets[order[first : first + _ROWS_AT_ONCE]]))
    return len(order)


def _records(packets: Packets) -> bytes:
    rows = np.zeros((len(packets), _ROW_BYTES), np.uint8)
    headers = rows[:, :_OPTIONS_AT].view(_HEADERS)[:, 0]
    _write_options(rows, packets)
    options_bytes = _options_bytes(packets["flags"])
    tcp_bytes = 20 + options_bytes + packets["payload_bytes"]
    _write_headers(headers, packets, options_bytes, tcp_bytes)
    headers["ip_checksum"] = _checksum(_word_sum(rows[:, _IP_AT:_TCP_AT]))
    # The pseudo-header is both addresses, the protocol and the length (RFC 9293 §3.1).
    pseudo = _word_sum(rows[:, _IP_AT + 12 : _TCP_AT]) + IP_PROTO_TCP + tcp_bytes
    headers["tcp_checksum"] = _checksum(pseudo + _word_sum(rows[:, _TCP_AT:]))
    kept = np.arange(_ROW_BYTES) < 16 + headers["captured_bytes"][:, None]
    return rows[kept].tobytes()


def _write_headers(headers: Any, packets: Packets, options_bytes: Any, tcp_bytes: Any) -> None:
    headers["seconds"], headers["microseconds"] = np.divmod(packets["time_us"], 1_000_000)
    headers["ip_bytes"] = 20 + tcp_bytes
    headers["original_bytes"] = 14 + 20 + tcp_bytes
    headers["captured_bytes"] = np.minimum(headers["original_bytes"], SNAP_BYTES)
    headers["ethernet_target"] = np.void(bytes.fromhex("020000000002"))
    headers["ethernet_source"] = np.void(bytes.fromhex("020000000001"))
    headers["ethernet_type"] = ETH_TYPE_IP
    headers["version_and_length"] = 0x45
    headers["fragment"] = 0x4000  # do not fragment (RFC 791 §3.1)
    headers["ttl"] = 64
    headers["protocol"] = IP_PROTO_TCP
    headers["tcp_words"] = (20 + options_bytes) // 4 << 4
    headers["window"] = np.where(packets["flags"] & TH_RST, 0, 64240)
    for name in ("source", "target", "source_port", "target_port", "ip_id", "seq", "ack", "flags"):
        headers[name] = packets[name]


def _options_bytes(flags: Any) -> Any:
    # A reset carries no options: Linux sends none when no socket is left to remember them.
    return np.select([flags & TH_SYN != 0, flags & TH_RST != 0], [len(_SYN_OPTIONS), 0], len(_OTHER_OPTIONS))


def _write_options(rows: NDArray[np.uint8], packets: Packets) -> None:
    opening = packets["flags"] & TH_SYN != 0
    other = ~opening & (packets["flags"] & TH_RST == 0)
    times = np.stack([packets["tsval"], packets["tsecr"]], axis=1).astype(">u4").view(np.uint8)
    for chosen, options, times_at in (
        (opening, _SYN_OPTIONS, _SYN_TIMES_AT),
        (other, _OTHER_OPTIONS, _OTHER_TIMES_AT),
    ):
        rows[chosen, _OPTIONS_AT : _OPTIONS_AT + len(options)] = np.frombuffer(options, np.uint8)
        rows[chosen, times_at : times_at + 8] = times[chosen]


def _word_sum(octets: NDArray[np.uint8]) -> Any:
    return octets[:, 0::2].sum(axis=1, dtype=np.int64) * 256 + octets[:, 1::2].sum(axis=1, dtype=np.int64)


def _checksum(total: Any) -> Any:
    folded = (total & 0xFFFF) + (total >> 16)
    return ~((folded & 0xFFFF) + (folded >> 16)) & 0xFFFF
