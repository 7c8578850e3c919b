"""Connections that open well, badly or not at all, recorded."""

import contextlib
import time

from handshake_inspect.script import frames, parse
from sample_pcaps.make.closings import close_in_turn
from sample_pcaps.make.files import Interface, pcap, pcapng
from sample_pcaps.make.lab import CLIENT_PORT, SERVER_PORT, Lab
from sample_pcaps.make.sample import sample


@sample(
    "syn_lost.pcap",
    "The first SYN is lost behind the observer; the client repeats it after 1 s and is answered.",
)
def syn_lost() -> bytes:
    with Lab() as lab:
        lab.lose(lab.client, "S")
        close_in_turn(lab, *lab.opened())
        return pcap(lab.seen())


@sample(
    "syn_unanswered.pcap",
    "Nobody answers: SYNs at 0, 1, 3, 7, 15 and 31 s. The client gives up after 63 s, and a second"
    " connection, which opens, shows that the recording went on.",
)
def syn_unanswered() -> bytes:
    with Lab() as lab:
        lab.client.sysctl("net.ipv4.tcp_syn_linear_timeouts", 0)
        lab.client.sysctl("net.ipv4.tcp_syn_retries", 5)
        _wait_for_nobody(lab)
        lab.wire.faults.clear()
        close_in_turn(lab, *lab.opened(client_port=CLIENT_PORT + 1))
        return pcap(lab.seen())


@sample(
    "syn_unanswered_linear.pcapng",
    "Nobody answers a newer Linux, which repeats every second before it doubles the wait:"
    " 0, 1, 2, 3, 4, 5, 7, 11, 19, 35 s. The recording ends there.",
)
def syn_unanswered_linear() -> bytes:
    with Lab() as lab:
        lab.client.sysctl("net.ipv4.tcp_syn_linear_timeouts", 4)
        lab.client.sysctl("net.ipv4.tcp_syn_retries", 5)
        _wait_for_nobody(lab)
        return pcapng(Interface("tap0", lab.seen()))


def _wait_for_nobody(lab: Lab) -> None:
    lab.lose(lab.client, "S", times=None)
    with contextlib.suppress(TimeoutError):
        lab.connect()


@sample(
    "syn_ack_lost.pcap",
    "The first SYN-ACK comes late and is lost behind the observer: the client repeats its SYN, and the server"
    " its SYN-ACK.",
)
def syn_ack_lost() -> bytes:
    with Lab() as lab:
        # Both ends wait 1 s. A head start for the client's clock decides which of them repeats first.
        lab.hold(lab.client, "S", 0.2)
        lab.lose(lab.server, "S.")
        client, server = lab.opened()
        lab.settle(0.2)
        close_in_turn(lab, client, server)
        return pcap(lab.seen())


@sample(
    "third_ack_lost_data_repairs.pcap",
    "The third segment is lost before the observer; the client's first data acknowledges the SYN-ACK.",
)
def third_ack_lost_data_repairs() -> bytes:
    with Lab() as lab:
        listener = lab.listen()
        lab.lose(lab.client, ".", before=True)
        client = lab.connect()
        time.sleep(0.2)
        client.send(b"hello\n")
        server = lab.accept(listener)
        server.recv(100)
        server.send(b"hello\n")
        client.recv(100)
        lab.settle()
        close_in_turn(lab, client, server)
        return pcap(lab.seen())


@sample(
    "third_ack_lost.pcap",
    "Every ACK of the client is lost before the observer: the server repeats its SYN-ACK at 1 and 3 s,"
    " then forgets.",
)
def third_ack_lost() -> bytes:
    with Lab() as lab:
        lab.server.sysctl("net.ipv4.tcp_synack_retries", 2)
        lab.listen()
        lab.lose(lab.client, ".", before=True, times=None)
        lab.connect()
        lab.settle(8)
        return pcap(lab.seen())


