"""What is counted of each connection: one row per life, for rules to ask and reports to show."""

import numpy as np

from handshake_inspect.columns import Array, Table, column
from handshake_inspect.decode.segments import Flag
from handshake_inspect.flow.events import QUOTE, Events
from handshake_inspect.flow.lives import KnownBy, Lives


class Facts(Table):
    """One row per life, in the order of the lives."""

    first_frame: Array = column("i8", "from 1", "its first frame")
    last_frame: Array = column("i8", "from 1", "its last frame")
    first_time_ns: Array = column("i8", "ns since 1970-01-01 UTC", "the time of its first frame")
    last_time_ns: Array = column("i8", "ns since 1970-01-01 UTC", "the time of its last frame")
    client_segments: Array = column("i4", "segments", "sent by the client")
    server_segments: Array = column("i4", "segments", "sent by the server")
    client_bytes: Array = column("i8", "bytes", "payload sent by the client, copies included")
    server_bytes: Array = column("i8", "bytes", "payload sent by the server, copies included")
    client_syns: Array = column("i4", "segments", "with SYN and without ACK, by the client")
    server_syns: Array = column("i4", "segments", "with SYN and without ACK, by the server")
    client_syn_acks: Array = column("i4", "segments", "with SYN and ACK, by the client")
    server_syn_acks: Array = column("i4", "segments", "with SYN and ACK, by the server")
    client_fins: Array = column("i4", "segments", "with FIN, by the client")
    server_fins: Array = column("i4", "segments", "with FIN, by the server")
    client_rsts: Array = column("i4", "segments", "with RST, by the client")
    server_rsts: Array = column("i4", "segments", "with RST, by the server")
    one_sided: Array = column("?", "", "one end sent what only an answer explains, and no answer is here")


def facts(events: Events, lives: Lives) -> Facts:
    """The facts of every life."""
    n = len(lives)
    if n == 0:
        return Facts.blank(0)
    rows = lives.rows
    real = events.flags != QUOTE
    flags = np.where(real, events.flags, 0)
    server = (events.side ^ lives.client[rows.of]).astype(bool)
    counted: dict[str, Array] = {}
    none = np.zeros(n, np.int32)
    syn, ack = flags & Flag.SYN != 0, flags & Flag.ACK != 0
    kinds = {
        "syns": syn & ~ack,
        "syn_acks": syn & ack,
        "fins": flags & Flag.FIN != 0,
        "rsts": flags & Flag.RST != 0,
    }
    for role, mine in (("client", real & ~server), ("server", real & server)):
        # Every segment of a side is counted in its running totals, so two of its events give the difference.
        # A side with one event is that event.
        if not mine.any():
            counted |= {f"{role}_{what}": none for what in ("segments", "bytes", *kinds)}
            continue
        index = np.arange(len(events))
        first = rows.over(np.minimum, np.where(mine, index, len(events)))
        last = rows.over(np.maximum, np.where(mine, index, -1))
        some = last >= 0
        first = np.where(some, first, 0)
        counted[f"{role}_segments"] = np.where(some, events.segments[last] - events.segments[first] + 1, 0)
        counted[f"{role}_bytes"] = np.where(
            some, events.bytes[last] - events.bytes[first] + events.payload_bytes[first], 0
        )
        for kind, marks in kinds.items():
            sent = marks & mine
            # Most recordings lack several of them altogether.
            counted[f"{role}_{kind}"] = rows.over(np.add, sent.astype(np.int32)) if sent.any() else none
    client_beyond_syn = counted["client_segments"] - counted["client_syns"] - counted["client_rsts"]
    # What lacks ACK answers nothing. All of it is kept.
    calls = real & ~server & (flags & (Flag.SYN | Flag.RST | Flag.ACK) == 0)
    if calls.any():
        client_beyond_syn -= rows.over(np.add, calls.astype(np.int32))
    # Who speaks to itself has no other side.
    two_ends = lives.known_by != KnownBy.ITSELF
    one_sided = two_ends & np.where(
        counted["server_segments"] == 0,
        client_beyond_syn > 0,
        (counted["client_segments"] == 0) & (counted["server_segments"] > counted["server_rsts"]),
    )
    return Facts(
        first_frame=rows.firsts(events.frame),
        last_frame=rows.lasts(events.frame),
        first_time_ns=rows.firsts(events.time_ns),
        last_time_ns=rows.lasts(events.time_ns),
        one_sided=one_sided,
        **counted,
    )
