"""Every sample tells what its line in the README says: outcomes, words and codes of each connection."""

from pathlib import Path

import pytest

from handshake_inspect import inspect

SAMPLES = Path(__file__).resolve().parents[2] / "sample_pcaps"

VERDICTS = {
    "aborted.pcap": [
        ("established", "reset", "SyR", "sYa|r", "RST001"),
    ],
    "blind_reset.pcap": [
        ("established", "closed", "SyFzf", "sYafF|z", "ACK002"),
    ],
    "clean.pcap": [
        ("established", "closed", "SyFzf", "sYafF|z", ""),
    ],
    "cut_mid_record.pcap": [
        ("established", "closing", "SyF|zf", "sYafF", ""),
    ],
    "filtered.pcap": [
        ("unanswered", "never-opened", "S", "|s", "SYN002"),
        ("established", "closed", "SyFzf", "sYafF|z", ""),
    ],
    "half_close.pcap": [
        ("established", "closed", "SyFzf", "sYafF|z", "FIN008"),
    ],
    "half_open_challenged.pcap": [
        ("established", "open", "Sy", "sY|a", ""),
        ("established", "closed", "SyFzf", "srsYafF|z", "ACK004"),
    ],
    "half_open_reset.pcap": [
        ("established", "reset", "Sy|r", "sYaR", "RST003"),
    ],
    "half_open_scan.pcap": [
        ("reset", "never-opened", "SyR", "sY|r", "SYN001 SYN016"),
    ],
    "icmp_rejected.pcap": [
        ("rejected", "never-opened", "S", "|s", "SYN008"),
    ],
    "ipv6.pcap": [
        ("established", "closed", "SyFzf", "sYafF|z", ""),
    ],
    "isn_clock.pcap": [("established", "closed", "SyFzf", "sYafF|z", "ISN001")] * 12,
    "isn_constant.pcap": [("established", "closed", "SyFzf", "sYafF|z", "ISN004")] * 12,
    "isn_counting.pcap": [("established", "closed", "SyFzf", "sYafF|z", "ISN001")] * 12,
    "isn_sound.pcap": [("established", "closed", "SyFzf", "sYafF|z", "")] * 30,
    "joined_late.pcap": [
        ("unseen", "closed", "Fzf", "fF|z", "CAP003"),
    ],
    "last_ack_lost.pcapng": [
        ("established", "closed", "SyFzf", "sYafF|z", "FIN004"),
    ],
    "old_syn_challenged.pcap": [
        ("established", "closed", "SyFzf", "sYrsYafF|z", "SYN013"),
    ],
    "old_syn_first.pcap": [
        ("established", "closed", "SyFzf", "sYrsYafF|z", "SYN013"),
    ],
    "one_sided.pcap": [
        ("established", "half-closed", "SF", "|sf", "CAP002"),
    ],
    "refused.pcap": [
        ("refused", "never-opened", "S|r", "sR", "SYN007"),
    ],
    "server_closes_first.pcap": [
        ("established", "closed", "SyfF|z", "sYaFzf", ""),
    ],
    "simultaneous_close.pcap": [
        ("established", "closed", "SyFf|z", "sYaFf|z", "FIN007"),
    ],
    "simultaneous_open.pcap": [
        ("established", "closed", "SsYyFzf", "SsYyfF|z", "SYN014"),
    ],
    "split_handshake.pcap": [
        ("established", "closed", "SsYaFzf", "sSyfF|z", "SYN015"),
    ],
    "syn_ack_lost.pcap": [
        ("established", "closed", "SyFzf", "sYafF|z", "SYN001"),
    ],
    "syn_ack_wrong_ack.pcap": [
        ("established", "closed", "SyFzf", "sYrsYafF|z", "SYN009"),
    ],
    "syn_lost.pcap": [
        ("established", "closed", "SyFzf", "sYafF|z", "SYN001"),
    ],
    "syn_unanswered.pcap": [
        ("unanswered", "never-opened", "S", "|s", "SYN002"),
        ("established", "closed", "SyFzf", "sYafF|z", ""),
    ],
    "syn_unanswered_linear.pcapng": [
        ("unanswered", "never-opened", "S", "|s", "SYN002"),
    ],
    "third_ack_lost.pcap": [
        ("half-open", "never-opened", "S|y", "sY", "SYN003"),
    ],
    "third_ack_lost_data_repairs.pcap": [
        ("established", "closed", "SyFzf", "sYafF|z", "SYN006"),
    ],
    "three_in_a_row.pcap.gz": [
        ("established", "closed", "SyFzf", "sYafF|z", ""),
        ("established", "closed", "SyFzf", "sYafF|z", ""),
        ("established", "closed", "SyFzf", "sYafF|z", ""),
    ],
    "two_interfaces.pcapng": [
        ("established", "closed", "SyFzf", "sYafF|z", "CAP006"),
    ],
    "vlan_http.pcapng": [
        ("established", "closed", "SyFzf", "sYafF|z", ""),
    ],
}
"For each connection its opening, its closing, the client's word, the server's word, and its codes."

OF_THE_CAPTURE = {
    "cut_mid_record.pcap": ["CAP001"],
    "isn_clock.pcap": ["ISN001"],
    "isn_constant.pcap": ["ISN004"],
    "isn_counting.pcap": ["ISN001"],
    "joined_late.pcap": ["CAP003"],
    "one_sided.pcap": ["CAP002"],
    "two_interfaces.pcapng": ["CAP006"],
}
"Findings that speak of no single connection."


@pytest.mark.parametrize("name", VERDICTS)
def test_verdicts(name: str) -> None:
    """The sample is told as it happened."""
    report = inspect(SAMPLES / name)
    told = [
        (c.opening.outcome, c.closing.outcome, c.client.word, c.server.word, " ".join(c.codes))
        for c in report.connections()
    ]
    assert told == VERDICTS[name]
    assert [f.code for f in report.findings() if f.connection is None] == OF_THE_CAPTURE.get(name, [])


def test_every_sample_has_a_verdict() -> None:
    """No sample is left out."""
    assert set(VERDICTS) == {p.name for p in SAMPLES.glob("*.pcap*")}
