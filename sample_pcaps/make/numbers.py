"""Many connections to one server, for the sake of the initial sequence numbers it chooses, recorded."""

from sample_pcaps.make.closings import AFTER_DELAYED_ACK
from sample_pcaps.make.files import pcap
from sample_pcaps.make.lab import CLIENT_PORT, Lab
from sample_pcaps.make.sample import sample

CONNECTIONS = 30


@sample(
    "isn_sound.pcap",
    "Thirty connections from different ports, which close one by one; the initial numbers are Linux's own"
    " (RFC 6528).",
)
def isn_sound() -> bytes:
    with Lab() as lab:
        open_and_close(lab, range(CLIENT_PORT, CLIENT_PORT + CONNECTIONS))
        return pcap(lab.seen())


def open_and_close(lab: Lab, ports: range) -> None:
    """A connection from each of these ports; then the client closes them all, then the server."""
    with lab.listen() as listener:
        ends = [(lab.connect(client_port=port), lab.accept(listener)) for port in ports]
    for closing in zip(*ends, strict=True):
        for end in closing:
            end.close()
        lab.settle(AFTER_DELAYED_ACK)
