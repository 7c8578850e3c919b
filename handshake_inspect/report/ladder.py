"""A connection as the rungs of a ladder: every kept segment, and where both ends stand once it was sent.

A state changes at the rung of the segment that changed it: for its sender when it leaves, for its receiver
when it is known or presumed to have arrived. A lost segment changes nothing at its own rung.
"""

from msgspec import Struct

from handshake_inspect import seq
from handshake_inspect.decode.segments import Flag
from handshake_inspect.finding import Finding
from handshake_inspect.flow.icmp_names import icmp_name
from handshake_inspect.flow.lived import Part
from handshake_inspect.flow.view import View


class Rung(Struct, frozen=True):
    """One segment of a ladder."""

    frame: int
    time_ns: int
    from_client: bool
    label: str
    "flags and numbers relative to each end's ISN"
    client_state: str
    server_state: str
    client_presumed: bool
    "nothing proves that the client came that far"
    server_presumed: bool
    codes: tuple[str, ...]
    "findings whose first evidence is this segment"
    skipped_before: int
    "segments between the rung before and this one that are not shown"


def ladder(view: View, findings: list[Finding]) -> list[Rung]:
    """The rungs of one connection, in capture order."""
    story = view.story
    codes: dict[int, list[str]] = {}
    for finding in findings:
        codes.setdefault(finding.evidence[0].frame, []).append(finding.code)
    base = bases(view)
    tracks = _Track(story.client), _Track(story.server)
    rungs = []
    shown = [0, 0]
    for h in story.events:
        skipped = 0
        if not h.quote:
            sent = view.event("segments", h.index)
            side = int(h.server)
            skipped = sent - shown[side] - 1 if shown[side] else 0
            shown[side] = sent
        states = [track.at(h.index) for track in tracks]
        rungs.append(
            Rung(
                view.frame(h.index),
                view.time(h.index),
                not h.server,
                _label(view, h.index, h.server, base),
                states[0][0],
                states[1][0],
                states[0][1],
                states[1][1],
                tuple(sorted(codes.get(view.frame(h.index), []))),
                skipped,
            )
        )
    return rungs


class _Track:
    """One end's states along the rungs."""

    def __init__(self, part: Part) -> None:
        self._letters = part.letters
        self._path = part.replay.path
        self._start = part.start
        self._proved = max((i for i, l in enumerate(part.letters) if l.proof is not None), default=-1)

    def at(self, index: int) -> tuple[str, bool]:
        """The state once event `index` was sent, and whether it is only presumed."""
        lived = 0
        while lived < len(self._letters) and self._letters[lived].cause <= index:
            lived += 1
        if not lived:
            return self._start.value, False
        return self._path[lived - 1].value, lived - 1 > self._proved


def bases(view: View) -> tuple[int, int]:
    """What relative numbers count from, for client and server: the ISN, or the first number seen less one."""
    found = []
    for server in (False, True):
        own = [h for h in view.story.events if h.server == server and not h.quote]
        syn = next((h for h in own if h.syn), None)
        opening = view.story.opening
        decided = opening.syn_ack if server else opening.syn
        if decided is not None:
            found.append(view.event("seq", decided))
        elif syn:
            found.append(view.event("seq", syn.index))
        else:
            first = next((h for h in own if not h.rst), own[0] if own else None)
            other = next((h for h in view.story.events if h.server != server and h.acks), None)
            if first:
                found.append(seq.add(view.event("seq", first.index), -1))
            else:
                found.append(seq.add(view.event("ack", other.index), -1) if other else 0)
    return found[0], found[1]


def _label(view: View, index: int, server: bool, base: tuple[int, int]) -> str:
    if view.is_quote(index):
        reporter, kind, code = view.quote(index)
        return f"ICMP {icmp_name(':' in reporter, kind, code)} from {reporter}"
    flags = Flag(view.event("flags", index) & 0x1FF)
    names = [f.name or "" for f in (Flag.SYN, Flag.FIN, Flag.RST, Flag.PSH, Flag.ACK, Flag.URG) if flags & f]
    own, peer = base[int(server)], base[1 - int(server)]
    start = seq.ahead(view.event("seq", index), own)
    payload = view.event("payload_bytes", index)
    where = f"seq {start}:{start + payload}" if payload else f"seq {start}"
    ack = f" ack {seq.ahead(view.event('ack', index), peer)}" if flags & Flag.ACK else ""
    # A window tells something of an offer, and when it is shut; between them it is noise.
    tells = flags & Flag.SYN or (view.event("window", index) == 0 and not flags & Flag.RST)
    window = f" win {view.event('window', index)}" if tells else ""
    return f"{','.join(names) or 'no flags'} {where}{ack}{window}{_offered(view, index)}"


def _offered(view: View, index: int) -> str:
    """The options of a SYN, in tcpdump's words."""
    offer = view.offer(index)
    if offer is None:
        return ""
    words = [
        f"mss {offer['mss_bytes']}" if offer["mss_bytes"] >= 0 else "",
        "sackOK" if offer["sack"] else "",
        "TS" if offer["timestamps"] else "",
        f"wscale {offer['window_shift']}" if offer["window_shift"] >= 0 else "",
        "FO" if offer["fast_open"] >= 0 else "",
        "mptcp" if offer["mptcp"] else "",
        "authenticated" if offer["authenticated"] else "",
    ]
    said = ",".join(word for word in words if word)
    return f" <{said}>" if said else ""
