"""A client, a server, and the wire between them, with the few gestures the samples are told in."""

import socket
import time
from types import TracebackType
from typing import Self

from handshake_inspect.script.model import FIRST
from handshake_inspect.script.packets import CLIENT_MAC, SERVER_MAC
from sample_pcaps.make.host import Address, Host
from sample_pcaps.make.wire import Fault, Place, Seen, Wire

CLIENT = Address(CLIENT_MAC.hex(":"), FIRST.client.address, "2001:db8:1::1")
SERVER = Address(SERVER_MAC.hex(":"), FIRST.server.address, "2001:db8:2::1")

HALF_SECONDS = 0.005
"from either end to the middle, so a round trip takes 20 ms"

CLIENT_PORT = FIRST.client.port
SERVER_PORT = FIRST.server.port

GIVE_UP_SECONDS = 200
"longer than any sample's silence; a sample that waits so long is broken"


class Lab:
    """Two fresh kernels; everything goes when it is left."""

    def __init__(self, version: int = 4) -> None:
        self.version = version
        self.client = Host(CLIENT, SERVER)
        self.server = Host(SERVER, CLIENT)
        self.wire = Wire(self.client.cable, self.server.cable, HALF_SECONDS)
        self._sockets: list[socket.socket] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.wire.cut()
        self.client.off()
        self.server.off()
        for each in self._sockets:
            each.close()

    def bound(self, host: Host, port: int) -> socket.socket:
        """A socket of a host, bound to a port."""
        made = host.tcp_socket(self.version)
        self._sockets.append(made)
        made.settimeout(GIVE_UP_SECONDS)
        made.bind(("::" if self.version == 6 else "0.0.0.0", port))
        return made

    def address(self, host: Host) -> str:
        """Where a host is found."""
        return (CLIENT if host is self.client else SERVER).ip(self.version)

    def listen(self, port: int = SERVER_PORT) -> socket.socket:
        """A listening socket of the server."""
        listener = self.bound(self.server, port)
        listener.listen(8)
        return listener

    def dial(self, port: int = SERVER_PORT, client_port: int = CLIENT_PORT) -> socket.socket:
        """A socket of the client that has just sent its SYN; it waits for nothing."""
        made = self.bound(self.client, client_port)
        made.setblocking(False)
        # A connection in progress is what is wanted here; whether it opens shows on the wire.
        made.connect_ex((self.address(self.server), port))
        return made

    def connect(self, port: int = SERVER_PORT, client_port: int = CLIENT_PORT) -> socket.socket:
        """A socket of the client after its handshake; OSError if there is none."""
        made = self.bound(self.client, client_port)
        made.connect((self.address(self.server), port))
        return made

    def opened(
        self, port: int = SERVER_PORT, client_port: int = CLIENT_PORT
    ) -> tuple[socket.socket, socket.socket]:
        """The two ends of a new connection: the client's socket and the server's."""
        with self.listen(port) as listener:
            client = self.connect(port, client_port)
            return client, self.accept(listener)

    def accept(self, listener: socket.socket) -> socket.socket:
        """The server's socket of a connection that a client opened; it stays open until it is closed."""
        server, _ = listener.accept()
        self._sockets.append(server)
        server.settimeout(GIVE_UP_SECONDS)
        return server

    def lose(
        self, by: Host, flags: str, *, before: bool = False, times: int | None = 1, skip: int = 0
    ) -> None:
        """Lose the next segments of a host with exactly these flags, before or behind the middle."""
        self.wire.faults.append(Fault(by is self.client, flags, before, times, None, skip))

    def hold(self, by: Host, flags: str, seconds: float) -> None:
        """Keep the next such segment behind the middle for a while."""
        self.wire.faults.append(Fault(by is self.client, flags, False, 1, seconds, 0))

    def restart_client(self) -> None:
        """Switch the client off and put a new one, which remembers nothing, in its place."""
        old, self.client = self.client, Host(CLIENT, SERVER)
        self.wire.plug(True, self.client.cable)
        old.off()

    def restart_server(self) -> None:
        """Switch the server off and put a new one, which remembers nothing, in its place."""
        old, self.server = self.server, Host(SERVER, CLIENT)
        self.wire.plug(False, self.server.cable)
        old.off()

    def settle(self, seconds: float = 0.0) -> None:
        """Let time pass, then whatever is on the way arrive."""
        time.sleep(seconds)
        self.wire.wait_until_quiet()

    def seen(self, place: Place = "middle") -> list[Seen]:
        """What passed a place until now, when the wire is quiet."""
        self.settle()
        return list(self.wire.seen[place])
