"""Exchanges that many tests begin with, and what an inspection finds in a packet script."""

from pathlib import Path

from handshake_inspect import inspect, script
from handshake_inspect.finding import Finding

OPEN = """
+0.000 > S 0:0(0)
+0.010 < S. 0:0(0) ack 1
+0.010 > . 1:1(0) ack 1
"""
TALKED = (
    OPEN
    + """
+0.010 > P. 1:101(100) ack 1
+0.010 < P. 1:301(300) ack 101
+0.001 > . 101:101(0) ack 301
"""
)


def later(seconds: float) -> str:
    """Another connection, which shows that the recording went on for so long."""
    return f"\n+{seconds} [9] > S 0:0(0)\n+0.01 [9] < S. 0:0(0) ack 1\n+0.01 [9] > . 1:1(0) ack 1\n"


def second(text: str) -> str:
    """The same packets on another connection."""
    return text.replace(" >", " [2] >").replace(" <", " [2] <")


def capture(text: str, tmp_path: Path) -> Path:
    """A packet script as a capture."""
    path = tmp_path / "script.pcap"
    path.write_bytes(script.to_pcap(script.parse(text)))
    return path


def found(text: str, tmp_path: Path) -> list[Finding]:
    """Everything found in a packet script."""
    return list(inspect(capture(text, tmp_path)).findings())


def only(text: str, tmp_path: Path) -> Finding:
    """The one finding in a packet script."""
    (finding,) = found(text, tmp_path)
    return finding
