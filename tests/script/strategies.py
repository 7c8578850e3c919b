"""Hypothesis strategies: any script, and its parts."""

from typing import Literal

from hypothesis import strategies as st

from handshake_inspect.script import End, Line, Pair, Quote, Script, Segment
from handshake_inspect.script.model import ERRORS, FLAGS, MAX_OPTIONS_BYTES

relative = st.integers(-(2**32) + 1, 2**32 - 1)
wide = st.integers(0, 2**32 - 1)
option_fields = st.binary(max_size=MAX_OPTIONS_BYTES)
codes = st.lists(st.from_regex(r"[A-Z]{2,4}[0-9]{3}", fullmatch=True), max_size=3).map(tuple)


@st.composite
def segments(draw: st.DrawFn) -> Segment:
    """Any segment a script can say."""
    chosen = draw(st.sets(st.sampled_from(FLAGS)))
    flags = "".join(letter for letter in FLAGS if letter in chosen)
    return Segment(
        flags=flags,
        start=draw(relative),
        length=draw(st.integers(0, 2000)),
        ack=draw(relative) if "." in flags else None,
        win=draw(st.none() | st.integers(0, 65535)),
        options=draw(option_fields),
    )


@st.composite
def quotes(draw: st.DrawFn, version: Literal[4, 6]) -> Quote:
    """Any ICMP error that says which numbers it quotes."""
    names = [name for name, kinds in ERRORS.items() if kinds[version == 6] is not None]
    address = st.ip_addresses(v=version).map(str)
    return Quote(
        error=draw(st.sampled_from([*names, "3/15", "200/0"])),
        start=draw(relative),
        length=draw(st.integers(0, 2000)),
        reporter=draw(st.none() | address),
    )


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Any script of one IP version."""
    version: Literal[4, 6] = draw(st.sampled_from((4, 6)))
    addresses = st.ip_addresses(v=version).map(str)
    ends = st.builds(End, addresses, st.integers(0, 65000), wide)
    pairs = draw(st.dictionaries(st.integers(2, 9), st.builds(Pair, ends, ends), max_size=3))
    if version == 6 or draw(st.booleans()):
        pairs[1] = Pair(draw(ends), draw(ends))
    lines = st.builds(
        Line,
        gap_ns=st.integers(0, 10**12),
        by_client=st.booleans(),
        content=segments() | quotes(version),
        connection=st.integers(1, 12),
        ttl=st.none() | st.integers(0, 255),
        id=st.none() if version == 6 else st.none() | st.integers(0, 65535),
        expect=codes,
    )
    return Script(tuple(draw(st.lists(lines, max_size=8))), pairs)