@sample(
    "old_syn_first.pcap",
    "An old SYN arrives before the new one: the client resets the SYN-ACK for it, and its new SYN succeeds"
    " (RFC 9293, figure 8).",
)
def old_syn_first() -> bytes:
    with Lab() as lab:
        listener = lab.listen()
        lab.hold(lab.client, "S", 0.4)
        lab.dial().close()
        time.sleep(0.2)
        lab.lose(lab.client, "S")
        client = lab.dial()
        lab.settle(0.5)
        close_in_turn(lab, client, lab.accept(listener))
        return pcap(lab.seen())


@sample(
    "old_syn_challenged.pcap",
    "An old SYN arrives, its SYN-ACK is lost, and the new SYN is answered with a challenge ACK"
    " for the old number (RFC 5961 §4); the client resets and tries again.",
)
def old_syn_challenged() -> bytes:
    with Lab() as lab:
        listener = lab.listen()
        lab.hold(lab.client, "S", 0.3)
        lab.dial().close()
        time.sleep(0.2)
        lab.hold(lab.client, "S", 0.15)
        lab.lose(lab.server, "S.")
        client = lab.dial()
        lab.settle(0.5)
        close_in_turn(lab, client, lab.accept(listener))
        return pcap(lab.seen())


@sample("refused.pcap", "Nobody listens: the SYN is answered with RST.")
def refused() -> bytes:
    with Lab() as lab:
        lab.dial()
        return pcap(lab.seen())


@sample(
    "filtered.pcap",
    "A firewall drops the SYNs to port 22 without a word, while port 80 of the same server opens.",
)
def filtered() -> bytes:
    with Lab() as lab:
        lab.client.sysctl("net.ipv4.tcp_syn_linear_timeouts", 0)
        lab.client.sysctl("net.ipv4.tcp_syn_retries", 2)
        _firewall(lab, "drop")
        lab.dial(22, CLIENT_PORT + 1)
        client, server = lab.opened()
        client.send(b"hello\n")
        server.recv(100)
        close_in_turn(lab, client, server)
        lab.settle(8)
        return pcap(lab.seen())


@sample("icmp_rejected.pcap", "A firewall answers the SYN with ICMP: administratively prohibited.")
def icmp_rejected() -> bytes:
    with Lab() as lab:
        _firewall(lab, "reject with icmp type admin-prohibited")
        lab.dial(22)
        return pcap(lab.seen())


def _firewall(lab: Lab, verdict: str) -> None:
    chain = "chain input { type filter hook input priority 0; tcp dport 22 " + verdict + "; };"
    lab.server.command("nft", "table inet filter { " + chain + " }")


@sample(
    "simultaneous_open.pcap",
    "Both ends call each other at the same moment; the SYNs cross (RFC 9293, figure 7).",
)
def simultaneous_open() -> bytes:
    with Lab() as lab:
        client, server = lab.bound(lab.client, CLIENT_PORT), lab.bound(lab.server, SERVER_PORT)
        client.setblocking(False)
        server.setblocking(False)
        client.connect_ex((lab.address(lab.server), SERVER_PORT))
        server.connect_ex((lab.address(lab.client), CLIENT_PORT))
        lab.settle(0.1)
        client.send(b"hello\n")
        lab.settle(0.1)
        server.recv(100)
        close_in_turn(lab, client, server)
        return pcap(lab.seen())


@sample(
    "half_open_scan.pcap",
    "A scanner's first SYN is lost, its second is answered, and its own kernel, which knows nothing of it,"
    " resets.",
)
def half_open_scan() -> bytes:
    with Lab() as lab:
        lab.listen()
        lab.lose(lab.client, "S")
        (_, first), (_, second) = frames(parse("+0 > S 0:0(0) win 1024 <mss 1460>\n" * 2))
        lab.client.send_frame(first)
        time.sleep(1)
        lab.client.send_frame(second)
        return pcap(lab.seen())


@sample(
    "half_open_challenged.pcap",
    "The client restarts and calls again from the same port: challenge ACK, RST, SYN again, opened"
    " (RFC 9293, figure 9).",
)
def half_open_challenged() -> bytes:
    with Lab() as lab:
        listener = lab.listen()
        lab.connect()
        lab.accept(listener)
        lab.settle()
        lab.restart_client()
        client = lab.dial()
        lab.settle(0.2)
        close_in_turn(lab, client, lab.accept(listener))
        return pcap(lab.seen())
