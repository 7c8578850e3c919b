"""The wire between two hosts: it takes its time, loses what it is told to, and remembers what it carried.

A frame is seen at three places: where the client's cable ends, in the middle, and where the server's begins.
A loss lies before or behind the middle, as the frame travels; an observer in the middle sees it or does not.
"""

import heapq
import os
import select
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Literal

import dpkt

from handshake_inspect.script.packets import BITS

Place = Literal["client", "middle", "server"]

LONGEST_FRAME_BYTES = 65536
QUIET_SECONDS = 0.1


@dataclass(frozen=True)
class Seen:
    """A frame that passed a place."""

    time_ns: int
    by_client: bool
    frame: bytes


@dataclass
class Fault:
    """What happens to some segments of one side on one half of their way."""

    by_client: bool
    flags: str
    "as a script writes them, and all of them"
    before: bool
    "on the way to the middle, not behind it"
    times: int | None
    "to how many such segments it happens; None is all"
    hold_seconds: float | None
    "how long they are kept on the way; None is for ever"
    skip: int
    "how many such segments pass first"
    met: int = field(default=0)

    def strikes(self, by_client: bool, flags: str, before: bool) -> bool:
        """Whether it happens to the next segment, which has these flags."""
        if (by_client, flags, before) != (self.by_client, self.flags, self.before):
            return False
        self.met += 1
        return self.met > self.skip and (self.times is None or self.met <= self.skip + self.times)


def flags_of(frame: bytes) -> str | None:
    """The flags of a TCP segment as a script writes them; None for any other frame."""
    packet = dpkt.ethernet.Ethernet(frame).data
    segment = getattr(packet, "data", None)
    if not isinstance(segment, dpkt.tcp.TCP):
        return None
    return "".join(letter for letter, bit in BITS.items() if segment.flags & bit)


def is_worth_keeping(frame: bytes) -> bool:
    """Whether the frame is TCP or an ICMP error, and not the chatter of neighbours."""
    packet = dpkt.ethernet.Ethernet(frame).data
    data = getattr(packet, "data", None)
    if isinstance(data, dpkt.icmp6.ICMP6):
        return bool(data.type < dpkt.icmp6.ICMP6_ECHO_REQUEST)
    return isinstance(data, dpkt.tcp.TCP | dpkt.icmp.ICMP)


class Wire:
    """Carries frames between two cables until it is cut."""

    def __init__(self, client: int, server: int, half_seconds: float) -> None:
        self.cables = {True: client, False: server}
        self.faults: list[Fault] = []
        self.seen: dict[Place, list[Seen]] = {"client": [], "middle": [], "server": []}
        self._half_seconds = half_seconds
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self._busy_until = 0.0
        self._cut = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def plug(self, by_client: bool, cable: int) -> None:
        """Put another host in the place of one."""
        with self._lock:
            self.cables[by_client] = cable

    def wait_until_quiet(self) -> None:
        """Return when nothing is on the way and nothing has come for a moment."""
        while self._due or time.monotonic() < self._busy_until:
            time.sleep(QUIET_SECONDS / 10)

    def cut(self) -> None:
        """Carry nothing any more."""
        self._cut.set()
        self._thread.join()

    def _carry(self) -> None:
        while not self._cut.is_set():
            wait = self._due[0][0] - time.monotonic() if self._due else QUIET_SECONDS
            with self._lock:
                sides = {cable: by_client for by_client, cable in self.cables.items()}
                ready, _, _ = select.select(list(sides), [], [], max(0.0, min(wait, QUIET_SECONDS / 10)))
                for cable in ready:
                    self._enter(sides[cable], os.read(cable, LONGEST_FRAME_BYTES))
            while self._due and self._due[0][0] <= time.monotonic():
                heapq.heappop(self._due)[2]()

    def _enter(self, by_client: bool, frame: bytes) -> None:
        if is_worth_keeping(frame):
            self._pass("client" if by_client else "server", by_client, frame)
            self._travel(by_client, frame, True, lambda: self._middle(by_client, frame))

    def _middle(self, by_client: bool, frame: bytes) -> None:
        self._pass("middle", by_client, frame)
        self._travel(by_client, frame, False, lambda: self._arrive(by_client, frame))

    def _arrive(self, by_client: bool, frame: bytes) -> None:
        self._pass("server" if by_client else "client", by_client, frame)
        with self._lock:
            os.write(self.cables[not by_client], frame)

    def _pass(self, place: Place, by_client: bool, frame: bytes) -> None:
        self._busy_until = time.monotonic() + QUIET_SECONDS
        self.seen[place].append(Seen(time.time_ns(), by_client, frame))

    def _travel(self, by_client: bool, frame: bytes, before: bool, then: Callable[[], None]) -> None:
        flags = flags_of(frame)
        seconds = self._half_seconds
        for fault in self.faults:
            if flags is not None and fault.strikes(by_client, flags, before):
                if fault.hold_seconds is None:
                    return
                seconds += fault.hold_seconds
        heapq.heappush(self._due, (time.monotonic() + seconds, next(self._order), then))
