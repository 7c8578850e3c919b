"""The segments that can matter, each with what both ends had sent and acknowledged just before it.

Everything later is decided from these rows; the segments between them are only counted. Numbers are of the
moment: `own_next` is SND.NXT of the row's sender as captured, `peer_acked` is its SND.UNA, and `own_acked`
is its RCV.NXT as far as it has said so (RFC 9293 §3.3.1). A side that begins another sequence space, with a
SYN of another ISN, begins its running numbers anew; the row of that SYN still holds the old ones.
"""

from handshake_inspect.columns import Array, Table, column

QUOTE = 0x8000
"In `flags`: the row is an ICMP error that quotes a segment of the other side; its seq is the quoted one."


class Kept(Table):
    """What is kept of a segment itself."""

    frame: Array = column("i8", "from 1", "the frame it came in")
    time_ns: Array = column("i8", "ns since 1970-01-01 UTC", "when it was captured")
    seq: Array = column("u4", "", "SEG.SEQ")
    ack: Array = column("u4", "", "SEG.ACK; of a quote, the ICMP type and code as type << 8 | code")
    flags: Array = column("u2", "Flag or QUOTE", "control bits")
    window: Array = column("u2", "not scaled", "SEG.WND")
    payload_bytes: Array = column("i4", "bytes", "SEG.LEN without SYN and FIN")
    ttl: Array = column("u1", "hops", "TTL or hop limit")
    ip_id: Array = column("u2", "", "IPv4 identification")
    options: Array = column("u1", "Options", "what the options tell; of a quote 0")
    record_byte: Array = column("i8", "bytes", "where the frame's record begins")
    record_bytes: Array = column("i4", "bytes", "how long the record is")


class Events(Kept):
    """One row per kept segment or ICMP quote."""

    flow: Array = column("i4", "", "the pair of ends")
    side: Array = column("u1", "0 or 1", "who sent it; 0 sent the first captured segment between these ends")
    own_next: Array = column("u4", "", "end of the highest the sender had sent before")
    own_acked: Array = column("u4", "", "the highest it had acknowledged before")
    peer_next: Array = column("u4", "", "end of the highest its peer had sent before")
    peer_acked: Array = column("u4", "", "the highest its peer had acknowledged before")
    peer_window: Array = column("u2", "not scaled", "the peer's last window before")
    known: Array = column("u1", "Known", "which of the running numbers exist")
    segments: Array = column("i4", "segments", "how many the sender had sent, this one included")
    bytes: Array = column("i8", "bytes", "how much payload it had sent, this one included")
    again: Array = column("i4", "segments", "how many of them carried nothing new, this one included")
    shut: Array = column("i4", "segments", "how many of them but RSTs closed the window, this one included")


OWN_NEXT, OWN_ACKED, PEER_NEXT, PEER_ACKED = 1, 2, 4, 8
"Bits of `known`."
