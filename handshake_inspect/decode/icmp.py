"""ICMP and ICMPv6 errors that quote a TCP segment, as rows of `Quotes`.

They know which messages are errors and how far into the quotation ports and sequence number lie. What the
error means for a connection is decided elsewhere. Every other message is counted as 'icmp'.
"""

import numpy as np

from handshake_inspect.columns import Array
from handshake_inspect.decode import layouts
from handshake_inspect.decode.layers import Space, Walk, Work, layer
from handshake_inspect.decode.network import AUTHENTICATION, EXTENSIONS, FRAGMENT, OFFSET_MASK, hosts
from handshake_inspect.decode.segments import Quotes

ERRORS_4 = (3, 4, 5, 11, 12)
"Unreachable, source quench, redirect, time exceeded, parameter problem (RFC 1122 §3.2.2)."
ERRORS_6 = (1, 2, 3, 4)
"Unreachable, too big, time exceeded, parameter problem (RFC 4443 §2.1)."

QUOTE_AT = 8
"The quoted packet follows 8 bytes of ICMP in every error (RFC 792, RFC 4443 §3)."
MOST_EXTENSIONS = 8
"Extension headers of a quoted packet that are stepped over."


@layer(Space.PROTOCOL, 1)
def icmp_4(walk: Walk, work: Work) -> None:
    """ICMP over IPv4 (RFC 792)."""
    work = errors(walk, work, ERRORS_4)
    work = walk.whole(work, QUOTE_AT + layouts.IPV4_HEADER.itemsize, "icmp")
    at = work.at + QUOTE_AT
    header = walk.read(at, layouts.IPV4_HEADER)
    octet = header["_v_hl"]
    good = (
        (octet >= 0x45) & (octet <= 0x4F) & (header["p"] == 6) & (header["_flags_offset"] & OFFSET_MASK == 0)
    )
    quote(walk, work, at, at + ((octet & 15) << 2), bounded(work, at, header["len"]), good)


@layer(Space.PROTOCOL, 58)
def icmp_6(walk: Walk, work: Work) -> None:
    """ICMP over IPv6 (RFC 4443)."""
    work = errors(walk, work, ERRORS_6)
    work = walk.whole(work, QUOTE_AT + layouts.IPV6_HEADER.itemsize, "icmp")
    at = work.at + QUOTE_AT
    header = walk.read(at, layouts.IPV6_HEADER)
    protocol, body = header["nxt"].copy(), at + layouts.IPV6_HEADER.itemsize
    good = header["_v_fc_flow"] >> 28 == 6
    end = bounded(work, body, header["plen"])
    for _ in range(MOST_EXTENSIONS):
        further = np.isin(protocol, (*EXTENSIONS, FRAGMENT, AUTHENTICATION)) & (body + 8 <= end)
        if not further.any():
            break
        # Every extension header has its next header and, but for the fragment header, its length in front.
        inner = walk.read(body[further], layouts.FRAGMENT_HEADER)
        kind, units = protocol[further], inner["_resv"].astype(np.int64)
        good[further] &= (kind != FRAGMENT) | (inner["_frag_off_resv_m"] >> 3 == 0)
        body[further] += np.select(
            [kind == FRAGMENT, kind == AUTHENTICATION], [8, 8 + units * 4], 8 + units * 8
        )
        protocol[further] = inner["nxt"]
    quote(walk, work, at, body, end, good & (protocol == 6))


def bounded(work: Work, at: Array, length: Array) -> Array:
    """Where each quotation ends: with the frame, or `length` bytes behind `at` by the quoted header.

    A length of 0 was not filled in, as with packets captured before segmentation offload.
    """
    size = length.astype(np.int64)
    return np.where(size == 0, work.end, np.minimum(work.end, at + size))


def errors(walk: Walk, work: Work, types: tuple[int, ...]) -> Work:
    """The messages that are errors."""
    work = walk.whole(work, layouts.ICMP_HEADER.itemsize)
    header = walk.read(work.at, layouts.ICMP_HEADER)
    return walk.keep(work, np.isin(header["type"], types), "icmp")


def quote(walk: Walk, work: Work, network: Array, body: Array, end: Array, good: Array) -> None:
    """Append one row per frame whose quotation is good and holds what is needed.

    `network`, `body` and `end` are where the quoted IP header, the quoted TCP header, and the quotation begin
    and end.
    """
    good = good & (body + layouts.TCP_QUOTED.itemsize <= end)
    walk.skip("icmp", int(np.count_nonzero(~good)))
    work, network, body = work.take(good), network[good], body[good]
    if not len(work):
        return
    frames, index = walk.batch.frames, work.index
    header = walk.read(work.at, layouts.ICMP_HEADER)
    tcp = walk.read(body, layouts.TCP_QUOTED)
    reporter, quoted = hosts(walk, work.network), hosts(walk, network)
    walk.quotes.append(
        Quotes(
            frame=frames.number[index],
            time_ns=frames.time_ns[index],
            record_byte=frames.record_byte[index],
            record_bytes=frames.record_bytes[index],
            version=quoted.version,
            source_high=quoted.source_high,
            source_low=quoted.source_low,
            target_high=quoted.target_high,
            target_low=quoted.target_low,
            source_port=tcp["sport"],
            target_port=tcp["dport"],
            reporter_high=reporter.source_high,
            reporter_low=reporter.source_low,
            icmp_type=header["type"],
            icmp_code=header["code"],
            seq=tcp["seq"],
        )
    )
