"""Exchanges and captures that state a fact, and what an inspection says of them, shortly."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from handshake_inspect import inspect, script
from handshake_inspect.report.model import Connection
from handshake_inspect.report.report import Report
from tests.capture.builders import pcap_header, record
from tests.corpus import CORPUS

OPENED = """
+0.000 > S 0:0(0)
+0.010 < S. 0:0(0) ack 1
+0.010 > . 1:1(0) ack 1
"""
TALKED = (
    OPENED
    + """
+0.010 > P. 1:101(100) ack 1
+0.010 < P. 1:301(300) ack 101
+0.001 > . 101:101(0) ack 301
"""
)
CLOSED = (
    TALKED
    + """
+0.010 > F. 101:101(0) ack 301
+0.010 < F. 301:301(0) ack 102
+0.001 > . 102:102(0) ack 302
"""
)


TAGS = {
    "one-each": (((10,), (10,)), ((20,), (20,)), ((30,), (30,))),
    "two-each": (((10,), (11,)), ((20,), (21,)), ((30,), (31,))),
    "stacked": (((5, 10), (5, 10)), ((5, 20), (5, 20)), ((6, 10), (6, 10))),
    "none": (((), ()), ((20,), (20,)), ((20, 30), (20, 30))),
}
"Tags of the frames of three networks, each by way: to the server and back."

FAR = 1_000_000_000
"Bytes between the numbers of unrelated connections."


def told(exchange: str, tmp_path: Path) -> Report:
    """The report on a packet script."""
    capture = tmp_path / "exchange.pcap"
    capture.write_bytes(script.to_pcap(script.parse(exchange)))
    return inspect(capture)


def captured(*names: str) -> Report:
    """The report on real captures, read as one recording; the test is skipped where they are not."""
    paths = [CORPUS / name for name in names]
    if not all(path.exists() for path in paths):
        pytest.skip("the corpus is not here")
    return inspect(*paths)


def codes(report: Report) -> list[str]:
    """The codes of all findings, in the order of the report."""
    return [finding.code for finding in report.findings()]


def only(report: Report) -> Connection:
    """The one connection of a report."""
    (connection,) = report.connections()
    return connection


def outcomes(report: Report) -> list[tuple[str, str]]:
    """How each connection opened and closed."""
    return [(each.opening.outcome, each.closing.outcome) for each in report.connections()]


def rewritten(exchange: str, change: Callable[[int, bytes], bytes], tmp_path: Path) -> Report:
    """The report on a packet script whose frames, counted from 1, are changed on their way into the file."""
    capture = tmp_path / "rewritten.pcap"
    sent = enumerate(script.frames(script.parse(exchange)), 1)
    records = [record(change(number, data), *divmod(time_ns, 10**9)) for number, (time_ns, data) in sent]
    capture.write_bytes(pcap_header(magic=0xA1B23C4D) + b"".join(records))
    return inspect(capture)


def tagged(frame: bytes, *tags: int) -> bytes:
    """An Ethernet frame with these VLAN tags, the outer one first; 0 is none."""
    return frame[:12] + b"".join(b"\x81\0" + tag.to_bytes(2) for tag in tags if tag) + frame[12:]


def apart(exchange: str, client: int, server: int) -> str:
    """The same packets with all numbers of the ends moved on by so many bytes."""

    def moved(line: str) -> str:
        own, peer = (client, server) if " > " in line else (server, client)
        line = re.sub(r"(\d+):(\d+)\(", lambda m: f"{int(m[1]) + own}:{int(m[2]) + own}(", line)
        return re.sub(r"ack (\d+)", lambda m: f"ack {int(m[1]) + peer}", line)

    return "\n".join(map(moved, lines(exchange)))


def in_vlans(*exchanges: str) -> str:
    """Exchanges of one 4-tuple, packet by packet in turn."""
    return "\n".join(line for turn in zip(*map(lines, exchanges), strict=True) for line in turn)


def lines(exchange: str) -> list[str]:
    """The packets of a script."""
    return [line for line in exchange.splitlines() if line.strip()]


def twice(exchange: str, ttl: int) -> str:
    """Every packet seen again 10 µs later, the same but for its TTL, which was 64 at first."""
    return "\n".join(
        f"{line} ttl 64 id {number}\n+0.00001 {line.split(' ', 1)[1]} ttl {ttl} id {number}"
        for number, line in enumerate(lines(exchange), 1)
    )
