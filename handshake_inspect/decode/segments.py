"""What decoding makes of frames: TCP segments, ICMP errors that quote one, and the rest counted by reason.

No frame is lost: every one is a row of `Segments`, a row of `Quotes`, or one in `skipped`.
"""

from collections import Counter
from enum import IntFlag

from msgspec import Struct, field

from handshake_inspect.columns import Array, Table, column

MOST_PAYLOAD = (1 << 31) - 1
"Bytes. A packet without a length of its own is as long as its record claims, which may be more."


class Flag(IntFlag):
    """The control bits (RFC 9293 §3.1), with AE of RFC 9768 in the bit that RFC 3540 once called NS."""

    FIN = 0x001
    SYN = 0x002
    RST = 0x004
    PSH = 0x008
    ACK = 0x010
    URG = 0x020
    ECE = 0x040
    CWR = 0x080
    AE = 0x100


CONTROL = Flag.SYN | Flag.FIN | Flag.RST
"What opens and closes."


class Options(IntFlag):
    """What the options of a segment tell."""

    TIMED = 0x1
    "a timestamps option"
    SYN_ONLY = 0x2
    "MSS, window scale or SACK permitted, although the segment has no SYN"
    MALFORMED = 0x4
    "an option that does not keep to its length, although the segment has no SYN; of a SYN `Offers` tells"
    UNTIMED = 0x8
    "no timestamps, although both SYNs had them; told by the flow, not by the segment"


class Ends(Table):
    """The two ends of a packet. IPv4 addresses stand in the low 32 bits of `…_low`."""

    version: Array = column("u1", "4 or 6", "of the Internet Protocol")
    source_high: Array = column("u8", "", "first half of the source's IPv6 address, or 0")
    source_low: Array = column("u8", "", "second half, or the IPv4 address")
    target_high: Array = column("u8", "", "first half of the target's IPv6 address, or 0")
    target_low: Array = column("u8", "", "second half, or the IPv4 address")
    source_port: Array = column("u2", "", "")
    target_port: Array = column("u2", "", "")


class Counted(Table):
    """What of a TCP segment is added up, or compared with what went before it."""

    seq: Array = column("u4", "", "SEG.SEQ")
    ack: Array = column("u4", "", "SEG.ACK, as written, whether or not ACK is set")
    flags: Array = column("u2", "Flag", "the nine control bits")
    window: Array = column("u2", "as written, not scaled", "SEG.WND")
    payload_bytes: Array = column(
        "i4", "bytes", "payload by the IP header's length, captured or not; never negative"
    )
    headers_cut: Array = column(
        "?", "", "the capture ends before the TCP options do (a short snapshot length)"
    )
    options: Array = column("u1", "Options", "what the options tell; without SYN 0 where they are cut")


class Observed(Counted):
    """What is seen of a TCP segment, whoever its ends are."""

    frame: Array = column("i8", "from 1, as Wireshark counts", "the frame it came in")
    time_ns: Array = column("i8", "ns since 1970-01-01 UTC", "when it was captured")
    interface: Array = column("u4", "index into Capture.interfaces", "where it was captured")
    ttl: Array = column("u1", "hops", "TTL or hop limit of the innermost IP header")
    ip_id: Array = column("u2", "", "identification of the innermost IPv4 header, 0 for IPv6")
    record_byte: Array = column("i8", "bytes into the uncompressed file", "where the frame's record begins")
    record_bytes: Array = column("i4", "bytes", "how long that record is")
    options_bytes: Array = column("u1", "bytes", "length of the options by the header's data offset")
    fragment: Array = column("?", "", "the first fragment of a packet: what follows it is not here")


class Segments(Ends, Observed):
    """One row per TCP segment, in frame order."""


class Offers(Table):
    """What the options of each segment with SYN say, one row each (RFC 9293 §3.2, RFC 7323, RFC 2018)."""

    frame: Array = column("i8", "from 1", "the segment's frame")
    mss_bytes: Array = column("i4", "bytes", "maximum segment size; -1 when absent")
    window_shift: Array = column("i2", "bits", "window scale; -1 when absent")
    sack: Array = column("?", "", "SACK permitted")
    timestamps: Array = column("?", "", "a timestamps option")
    tsval: Array = column("u4", "ticks of the sender", "its TSval; 0 when absent")
    fast_open: Array = column(
        "i2", "bytes", "length of the Fast Open cookie, 0 for a request; -1 when absent (RFC 7413)"
    )
    mptcp: Array = column("?", "", "a Multipath TCP option (RFC 8684)")
    authenticated: Array = column("?", "", "an MD5 signature (RFC 2385) or TCP-AO (RFC 5925)")
    malformed: Array = column("?", "", "an option of length zero, past the header, or of the wrong length")
    wrong_kind: Array = column("u1", "", "the first malformed option's kind; 0 when nothing is malformed")
    wrong_bytes: Array = column("i2", "bytes", "the length it gives; -1 when it gives none, 0 as above")
    repeated_kind: Array = column(
        "u1", "", "of an option that came again its kind, of several the lowest; 0 when none did"
    )
    cut: Array = column("?", "", "the capture ends before the options do: what is absent may have been there")


class Quotes(Ends):
    """One row per ICMP or ICMPv6 error that quotes a TCP header; the ends are those of the quoted segment."""

    frame: Array = column("i8", "from 1", "the frame the error came in")
    time_ns: Array = column("i8", "ns since 1970-01-01 UTC", "when it was captured")
    record_byte: Array = column("i8", "bytes into the uncompressed file", "where the frame's record begins")
    record_bytes: Array = column("i8", "bytes", "how long that record is")
    reporter_high: Array = column("u8", "", "who sent the error, as in Ends")
    reporter_low: Array = column("u8", "", "")
    icmp_type: Array = column("u1", "", "the ICMP or ICMPv6 type")
    icmp_code: Array = column("u1", "", "the ICMP or ICMPv6 code")
    seq: Array = column("u4", "", "SEG.SEQ of the quoted segment")


class Checksums(Table):
    """One row per segment whose TCP checksum was looked at and is wrong (`checksum.py` says which are)."""

    frame: Array = column("i8", "from 1", "the segment's frame")
    unfinished: Array = column(
        "?", "", "it is what a host leaves for its network card to finish, and no damage"
    )


TEXT_BYTES = 64
"Of a text so much is kept."


class Texts(Table):
    """One row per RST whose data is text, as far as it was captured. Link types of the objects have none."""

    frame: Array = column("i8", "from 1", "the RST's frame")
    text: Array = column(f"S{TEXT_BYTES}", "ASCII", "its beginning")


class Tags(Table):
    """One row per frame with a VLAN tag. Link types that only the objects know have none."""

    frame: Array = column("i8", "from 1", "the tagged frame")
    tag: Array = column("u4", "outer << 12 | inner", "its VLAN, or the last two of several; never 0")


class Decoded(Struct, frozen=True):
    """What one batch of frames was."""

    segments: Segments
    offers: Offers
    quotes: Quotes
    skipped: Counter[str] = field(default_factory=Counter)
    "frames that were neither, by a short reason such as 'arp', 'udp', 'ip fragment', 'headers cut'"
    wrong: Checksums = field(default_factory=lambda: Checksums.blank(0))
    "the segments with a wrong checksum, in frame order"
    summed: int = 0
    "how many checksums were looked at"
    tags: Tags = field(default_factory=lambda: Tags.blank(0))
    "the frames with a VLAN tag, in order"
    texts: Texts = field(default_factory=lambda: Texts.blank(0))
    "what RSTs say, in frame order"
