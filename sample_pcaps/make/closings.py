"""Connections that open well and then end, each in its own way, recorded."""

import socket
import struct

from sample_pcaps.make.files import Interface, pcap, pcapng
from sample_pcaps.make.lab import Lab
from sample_pcaps.make.sample import sample

LINGER_NOT = struct.pack("ii", 1, 0)

AFTER_DELAYED_ACK = 0.1
"seconds; Linux acknowledges a FIN at most 40 ms later"


def talk(lab: Lab, client: socket.socket, server: socket.socket) -> None:
    """One question and one answer."""
    client.send(b"GET / HTTP/1.1\r\nHost: www.example\r\n\r\n")
    server.recv(1000)
    server.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello\n")
    client.recv(1000)
    lab.settle(AFTER_DELAYED_ACK)


def close_in_turn(lab: Lab, first: socket.socket, second: socket.socket) -> None:
    """One end closes and is acknowledged, then the other does: four segments."""
    first.close()
    lab.settle(AFTER_DELAYED_ACK)
    second.close()
    lab.settle(AFTER_DELAYED_ACK)


@sample(
    "clean.pcap",
    "Three segments open, a question and an answer, four segments close; the client closes first.",
)
def clean() -> bytes:
    with Lab() as lab:
        client, server = lab.opened()
        talk(lab, client, server)
        close_in_turn(lab, client, server)
        return pcap(lab.seen())


@sample("server_closes_first.pcap", "A clean conversation that the server closes first.")
def server_closes_first() -> bytes:
    with Lab() as lab:
        client, server = lab.opened()
        talk(lab, client, server)
        close_in_turn(lab, server, client)
        return pcap(lab.seen())


@sample("ipv6.pcap", "A clean conversation over IPv6.")
def ipv6() -> bytes:
    with Lab(version=6) as lab:
        client, server = lab.opened()
        talk(lab, client, server)
        close_in_turn(lab, client, server)
        return pcap(lab.seen())


@sample(
    "last_ack_lost.pcapng",
    "The last ACK is lost behind the observer: the server repeats its FIN, and the client acknowledges it"
    " again from TIME-WAIT.",
)
def last_ack_lost() -> bytes:
    with Lab() as lab:
        client, server = lab.opened()
        talk(lab, client, server)
        client.close()
        lab.settle(AFTER_DELAYED_ACK)
        lab.lose(lab.client, ".")
        server.close()
        lab.settle(1)
        return pcapng(Interface("tap0", lab.seen()))


@sample(
    "simultaneous_close.pcap", "Both ends close at the same moment; the FINs cross (RFC 9293, figure 13)."
)
def simultaneous_close() -> bytes:
    with Lab() as lab:
        client, server = lab.opened()
        talk(lab, client, server)
        client.close()
        server.close()
        return pcap(lab.seen())


@sample(
    "half_close.pcap",
    "The client says it has no more to send; the server goes on sending for 3 s before it closes"
    " (RFC 9293 §3.6.1).",
)
def half_close() -> bytes:
    with Lab() as lab:
        client, server = lab.opened()
        client.send(b"everything, please\n")
        server.recv(1000)
        client.shutdown(socket.SHUT_WR)
        for part in (b"first\n", b"second\n", b"third\n"):
            lab.settle(1)
            server.send(part)
            client.recv(1000)
        lab.settle(AFTER_DELAYED_ACK)
        server.close()
        return pcap(lab.seen())


@sample(
    "aborted.pcap", "The client aborts an established connection with RST, without FIN (SO_LINGER of 0 s)."
)
def aborted() -> bytes:
    with Lab() as lab:
        client, server = lab.opened()
        talk(lab, client, server)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_NOT)
        client.close()
        return pcap(lab.seen())


@sample(
    "half_open_reset.pcap", "The server restarts in silence; the client's next data is answered with RST."
)
def half_open_reset() -> bytes:
    with Lab() as lab:
        client, server = lab.opened()
        talk(lab, client, server)
        lab.restart_server()
        client.send(b"are you still there?\n")
        return pcap(lab.seen())
