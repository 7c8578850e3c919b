"""How times, counts, addresses and names that are no Unicode are written for people."""

import ipaddress
import re
from functools import lru_cache

SECOND = 1_000_000_000
"In nanoseconds, the unit of all times."
LONGEST_SECONDS = 9e9
"Nearly what 64 bits hold in nanoseconds, 285 years."

_SURROGATE = re.compile("[\ud800-\udfff]")


def spelled(text: str) -> str:
    r"""The text as Unicode can carry it: a byte of a file name that is no UTF-8 is spelled `\xff`."""
    return text if text.isascii() else _SURROGATE.sub(_spelling, text)


def _spelling(found: re.Match[str]) -> str:
    # Python carries such a byte as a lone surrogate (PEP 383).
    code = ord(found.group())
    return f"\\x{code - 0xDC00:02x}" if 0xDC80 <= code <= 0xDCFF else f"\\u{code:04x}"


def nanoseconds(seconds: float) -> int:
    """The same time as the columns have it; what is longer than any, such as inf, is the longest."""
    return round(min(seconds, LONGEST_SECONDS) * SECOND)


def duration(ns: int) -> str:
    """A length of time with a fitting unit: '63.0 s', '13.6 ms', '40 µs'."""
    sign, ns = ("-", -ns) if ns < 0 else ("", ns)
    if ns >= 100_000_000_000:
        return f"{sign}{ns / 1e9:.0f} s"
    if ns >= 1_000_000_000:
        return f"{sign}{ns / 1e9:.1f} s"
    if ns >= 1_000_000:
        return f"{sign}{ns / 1e6:.3g} ms"
    return f"{sign}{ns / 1e3:.3g} µs"


def number(value: float) -> str:
    """A whole number with its thousands apart: '12 345'."""
    return f"{value:,.0f}".replace(",", " ")


def times(count: int) -> str:
    """'never', 'once', 'twice', '3 times'."""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{number(count)} times")


def counted(count: int, noun: str, plural: str = "") -> str:
    """'1 segment', '2 segments', '12 345 addresses'; without a plural with an s."""
    return f"{number(count)} {noun if count == 1 else plural or noun + 's'}"


def address(version: int, high: int, low: int) -> str:
    """An IP address from its columns (`decode.segments.Ends`)."""
    if version == 4:
        return f"{low >> 24}.{low >> 16 & 255}.{low >> 8 & 255}.{low & 255}"
    return _ipv6(high, low)


@lru_cache(maxsize=4096)
def _ipv6(high: int, low: int) -> str:
    return str(ipaddress.IPv6Address(high << 64 | low))


def endpoint(host: str, port: int) -> str:
    """'192.0.2.1:80' or '[2001:db8::1]:80'."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
