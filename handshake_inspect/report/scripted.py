"""A connection as a packet script: what a bug report needs, and no address of anyone.

Numbers are relative, the ends are the notation's own. Segments that were only counted are not in it.
"""

from handshake_inspect import seq
from handshake_inspect.decode.segments import Flag
from handshake_inspect.finding import Finding
from handshake_inspect.flow.view import View
from handshake_inspect.report.ladder import bases
from handshake_inspect.script.model import FIRST, FLAGS, End, Line, Pair, Quote, Segment
from handshake_inspect.script.options import encode
from handshake_inspect.script.script import Script

_LETTERS = {
    "S": Flag.SYN,
    "F": Flag.FIN,
    "R": Flag.RST,
    "P": Flag.PSH,
    ".": Flag.ACK,
    "U": Flag.URG,
    "E": Flag.ECE,
    "W": Flag.CWR,
    "A": Flag.AE,
}
_SIXES = Pair(End("2001:db8::1", 40000, FIRST.client.isn), End("2001:db8:1::1", 80, FIRST.server.isn))


def scripted(view: View, findings: list[Finding]) -> Script:
    """The script of one connection, with the codes of its findings behind their first packets.

    ScriptError where it cannot be said, as for an ICMP error about a segment that was not kept.
    """
    codes: dict[int, set[str]] = {}
    for finding in findings:
        codes.setdefault(finding.evidence[0].frame, set()).add(finding.code)
    base = bases(view)
    six = ":" in view.host(server=False)
    lines: list[Line] = []
    earlier = view.time(0)
    for h in view.story.events:
        now = view.time(h.index)
        content = _quote(view, h.index, base) if h.quote else _segment(view, h.index, h.server, base)
        lines.append(
            Line(
                # A clock that was set back cannot be told in a script.
                gap_ns=max(now - earlier, 0),
                by_client=not h.server,
                content=content,
                ttl=None if h.quote else view.event("ttl", h.index),
                id=None if h.quote or six else view.event("ip_id", h.index),
                expect=tuple(sorted(codes.get(view.frame(h.index), ()))),
            )
        )
        earlier = now
    return Script(tuple(lines), {1: _SIXES} if six else {})


def _segment(view: View, index: int, server: bool, base: tuple[int, int]) -> Segment:
    flags = view.event("flags", index)
    return Segment(
        flags="".join(letter for letter in FLAGS if flags & _LETTERS[letter]),
        start=seq.ahead(view.event("seq", index), base[int(server)]),
        length=view.event("payload_bytes", index),
        ack=seq.ahead(view.event("ack", index), base[1 - int(server)]) if flags & Flag.ACK else None,
        win=view.event("window", index),
        options=_options(view, index),
    )


def _options(view: View, index: int) -> bytes:
    offer = view.offer(index)
    if offer is None:
        return b""
    words = []
    if offer["mss_bytes"] >= 0:
        words.append(f"mss {offer['mss_bytes']}")
    if offer["sack"]:
        words.append("sackOK")
    if offer["timestamps"]:
        words.append(f"TS val {offer['tsval']} ecr 0")
    if offer["window_shift"] >= 0:
        words.append(f"wscale {offer['window_shift']}")
    return encode(",".join(words)) if words else b""


def _quote(view: View, index: int, base: tuple[int, int]) -> Quote:
    _, kind, code = view.quote(index)
    return Quote(
        f"{kind}/{code}", seq.ahead(view.event("seq", index), base[int(not view.sent_by_server(index))])
    )
