"""What the scope of an agreement means in one recording: which captures, connections and findings lie in it.

It knows addresses by column and paths as text, not why something was agreed. Its one idea: a finding of one
connection lies where that connection does, one of many only where all of them do.
"""

import glob
import ipaddress
import os
from collections.abc import Sequence
from fnmatch import fnmatchcase

import numpy as np

from handshake_inspect.agreements import Scope
from handshake_inspect.columns import Array
from handshake_inspect.errors import UsageError
from handshake_inspect.flow.connections import Connections
from handshake_inspect.rules.case import CaptureFacts, Hit, WholeHit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Reach:
    """A recording, as scopes see it."""

    def __init__(self, all_: Connections, captures: Sequence[CaptureFacts]) -> None:
        self._all = all_
        self._paths = [capture.path for capture in captures]
        self._lasts = np.cumsum([capture.frames for capture in captures])
        self._marks: dict[tuple[tuple[str, ...], tuple[str, ...]], Array] = {}

    def capture(self, scope: Scope) -> str | None:
        """The first capture in the scope, or None."""
        return next((path for path in self._paths if named(path, scope.captures)), None)

    def connections(self, scope: Scope) -> Array:
        """For each connection whether it is in the scope; it lies in the capture it begins in."""
        return self._between(scope) & self._inside(scope, self._all.facts.first_frame)

    def findings(self, scope: Scope, hit: Hit | WholeHit, lives: Array, marks: Array | None = None) -> Array:
        """For each of the connections of a hit whether what it finds there lies in the scope.

        Of a hit on the whole recording a single answer. Where `marks` is given, only marked connections are
        meant.
        """
        ends = self._between(scope) if marks is None else self._between(scope) & marks
        if isinstance(hit, Hit):
            event = hit.evidence[0].event
            frames = self._all.events.frame[self._all.lives.first[lives] + event]
            return ends[lives] & self._inside(scope, frames)
        everywhere = not scope.hosts and not scope.services and marks is None
        meant = bool(ends[lives].all()) if len(lives) else everywhere
        if hit.path is not None:
            return np.array([meant and named(hit.path, scope.captures)])
        first = np.array([hit.frames[0][0] if hit.frames else 1])
        return meant & self._inside(scope, first)

    def _inside(self, scope: Scope, frames: Array) -> Array:
        """For each of these frames whether its capture is in the scope."""
        if not scope.captures or not self._paths:
            return np.ones(len(frames), bool)
        meant = np.array([named(path, scope.captures) for path in self._paths])
        result: Array = meant[np.minimum(np.searchsorted(self._lasts, frames), len(meant) - 1)]
        return result

    def _between(self, scope: Scope) -> Array:
        """For each connection whether its ends are in the scope."""
        key = (scope.hosts, scope.services)
        if key not in self._marks:
            marks = np.ones(len(self._all), bool)
            if scope.hosts:
                marks &= np.any([inside(self._all, network(text)) for text in scope.hosts], axis=0)
            if scope.services:
                marks &= np.any([self._served(*service(text)) for text in scope.services], axis=0)
            self._marks[key] = marks
        return self._marks[key]

    def _served(self, host: Network | None, port: int) -> Array:
        """For each connection whether its server is this."""
        lives, ends = self._all.lives, self._all.ends
        server = lives.client ^ 1
        ports = np.where(server == 0, ends.source_port[lives.flow], ends.target_port[lives.flow])
        result: Array = ports == port
        if host is None:
            return result
        sides = [_is_in(self._all, end, host) for end in ("source", "target")]
        return result & np.where(server == 0, *sides)


def network(text: str) -> Network:
    """An address or a network. UsageError for anything else."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise UsageError(f"{text} is no address or network") from None


def service(text: str) -> tuple[Network | None, int]:
    """(address or None for any, port) of '192.0.2.1:80', '[2001:db8::1]:80' or ':443'. Raises UsageError."""
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdecimal() or len(port) > 5 or int(port) > 65535:
        raise UsageError(f"{text} is no service; say 192.0.2.1:80, [2001:db8::1]:80 or :80")
    if not host:
        return None, int(port)
    bracketed = host.startswith("[") and host.endswith("]")
    try:
        address = ipaddress.ip_address(host[1:-1] if bracketed else host)
    except ValueError:
        raise UsageError(f"{text}: {host} is no address") from None
    if bracketed != (address.version == 6):
        raise UsageError(f"{text}: only an IPv6 address has brackets, and it needs them")
    return ipaddress.ip_network(address), int(port)


def inside(all_: Connections, hosts: Network) -> Array:
    """For each connection whether one of its ends is in this network."""
    either: Array = _is_in(all_, "source", hosts) | _is_in(all_, "target", hosts)
    return either


def _is_in(all_: Connections, end: str, hosts: Network) -> Array:
    first, last = int(hosts.network_address), int(hosts.broadcast_address)
    flow = all_.lives.flow
    high, low = getattr(all_.ends, f"{end}_high")[flow], getattr(all_.ends, f"{end}_low")[flow]
    from_high, from_low = first >> 64, first & (2**64 - 1)
    to_high, to_low = last >> 64, last & (2**64 - 1)
    above = (high > from_high) | ((high == from_high) & (low >= from_low))
    below = (high < to_high) | ((high == to_high) & (low <= to_low))
    result: Array = above & below & (all_.ends.version[flow] == hosts.version)
    return result


def named(path: str, globs: Sequence[str]) -> bool:
    """Whether one of these globs names the capture at this path; no globs name every capture."""
    return not globs or any(_named(path, pattern) for pattern in globs)


def _named(path: str, pattern: str) -> bool:
    if "/" not in pattern:
        return fnmatchcase(os.path.basename(path), pattern)
    whole = os.path.join(glob.escape(os.getcwd()), pattern)
    return _match(_parts(os.path.abspath(path)), _parts(os.path.normpath(whole)))


def _parts(path: str) -> list[str]:
    return path.replace(os.sep, "/").split("/")


def _match(parts: list[str], patterns: list[str]) -> bool:
    if not patterns:
        return not parts
    if patterns[0] == "**":
        return any(_match(parts[skipped:], patterns[1:]) for skipped in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], patterns[0]) and _match(parts[1:], patterns[1:])
