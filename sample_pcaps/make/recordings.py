"""Good connections in captures that are odd themselves, recorded."""

import gzip

from sample_pcaps.make.closings import close_in_turn, talk
from sample_pcaps.make.files import LINKTYPE_RAW, Interface, in_vlan, pcap, pcapng, without_ethernet
from sample_pcaps.make.lab import CLIENT_PORT, Lab
from sample_pcaps.make.sample import sample

CUT_BYTES = 20
"taken off the end: less than a frame, more than a padding"


def _conversation(lab: Lab, client_port: int = CLIENT_PORT) -> None:
    client, server = lab.opened(client_port=client_port)
    talk(lab, client, server)
    close_in_turn(lab, client, server)


@sample("cut_mid_record.pcap", "A clean conversation, but the file ends in the middle of its last record.")
def cut_mid_record() -> bytes:
    with Lab() as lab:
        _conversation(lab)
        return pcap(lab.seen())[:-CUT_BYTES]


@sample("one_sided.pcap", "A clean conversation of which only the client's segments were recorded.")
def one_sided() -> bytes:
    with Lab() as lab:
        _conversation(lab)
        return pcap(seen for seen in lab.seen() if seen.by_client)


@sample("joined_late.pcap", "A clean conversation whose opening was over when the recording began.")
def joined_late() -> bytes:
    with Lab() as lab:
        client, server = lab.opened()
        lab.settle()
        before = len(lab.seen())
        talk(lab, client, server)
        close_in_turn(lab, client, server)
        return pcap(lab.seen()[before:])


@sample(
    "vlan_http.pcapng",
    "A clean conversation as the trunk of a switch carries it: each frame gets the tag of VLAN 100.",
)
def vlan_http() -> bytes:
    with Lab() as lab:
        _conversation(lab)
        return pcapng(Interface("trunk0", in_vlan(lab.seen(), 100)))


@sample(
    "two_interfaces.pcapng",
    "A clean conversation recorded at both ends: Ethernet in microseconds, and raw IP in nanoseconds.",
)
def two_interfaces() -> bytes:
    with Lab() as lab:
        _conversation(lab)
        return pcapng(
            Interface("eth0", lab.seen("client")),
            Interface("tun0", without_ethernet(lab.seen("server")), LINKTYPE_RAW, 9),
        )


@sample("three_in_a_row.pcap.gz", "Three clean conversations, one after the other, compressed with gzip.")
def three_in_a_row() -> bytes:
    with Lab() as lab:
        for client_port in range(CLIENT_PORT, CLIENT_PORT + 3):
            _conversation(lab, client_port)
        return gzip.compress(pcap(lab.seen()), mtime=0)
