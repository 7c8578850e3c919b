"""What an inspection finds in a packet script."""

from pathlib import Path

from handshake_inspect import inspect, script
from handshake_inspect.finding import Finding


def found(text: str, tmp_path: Path) -> list[Finding]:
    """Everything found in a packet script."""
    capture = tmp_path / "script.pcap"
    capture.write_bytes(script.to_pcap(script.parse(text)))
    return list(inspect(capture).findings())


def only(text: str, tmp_path: Path) -> Finding:
    """The one finding in a packet script."""
    (finding,) = found(text, tmp_path)
    return finding
