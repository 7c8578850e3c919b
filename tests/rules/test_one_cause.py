"""One finding per cause: no two rules speak of the same thing on one connection."""

from collections import defaultdict
from itertools import combinations
from pathlib import Path

import pytest

from handshake_inspect import inspect
from handshake_inspect.rules.precedence import EXPLAINS
from handshake_inspect.rules.registry import rules

ROOT = Path(__file__).resolve().parents[2]
CAPTURES = [
    p
    for folder in (ROOT / "sample_pcaps", ROOT.parent / "shared" / "corpus")
    for p in sorted(folder.glob("*.pcap*"))
]

TWO_CAUSES = {
    # A scanner's first SYN was lost, and its second was answered and reset.
    ("half_open_scan.pcap", "SYN001", "SYN016"),
    # A FIN was sent again before its delayed acknowledgement, and later the client aborted.
    ("two_connections_interleaved.pcap", "FIN001", "RST002"),
    # The server aborted, and then answered every segment still under way.
    ("multiple_rst.pcap", "RST001", "RST009"),
    # A stranger's RST ended one side; what the other then sent found a half-open connection.
    ("spoofed_rst_exact.pcap", "RST003", "RST007"),
    # The server ignored the third ACK until it gave up; data that came later was reset.
    ("third_ack_never_arrives@client.pcap", "RST003", "SYN005"),
    # Another box refused, and the server then answered the SYN all the same.
    ("rst_in_syn_sent.pcap", "RST007", "RST008"),
    # The refusal carries text.
    ("rst_with_payload.pcap", "RST010", "SYN007"),
}


@pytest.mark.parametrize("capture", CAPTURES, ids=lambda p: p.name)
def test_one_finding_per_cause(capture: Path) -> None:
    """Where two rules speak of one connection, there were two causes, and they are listed."""
    codes = defaultdict(set)
    for finding in inspect(capture).findings():
        if finding.connection is not None:
            codes[finding.connection].add(finding.code)
    pairs = {(capture.name, *pair) for found in codes.values() for pair in combinations(sorted(found), 2)}
    assert pairs <= TWO_CAUSES


def test_precedence_names_rules() -> None:
    """What explains and what is explained exists, and nothing explains itself."""
    known = {rule.code for rule in rules()}
    for code, silenced in EXPLAINS.items():
        assert {code, *silenced} <= known
        assert code not in silenced
