"""A host: a network stack of its own, in a namespace that belongs to one thread, behind one Ethernet cable.

A socket belongs to the namespace of the thread that makes it and can then be used from any other. The
namespace has no name, so nothing is left behind, and switching a host off is as sudden as a power cut.
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
TAP_WITHOUT_HEADER = 0x0002 | 0x1000

DEVICE = "eth0"

T = TypeVar("T")


@dataclass(frozen=True)
class Address:
    """Where a host is found."""

    mac: str
    four: str
    six: str

    def ip(self, version: int) -> str:
        """Its address of this IP version."""
        return self.six if version == 6 else self.four


class Host:
    """A kernel with one network device, whose other end is `cable`."""

    def __init__(self, own: Address, peer: Address) -> None:
        self._thread = ThreadPoolExecutor(max_workers=1)
        self.cable = self._run(self._plug)
        commands = [
            "link set lo up",
            f"link set {DEVICE} address {own.mac} up",
            f"address add {own.four}/32 dev {DEVICE}",
            f"address add {own.six}/128 dev {DEVICE} nodad",
            f"route add default dev {DEVICE} src {own.four}",
            f"-6 route add default dev {DEVICE} src {own.six}",
            f"neighbour add {peer.four} lladdr {peer.mac} dev {DEVICE} nud permanent",
            f"neighbour add {peer.six} lladdr {peer.mac} dev {DEVICE} nud permanent",
        ]
        for command in commands:
            self.command("ip", *command.split())

    def _run(self, function: Callable[[], T]) -> T:
        return self._thread.submit(function).result()

    @staticmethod
    def _plug() -> int:
        """Enter a new namespace and put a device in it; the file that carries its frames."""
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.unshare(CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "a network namespace needs root")
        cable = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(cable, TUNSETIFF, struct.pack("16sH22x", DEVICE.encode(), TAP_WITHOUT_HEADER))
        return cable

    def command(self, *words: str) -> None:
        """Run a program in the host's namespace."""
        self._run(lambda: subprocess.run(words, check=True))

    def sysctl(self, name: str, value: int) -> None:
        """Set one of the namespace's kernel parameters."""
        file = Path("/proc/sys") / name.replace(".", "/")
        self._run(lambda: file.write_text(str(value)))

    def tcp_socket(self, version: int = 4) -> socket.socket:
        """A TCP socket of this host."""
        family = socket.AF_INET6 if version == 6 else socket.AF_INET
        made = self._run(lambda: socket.socket(family, socket.SOCK_STREAM))
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return made

    def send_frame(self, frame: bytes) -> None:
        """Send a frame past the stack, which then knows nothing of it."""
        with self._run(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)) as raw:
            raw.bind((DEVICE, 0))
            raw.send(frame)

    def off(self) -> None:
        """Cut the power: no packet says goodbye."""
        os.close(self.cable)
        self._thread.shutdown()
