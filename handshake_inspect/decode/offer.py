"""TCP options of one segment, for the object lane: the same row of `Offers` as the columns give.

It is written apart from `options.py` and shares nothing with it, so that each can show the other wrong.
dpkt's own reader is not used: it takes an option of length zero for one without content.
"""

from enum import IntEnum
from typing import Any

from dpkt import tcp

from handshake_inspect.decode.segments import Options


class Younger(IntEnum):
    """Kinds younger than dpkt's list: RFC 5925, RFC 8684, RFC 7413."""

    AO = 29
    MPTCP = 30
    FAST_OPEN = 34


KNOWN = {
    tcp.TCP_OPT_MSS,
    tcp.TCP_OPT_WSCALE,
    tcp.TCP_OPT_SACKOK,
    tcp.TCP_OPT_TIMESTAMP,
    tcp.TCP_OPT_MD5,
    *Younger,
}


def offer(options: bytes, promised: int) -> dict[str, Any]:
    """The columns of `Offers` but for the frame.

    `promised` is the length in bytes by the data offset; a capture may have kept fewer.
    """
    row: dict[str, Any] = {
        "mss_bytes": -1,
        "window_shift": -1,
        "sack": False,
        "timestamps": False,
        "tsval": 0,
        "fast_open": -1,
        "mptcp": False,
        "authenticated": False,
        "malformed": False,
        "wrong_kind": 0,
        "wrong_bytes": 0,
        "repeated_kind": 0,
        "cut": len(options) < promised,
    }
    met: set[int] = set()
    at = 0
    while at < len(options) and options[at] != tcp.TCP_OPT_EOL:
        if options[at] == tcp.TCP_OPT_NOP:
            at += 1
            continue
        kind = options[at]
        if at + 1 == len(options):
            if at + 1 == promised:
                blame(row, kind, -1)
            break
        size = options[at + 1]
        if size < 2 or at + size > promised:
            blame(row, kind, size)
            break
        if at + size <= len(options):
            if not take_in(row, kind, options[at + 2 : at + size]):
                blame(row, kind, size)
            elif kind in KNOWN - {Younger.MPTCP}:
                if kind in met and not 0 < row["repeated_kind"] <= kind:
                    row["repeated_kind"] = kind
                met.add(kind)
        at += size
    return row


def blame(row: dict[str, Any], kind: int, size: int) -> None:
    """Note a malformed option; the first one counts."""
    if not row["malformed"]:
        row |= {"malformed": True, "wrong_kind": kind, "wrong_bytes": size}


def said(row: dict[str, Any], *, syn: bool) -> Options:
    """What `Segments` keeps of an offer."""
    if row["cut"] and not syn:
        return Options(0)
    found = Options.TIMED if row["timestamps"] else Options(0)
    if not syn and (row["mss_bytes"] >= 0 or row["window_shift"] >= 0 or row["sack"]):
        found |= Options.SYN_ONLY
    if not syn and row["malformed"]:
        found |= Options.MALFORMED
    return found


def take_in(row: dict[str, Any], kind: int, value: bytes) -> bool:
    """Write one option into the row; False if its length is not one that its kind may have."""
    size = len(value)
    match kind:
        case tcp.TCP_OPT_MSS if size == 2:
            row["mss_bytes"] = int.from_bytes(value)
        case tcp.TCP_OPT_WSCALE if size == 1:
            row["window_shift"] = value[0]
        case tcp.TCP_OPT_SACKOK if size == 0:
            row["sack"] = True
        case tcp.TCP_OPT_TIMESTAMP if size == 8:
            row["timestamps"], row["tsval"] = True, int.from_bytes(value[:4])
        case Younger.FAST_OPEN if size in (0, 4, 6, 8, 10, 12, 14, 16):
            row["fast_open"] = size
        case Younger.MPTCP if size >= 1:
            row["mptcp"] = True
        case tcp.TCP_OPT_MD5 if size == 16:
            row["authenticated"] = True
        case Younger.AO if size >= 2:
            row["authenticated"] = True
        case _:
            return kind not in KNOWN
    return True
