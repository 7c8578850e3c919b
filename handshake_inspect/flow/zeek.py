"""A story in the terms of Zeek (conn_state, history) and Wireshark (tcp.completeness), for joining reports.

Both are computed over our connection: not cut by Zeek's timers, and checksums not consulted. The meanings are
those of Zeek's documentation of conn.log and of Wireshark's `tcp.completeness`.
"""

from handshake_inspect.flow.happening import Happening
from handshake_inspect.flow.shape import Place, Syn
from handshake_inspect.flow.story import Story


def conn_state(story: Story) -> str:
    """Zeek's conn_state."""
    client = [h for h in story.events if not h.server and not h.quote]
    server = [h for h in story.events if h.server and not h.quote]
    client_syn = any(h.opener for h in client)
    server_syn = any(h.syn for h in server)
    client_rst, server_rst = any(h.rst for h in client), any(h.rst for h in server)
    client_fin, server_fin = any(h.fin for h in client), any(h.fin for h in server)
    established = client_syn and server_syn
    silent_server = not server or all(h.rst for h in server)
    if server_rst and client_syn and not server_syn and not any(h.plain for h in client + server):
        return "REJ"
    if server_rst and not client_rst:
        return "RSTR" if established or client_syn else "RSTRH"
    if client_rst:
        if silent_server and client_syn:
            return "RSTOS0"
        return "RSTO" if established else "OTH"
    if client_fin and server_fin:
        return "SF" if established else "OTH"
    if client_fin:
        return "S2" if established else ("SH" if client_syn and not server_syn else "OTH")
    if server_fin:
        return "S3" if established else ("SHR" if server_syn else "OTH")
    if client_syn and not server:
        return "S0"
    return "S1" if established else "OTH"


def history(story: Story) -> str:
    """Zeek's history: upper case from the originator, each letter once a side unless a number changed."""
    written: list[str] = []
    seen: set[str] = set()

    def write(letter: str, h: Happening, *, again: bool = False) -> None:
        sign = letter.lower() if h.server else letter
        if again or sign not in seen:
            seen.add(sign)
            written.append(sign)

    flipped = story.known_by != 0 and bool(story.events) and story.events[0].server
    for h in story.events:
        if h.quote:
            continue
        if h.opener:
            write("S", h, again=h.standing in (Syn.OTHER, Syn.FOREIGN))
        elif h.syn_ack:
            write("H", h, again=h.standing in (Syn.OTHER, Syn.FOREIGN))
        if h.rst:
            write("R", h)
        elif h.plain:
            if h.payload:
                write("T" if h.place is Place.AGAIN else "D", h)
            if h.bare_ack:
                write("A", h)
            if h.fin:
                write("F", h)
    return ("^" if flipped else "") + "".join(written)


def completeness(story: Story) -> int:
    """Wireshark's tcp.completeness, as its second pass has it at the last segment.

    SYN 1, SYN-ACK 2, ACK 4, data 8, FIN 16, RST 32. As Wireshark does it, an ACK is any empty segment with
    ACK and without SYN, a RST too; a FIN counts with ACK only; of a stream of one segment only a SYN does.
    """
    events = [h for h in story.events if not h.quote]
    if len(events) == 1 and not events[0].opener:
        return 0
    return (
        any(h.opener for h in events)
        + 2 * any(h.syn_ack for h in events)
        + 4 * any(h.ack and not (h.opener or h.syn_ack) and not h.payload for h in events)
        + 8 * any(h.payload for h in events)
        + 16 * any(h.fin and h.ack for h in events)
        + 32 * any(h.rst for h in events)
    )
