"""The law: how a capture is cut into batches never shows in a report."""

import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handshake_inspect import Settings, inspect, script
from handshake_inspect.render import Layout, render
from tests.capture.builders import pcap_header, record
from tests.facts.exchanges import tagged

FLAGS = ("S", "S", "S.", "S.", ".", ".", ".", "P.", "P.", "F.", "F.", "R", "R.", "F", "-", "SF")
NUMBERS = (0, 1, 2, 101, 102, 201, 5000, 5001, 70000, -1, 2**31 - 1)
OPTIONS = (
    "",
    " <mss 1460,sackOK,TS val 7 ecr 0,nop,wscale 7>",
    " <mss 20,TS val 7 ecr 0>",
    " <nop,nop,TS val 8 ecr 7>",
    " <wscale 15,raw 0200>",
)
SAMPLES = sorted((Path(__file__).resolve().parents[2] / "sample_pcaps").glob("*.pcap*"))


def report(capture: Path, batch_bytes: int) -> str:
    """The JSON report of a capture that is read in batches of this size."""
    out = io.StringIO()
    render("json", inspect(capture, settings=Settings(batch_bytes=batch_bytes)), out, Layout())
    return out.getvalue()


@st.composite
def lines(draw: st.DrawFn) -> str:
    """A packet of a few connections that keep meeting the same few numbers, sensible or not."""
    flags = draw(st.sampled_from(FLAGS))
    start = draw(st.sampled_from(NUMBERS))
    length = draw(st.sampled_from((0, 0, 1, 100)))
    ack = f" ack {draw(st.sampled_from(NUMBERS))}" if "." in flags else ""
    gap = draw(st.sampled_from(("0", "0.000001", "0.003", "0.2", "1", "70")))
    tag = draw(st.sampled_from(("", "[2] ", "[3] ")))
    offer = draw(st.sampled_from(OPTIONS))
    arrow = draw(st.sampled_from("<>"))
    identity = draw(st.sampled_from((" id 0", " id 7", "")))
    ttl = draw(st.sampled_from(("", " ttl 63")))
    if flags == "-" and draw(st.booleans()):
        return f"+{gap} {tag}{arrow} icmp host-unreachable (0:0)"
    return f"+{gap} {tag}{arrow} {flags} {start}:{start + length}({length}){ack}{offer}{ttl}{identity}"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(lines(), min_size=1, max_size=40), st.sampled_from((1, 100, 150, 300, 1000)))
def test_any_cut_of_anything(tmp_path: Path, exchange: list[str], batch_bytes: int) -> None:
    """Packets that make no sense at all tell the same in one batch as in many."""
    capture = tmp_path / "exchange.pcap"
    capture.write_bytes(script.to_pcap(script.parse("\n".join(exchange))))
    assert report(capture, 1 << 24) == report(capture, batch_bytes)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(lines(), st.sampled_from((0, 0, 10, 20))), min_size=1, max_size=40),
    st.sampled_from((1, 100, 150, 300, 1000)),
)
def test_any_cut_of_any_vlans(tmp_path: Path, exchange: list[tuple[str, int]], batch_bytes: int) -> None:
    """Nor does it show what was divided by VLAN tags."""
    capture = tmp_path / "exchange.pcap"
    sent = script.frames(script.parse("\n".join(line for line, _ in exchange)))
    records = (
        record(tagged(frame, tag), *divmod(time_ns, 10**9))
        for (time_ns, frame), (_, tag) in zip(sent, exchange, strict=True)
    )
    capture.write_bytes(pcap_header(magic=0xA1B23C4D) + b"".join(records))
    assert report(capture, 1 << 24) == report(capture, batch_bytes)


def test_any_cut_of_data_after_fin(tmp_path: Path) -> None:
    """What a FIN means lasts until the SYN that ends it, though both may lie in different batches."""
    exchange = """
    +0.0 > S 0:0(0)
    +0.1 < S. 0:0(0) ack 1
    +0.1 > . 1:1(0) ack 1
    +0.1 > F. 1:1(0) ack 1
    +0.1 < . 1:1(0) ack 2
    """
    exchange += "".join(f"+0.1 > P. {2 + at}:{3 + at}(1) ack 1\n" for at in range(12))
    exchange += "+0.1 > S 70000:70000(0)\n"
    capture = tmp_path / "exchange.pcap"
    capture.write_bytes(script.to_pcap(script.parse(exchange)))
    whole = report(capture, 1 << 24)
    for batch_bytes in range(1, capture.stat().st_size, 40):
        assert report(capture, batch_bytes) == whole


@pytest.mark.parametrize("capture", SAMPLES, ids=lambda p: p.name)
def test_any_cut_of_a_sample(capture: Path) -> None:
    """Every sample tells the same frame by frame, in a few batches and at once."""
    whole = report(capture, 1 << 24)
    assert report(capture, 1) == whole
    assert report(capture, 700) == whole
