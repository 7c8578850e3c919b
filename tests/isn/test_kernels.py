"""Linux chooses well, whatever stands in between: real connections between two kernels accuse nobody."""

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from handshake_inspect import Report, Settings, inspect

pytest.importorskip("fcntl", reason="hosts are made on Linux")
from sample_pcaps.make.closings import LINGER_NOT
from sample_pcaps.make.files import pcap
from sample_pcaps.make.lab import CLIENT_PORT, SERVER_PORT, Lab
from sample_pcaps.make.numbers import open_and_close

NEEDS = all(map(shutil.which, ("ip", "nft"))) and Path("/dev/net/tun").exists()
pytestmark = pytest.mark.skipif(
    not NEEDS or os.geteuid() != 0, reason="needs root, iproute2, nftables and /dev/net/tun"
)

CONNECTIONS = 24
FORETOLD = {f"ISN00{n}" for n in range(1, 6)}
LINUX_HZ = 15_625_000
"One tick in 64 ns (RFC 6528 §3 with Linux's clock)."

MASQUERADE = """
table ip nat {
    chain post { type nat hook postrouting priority srcnat; oif eth0 masquerade; }
}
"""
BEHIND = [f"192.0.2.{n}" for n in range(11, 17)]
"Clients behind the translator."

Arrange = Callable[[Lab, Path], None]


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Lab:
    """Two kernels; skipped where none can be made."""
    try:
        return Lab(getattr(request, "param", 4))
    except (OSError, subprocess.SubprocessError) as error:
        pytest.skip(f"no network of our own: {error}")


def seen(lab: Lab, tmp_path: Path) -> Report:
    """The report on what passed."""
    path = tmp_path / "kernels.pcap"
    path.write_bytes(pcap(lab.seen()))
    return inspect(path, settings=Settings(thorough=True))


def verdicts(report: Report) -> dict[str, str]:
    """The verdict on each host, when no rule has accused one."""
    assert FORETOLD & {finding.code for finding in report.findings()} == set()
    return {host.address: host.isn.verdict for host in report.hosts()}


@pytest.mark.parametrize("cookies", [1, 2], ids=["drawn", "cookies"])
@pytest.mark.parametrize("lab", [4, 6], indirect=True, ids=["IPv4", "IPv6"])
def test_two_kernels(lab: Lab, cookies: int, tmp_path: Path) -> None:
    """Nothing is said against either end, be the server's numbers SYN cookies or not."""
    with lab:
        lab.server.sysctl("net.ipv4.tcp_syncookies", cookies)
        open_and_close(lab, range(CLIENT_PORT, CLIENT_PORT + CONNECTIONS))
        report = seen(lab, tmp_path)
    assert set(verdicts(report).values()) == {"no-evidence"}
    assert {host.isn.samples for host in report.hosts()} == {CONNECTIONS}


def test_clients_behind_a_translator(lab: Lab, tmp_path: Path) -> None:
    """Several clients that look like one are not accused."""
    rules = tmp_path / "nat.nft"
    rules.write_text(MASQUERADE)
    with lab:
        for address in BEHIND:
            lab.client.command("ip", "address", "add", f"{address}/32", "dev", "lo")
        lab.client.command("nft", "-f", str(rules))
        with lab.listen() as listener:
            for number in range(CONNECTIONS):
                client = lab.client.tcp_socket()
                client.settimeout(20)
                client.bind((BEHIND[number % len(BEHIND)], 0))
                client.connect((lab.address(lab.server), SERVER_PORT))
                lab.accept(listener).close()
                client.close()
        report = seen(lab, tmp_path)
    assert verdicts(report) == {"192.0.2.1": "no-evidence", "198.51.100.1": "no-evidence"}


def test_few_tuples_over_and_over(lab: Lab, tmp_path: Path) -> None:
    """4-tuples used again show the clock of RFC 6528 and nothing else."""
    pauses = random.Random(1)
    with lab, lab.listen() as listener:
        for number in range(36):
            client = lab.bound(lab.client, CLIENT_PORT + number % 3)
            client.connect((lab.address(lab.server), SERVER_PORT))
            server = lab.accept(listener)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
            client.close()
            time.sleep(0.03 + pauses.random() / 20)
            server.close()
        report = seen(lab, tmp_path)
    assert set(verdicts(report).values()) == {"insufficient"}
    for host in report.hosts():
        assert host.isn.dropped == {"reused": 33}
        assert host.isn.reuse_clock_hz == pytest.approx(LINUX_HZ, rel=1e-3)


def test_out_of_time_wait(lab: Lab, tmp_path: Path) -> None:
    """A port used again out of TIME-WAIT follows the old connection, and is known by that."""
    with lab, lab.listen() as listener:
        lab.client.sysctl("net.ipv4.tcp_tw_reuse", 1)
        for number in range(12):
            client = lab.client.tcp_socket()
            client.settimeout(20)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            client.bind(("0.0.0.0", CLIENT_PORT + number % 4))
            client.connect((lab.address(lab.server), SERVER_PORT))
            server = lab.accept(listener)
            # Who closes last has no TIME-WAIT: the next SYN comes to a server without a memory.
            server.close()
            lab.settle(0.05)
            client.close()
            lab.settle(0.05)
        report = seen(lab, tmp_path)
    assert set(verdicts(report).values()) == {"insufficient"}
    reused = {host.address: host.isn.time_wait_reused for host in report.hosts()}
    assert reused["198.51.100.1"] == 8
