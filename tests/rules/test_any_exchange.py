"""Whatever two ends send each other, the rules answer with findings that can be read."""

from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from handshake_inspect import inspect, script
from handshake_inspect.script import Line, Quote, Script, Segment

numbers = st.sampled_from((-5000, -4999, 0, 1, 2, 11, 5000, 5001))
"few, so that segments meet each other's numbers often"

TIMES = "080a0000000700000000"
OFFERS = ("", "", "020405b4", "020405b4" + TIMES, "0101" + TIMES, "03030f0402", "0200", "1e040181")
offers = st.sampled_from([bytes.fromhex(digits) for digits in OFFERS])
"options that agree, contradict each other or cannot be read"


@st.composite
def lines(draw: st.DrawFn) -> Line:
    """A segment, or an ICMP error about one, of one of two connections."""
    flags = draw(st.sampled_from(("S", "S", "S.", "S.", ".", ".", "P.", "F.", "R", "R.", "", "SF", "FP.")))
    content: Segment | Quote = Segment(
        flags,
        draw(numbers),
        draw(st.sampled_from((0, 0, 10))) if "R" not in flags else 0,
        draw(numbers) if "." in flags else None,
        None,
        draw(offers),
    )
    if draw(st.integers(0, 9)) == 0:
        content = Quote("host-unreachable", 0, 0, "192.0.2.254")
    gap = draw(st.sampled_from((0, 1_000_000, 20_000_000, 300_000_000, 1_000_000_000, 90_000_000_000)))
    return Line(gap, draw(st.booleans()), content, draw(st.sampled_from((1, 1, 1, 2))))


@st.composite
def scripts(draw: st.DrawFn) -> Script:
    """Any exchange; errors quote a SYN that was sent."""
    said = draw(st.lists(lines(), min_size=1, max_size=12))
    kept: list[Line] = []
    for line in said:
        if isinstance(line.content, Quote) and not any(
            isinstance(old.content, Segment)
            and (old.by_client, old.connection) == (not line.by_client, line.connection)
            and (old.content.start, old.content.length) == (0, 0)
            for old in kept
        ):
            continue
        kept.append(line)
    return Script(tuple(kept), {})


ONLY_ACKNOWLEDGED = script.parse(
    """
    +0 < S -5000:-5000(0)
    +0 > S -5000:-5000(0)
    +0 < . -5000:-5000(0) ack -4999
    +0 > . -5000:-5000(0) ack -4999
    """
)
"Two SYNs that meet only ACKs: there is no SYN-ACK whose round trip could be asked for."


@settings(deadline=None, max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(exchange=ONLY_ACKNOWLEDGED)
@given(exchange=scripts())
def test_every_exchange_gets_a_readable_report(exchange: Script, tmp_path: Path) -> None:
    """No exchange makes a rule fail; findings point into the capture, and each is said once."""
    capture = tmp_path / "exchange.pcap"
    capture.write_bytes(script.to_pcap(exchange))
    report = inspect(capture)
    said = Counter((f.code, f.connection, f.evidence[0].frame) for f in report.findings())
    assert not [each for each, times in said.items() if times > 1]
    for found in report.findings():
        assert found.message
        assert all(1 <= e.frame <= len(exchange.lines) for e in found.evidence)
        frames = [e.frame for e in found.evidence]
        assert len(frames) == len(set(frames)), (found.code, frames)
