"""A connection as the report shows it, made from its columns when someone asks."""

import base64
import hashlib
import ipaddress
import math
import struct

from handshake_inspect.flow.closing import Closing
from handshake_inspect.flow.opening import Opening
from handshake_inspect.flow.view import View
from handshake_inspect.flow.zeek import history, terms
from handshake_inspect.isn.host import Host
from handshake_inspect.isn.sentences import does
from handshake_inspect.report.model import (
    ClosingInfo,
    Connection,
    EndpointInfo,
    HostInfo,
    IsnInfo,
    NextIsn,
    Offer,
    OpeningInfo,
    Zeek,
)


def connection(view: View, codes: list[str]) -> Connection:
    """The connection as one object of the report."""
    story, shared = view.story, terms(view)
    return Connection(
        number=view.number,
        stream=int(view.all.stream[view.life]),
        first_frame=view.fact("first_frame"),
        last_frame=view.fact("last_frame"),
        first_time_ns=view.fact("first_time_ns"),
        last_time_ns=view.fact("last_time_ns"),
        client_known_by=story.known_by.label,  # type: ignore[arg-type]  # the enum's labels are the literals
        opening=_opening(view, story.opening),
        closing=_closing(view, story.closing),
        client=_endpoint(view, server=False),
        server=_endpoint(view, server=True),
        zeek=Zeek(shared.conn_state, history(view)),
        completeness=shared.completeness,
        community_id=community_id(
            view.host(server=False), view.host(server=True), view.port(server=False), view.port(server=True)
        ),
        codes=codes,
    )


def _opening(view: View, opening: Opening) -> OpeningInfo:
    def frame(event: int | None) -> int | None:
        return None if event is None else view.frame(event)

    def apart(earlier: int | None, later: int | None) -> int | None:
        return None if earlier is None or later is None else view.gap(earlier, later)

    return OpeningInfo(
        outcome=opening.outcome.value,
        manner=opening.manner.value if opening.manner else None,
        syn_frame=frame(opening.syn),
        syn_ack_frame=frame(opening.syn_ack),
        ack_frame=frame(opening.ack),
        syn_rtt_ns=apart(opening.syn, opening.syn_ack),
        ack_rtt_ns=apart(opening.syn_ack, opening.ack),
    )


def _closing(view: View, closing: Closing) -> ClosingInfo:
    by = None if closing.by_server is None else ("server" if closing.by_server else "client")
    return ClosingInfo(
        closing.outcome.value,
        by,  # type: ignore[arg-type]
        None if closing.event is None else view.frame(closing.event),
    )


def _endpoint(view: View, *, server: bool) -> EndpointInfo:
    role = "server" if server else "client"
    story = view.story
    part = story.of(server=server)
    syn = _own_syn(view, server)
    offer = None if syn is None else view.offer(syn)
    return EndpointInfo(
        address=view.host(server=server),
        port=view.port(server=server),
        isn=None if syn is None else view.event("seq", syn),
        word=part.word,
        known_state=part.replay.known.value,
        presumed_state=part.replay.presumed.value,
        segments=view.fact(f"{role}_segments"),
        payload_bytes=view.fact(f"{role}_bytes"),
        syns=view.fact(f"{role}_syns"),
        syn_acks=view.fact(f"{role}_syn_acks"),
        fins=view.fact(f"{role}_fins"),
        rsts=view.fact(f"{role}_rsts"),
        offer=None
        if offer is None
        else Offer(
            mss_bytes=offer["mss_bytes"] if offer["mss_bytes"] >= 0 else None,
            window_shift=offer["window_shift"] if offer["window_shift"] >= 0 else None,
            sack=offer["sack"],
            timestamps=offer["timestamps"],
            fast_open=offer["fast_open"] >= 0,
            mptcp=offer["mptcp"],
        ),
    )


def _own_syn(view: View, server: bool) -> int | None:
    """The SYN that decided, or the end's first one."""
    opening = view.story.opening
    decided = opening.syn_ack if server else opening.syn
    if decided is not None:
        return decided
    return next((h.index for h in view.story.events if h.syn and h.server == server), None)


def community_id(host_a: str, host_b: str, port_a: int, port_b: int) -> str:
    """The Community ID, version 1, seed 0, of a TCP connection (github.com/corelight/community-id-spec)."""
    one = (ipaddress.ip_address(host_a).packed, port_a)
    two = (ipaddress.ip_address(host_b).packed, port_b)
    low, high = sorted((one, two))
    text = struct.pack("!H", 0) + low[0] + high[0] + struct.pack("!BBHH", 6, 0, low[1], high[1])
    return "1:" + base64.b64encode(hashlib.sha1(text, usedforsecurity=False).digest()).decode()


def host(known: Host) -> HostInfo:
    """A host as one object of the report; what was measured is rounded to what it is worth."""
    return HostInfo(
        address=known.address,
        isn=IsnInfo(
            verdict=known.verdict.value,
            view=known.sight.name.lower().replace("_", "-"),  # type: ignore[arg-type]
            samples=len(known.rows),
            dropped=known.dropped,
            evidence_bits=round(known.evidence_bits, 1),
            model=known.model,
            parameter=_rounded(known.parameter, 3),
            does=does(known) if known.model else None,
            share=_rounded(known.share, 3),
            guesses_p50=_rounded(known.guesses_p50, 1),
            guesses_p90=_rounded(known.guesses_p90, 1),
            guesses_log2=_rounded(known.cost and math.log2(known.cost), 1),
            effective_bits=_rounded(known.effective_bits, 1),
            gcd=known.gcd,
            isr=known.isr,
            sp=known.sp,
            next=known.next and NextIsn(*known.next),
            known_generators_asked=known.deep,
            tool=known.tool,
            reused=known.reused,
            time_wait_reused=known.time_wait,
            reuse_clock_hz=_rounded(known.clock_hz, 1),
        ),
    )


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
