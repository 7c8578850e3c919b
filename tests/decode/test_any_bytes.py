"""Frames that hold anything: nothing is raised, and every frame is accounted for; and the two lanes agree."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from handshake_inspect.capture import Batch, Frames
from handshake_inspect.decode import decode
from handshake_inspect.decode.layers import LAYERS, Space
from handshake_inspect.decode.objects import OPENERS
from tests.decode.samples import (
    OPTIONS,
    batch_of,
    by_objects,
    counted,
    ethernet,
    ipv4,
    ipv6,
    rows,
    tcp_header,
)
from tests.decode.test_icmp import CHAIN, error, error_6
from tests.decode.test_network import HOP_BY_HOP, chained
from tests.decode.test_tunnels import WRAPPED

LINKS = sorted({number for space, number in LAYERS if space is Space.LINK} | set(OPENERS) | {147})

SOUND = [
    *WRAPPED.values(),
    *(error_6(1, 4, quoted) for quoted in CHAIN.values()),
    *(error(3, 1, quoted) for quoted in (ipv4(tcp_header(opts=OPTIONS)), ipv4(tcp_header(), opts=b"\1" * 8))),
    ethernet(ipv4(tcp_header(opts=OPTIONS, data=b"abc"))),
    ethernet(ipv4(tcp_header(opts=OPTIONS), opts=b"\1" * 8, mf=1)),
    ethernet(ipv6(b"\x06\0\5\2\0\0\1\0" + tcp_header(opts=OPTIONS), nxt=0), 0x86DD),
]
TYPES = [0x0800, 0x86DD, 0x8100, 0x8847, 0x8864, 0x6558, 0x880B, 0x0806, 38]
PLAUSIBLE = st.one_of(
    st.binary(max_size=80),
    st.builds(ethernet, st.binary(max_size=80), st.sampled_from(TYPES)),
    st.builds(
        lambda body, p: ethernet(ipv4(body, p=p)),
        st.binary(max_size=80),
        st.sampled_from([0, 1, 4, 6, 17, 41, 43, 44, 47, 51, 58, 60]),
    ),
    st.builds(
        lambda body, p: ethernet(ipv6(body, nxt=p), 0x86DD),
        st.binary(max_size=80),
        st.sampled_from([0, 1, 4, 6, 17, 41, 43, 44, 47, 51, 58, 60]),
    ),
)


@pytest.mark.parametrize("link_type", LINKS)
@given(frames=st.lists(PLAUSIBLE, max_size=5))
def test_every_frame_is_accounted_for(link_type: int, frames: list[bytes]) -> None:
    """Each frame is one segment, one quote or one skip, whatever its bytes, in both lanes."""
    batch = batch_of(frames, link_type)
    counted(batch)
    found = by_objects(batch)
    assert len(found.segments) + len(found.quotes) + found.skipped.total() == len(frames)


PLACES = st.integers(-1000, 1000)


@given(
    st.binary(max_size=120), st.lists(st.tuples(PLACES, PLACES, PLACES, st.sampled_from(LINKS)), max_size=5)
)
def test_frames_may_claim_any_place(data: bytes, claims: list[tuple[int, int, int, int]]) -> None:
    """A frame table that points outside the data reads nothing there."""
    start, captured, original, links = (
        (np.array(column) for column in zip(*claims, strict=True)) if claims else [[]] * 4
    )
    zeros = np.zeros(len(claims))
    frames = Frames(
        number=np.arange(len(claims)),
        time_ns=zeros,
        start=start,
        captured_bytes=captured,
        original_bytes=original,
        link_type=links,
        interface=zeros,
        record_byte=zeros,
        record_bytes=zeros,
    )
    found = decode(Batch(np.frombuffer(data, np.uint8), frames), fcs_bytes={0: 4})
    assert len(found.segments) + len(found.quotes) + found.skipped.total() == len(claims)


# What the lanes may see apart: where dpkt checks nothing, and where a length bounds what no other would.
SEEN_APART = {
    "tunnel of another version": ethernet(b"\x95" + ipv4(ipv4(tcp_header()), p=4)[1:]),
    "source route of GRE": ethernet(ipv4(b"\x58\0\x86\xdd" + bytes(12) + ipv6(tcp_header()), p=47)),
    "quotation that ends before its ports": error(3, 1, ipv4(tcp_header(), len=27)),
    "quotation that ends in its extension header": error_6(
        1, 4, ipv6(b"\x06" + HOP_BY_HOP + tcp_header(), nxt=0, plen=6)
    ),
    "quotation that ends before its ports, version 6": error_6(1, 4, ipv6(tcp_header(), plen=7)),
    "quotation with a header behind a fragment's": error_6(
        1, 4, ipv6(b"\x3c\0\0\1" + bytes(4) + b"\x06" + HOP_BY_HOP + tcp_header(), nxt=44)
    ),
    "header behind a fragment's": chained((44, b"\0\0\1" + bytes(4)), (60, HOP_BY_HOP)),
    "mobility header": chained((135, HOP_BY_HOP)),
}

# dpkt takes protocol 0 over IPv4 for IP in IP, where it is IPv6's hop-by-hop options; so no byte becomes 0.
CHANGES = st.lists(st.tuples(st.integers(0, 119), st.integers(1, 255)), max_size=3)


@given(st.lists(st.tuples(st.sampled_from(SOUND), CHANGES, st.integers(0, 150)), min_size=1, max_size=6))
def test_lanes_agree_on_damaged_frames(damaged: list[tuple[bytes, list[tuple[int, int]], int]]) -> None:
    """The columns and dpkt's objects give the same rows for sound frames with changed bytes or a lost end."""
    frames, original = [], []
    for frame, changes, kept in damaged:
        changed = bytearray(frame)
        for place, value in changes:
            changed[place % len(frame)] = value
        frames.append(bytes(changed[:kept]))
        original.append(len(frame))
    lanes_agree(batch_of(frames, original=original))


def lanes_agree(batch: Batch) -> None:
    """Compare the two lanes."""
    columns, objects = counted(batch), by_objects(batch)
    assert rows(columns.segments) == rows(objects.segments)
    assert rows(columns.offers) == rows(objects.offers)
    assert rows(columns.quotes) == rows(objects.quotes)


@pytest.mark.parametrize("name", SEEN_APART)
def test_lanes_agree_on_odd_frames(name: str) -> None:
    """The columns and dpkt's objects give the same rows where dpkt alone would not."""
    lanes_agree(batch_of([SEEN_APART[name]]))


@given(st.lists(st.sampled_from(SOUND), min_size=1, max_size=8), st.integers(0, 8))
def test_any_cut_gives_the_same_rows(frames: list[bytes], cut: int) -> None:
    """A batch decodes to what its parts decode to, one after the other."""
    whole = batch_of(frames)
    parts = [decode(Batch(whole.data, whole.frames.take(part))) for part in (slice(0, cut), slice(cut, None))]
    found = decode(whole)
    assert rows(found.segments) == [row for part in parts for row in rows(part.segments)]
    assert rows(found.offers) == [row for part in parts for row in rows(part.offers)]
    assert rows(found.quotes) == [row for part in parts for row in rows(part.quotes)]
    assert found.skipped == parts[0].skipped + parts[1].skipped
