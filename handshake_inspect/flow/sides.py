"""What is remembered of each side of each flow from batch to batch.

One row per lane (flow * 2 + side). Merging batches is carrying these rows on; they hold numbers only, no
states and no verdicts.
"""

from handshake_inspect.columns import Array, Table, column


class Sides(Table):
    """One row per lane."""

    sent: Array = column("u4", "", "end of the highest sent")
    sent_lead: Array = column("i8", "bytes", "how far that lies ahead of the last sequence number")
    sent_known: Array = column("?", "", "")
    acked: Array = column("u4", "", "the highest acknowledged")
    acked_lead: Array = column("i8", "bytes", "how far that lies ahead of the last acknowledgement number")
    acked_known: Array = column("?", "", "")
    isn: Array = column("u4", "", "SEG.SEQ of the last SYN")
    isn_known: Array = column("?", "", "")
    landmark: Array = column("u4", "", "end of the last SYN or FIN")
    landmark_known: Array = column("?", "", "")
    fin: Array = column("u4", "", "end of the last FIN, until a new ISN")
    fin_known: Array = column("?", "", "")
    window: Array = column("u2", "not scaled", "the last window")
    time_ns: Array = column("i8", "ns", "when it last sent, or 0")
    segments: Array = column("i8", "segments", "sent so far")
    bytes: Array = column("i8", "bytes", "payload sent so far")
    bare_acks: Array = column("i8", "segments", "sent without payload, SYN, FIN or RST so far")
    again: Array = column("i8", "segments", "carrying nothing new so far")
    at_mark: Array = column("i8", "segments", "sent when the flow last had a marked segment")
