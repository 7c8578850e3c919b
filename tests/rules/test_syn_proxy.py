"""Signs of SYN cookies and SYN proxies, and what only looks like one: what the page of ISN007 cannot say."""

from pathlib import Path

import pytest

from handshake_inspect import Confidence, Finding, inspect
from tests.capture.builders import pcap_header, record
from tests.isn.captures import ACK, RAW_IP, SYN, End, packet
from tests.rules.exchanges import found

PROXIED = """
+0.000 > S 0:0(0)
+0.001 < S. 0:0(0) ack 1 win {closed} ttl 64
+0.010 > . 1:1(0) ack 1
+0.002 < {after} win {opened} ttl {ttl}
+0.010 > P. 1:101(100) ack 1
"""


def signs(text: str, tmp_path: Path) -> list[Finding]:
    """What ISN007 says of a script."""
    return [finding for finding in found(text, tmp_path) if finding.code == "ISN007"]


def proxied(closed: int = 0, opened: int = 64240, after: str = ". 1:1(0) ack 1", ttl: int = 63) -> str:
    """A SYN-ACK with one window and a next segment with another."""
    return PROXIED.format(closed=closed, opened=opened, after=after, ttl=ttl)


@pytest.mark.parametrize(
    ("ttl", "confidence", "said"),
    [(63, Confidence.CERTAIN, "; its TTL was 63 after 64"), (64, Confidence.LIKELY, "opened it")],
)
def test_window_that_opens(ttl: int, confidence: Confidence, said: str, tmp_path: Path) -> None:
    """A closed window that the next segment opens is a proxy's; another TTL proves it."""
    (finding,) = signs(proxied(ttl=ttl), tmp_path)
    assert finding.confidence is confidence
    assert finding.message.startswith("a SYN proxy answered for 198.51.100.1:80 in 1 connection: ")
    assert finding.message.endswith(said)
    assert [place.frame for place in finding.evidence] == [2, 4]


@pytest.mark.parametrize(
    "text",
    [
        proxied(closed=1),
        proxied(opened=0),
        proxied(after="P. 1:11(10) ack 1"),
        "+0 > S 0:0(0)\n+0.01 < S. 0:0(0) ack 1 win 0\n+0.01 > . 1:1(0) ack 1\n",
    ],
    ids=["a window of one byte", "never opened", "opened by data", "nothing more"],
)
def test_window_that_does_not(text: str, tmp_path: Path) -> None:
    """A window that was open, stays closed, or opens with data is no proxy's."""
    assert signs(text, tmp_path) == []


def called(acknowledged: int, *, opens: bool = True) -> bytes:
    """A capture of a SYN without ACK but with this acknowledgement number, and how it opened."""
    client, server = End(0xC0000201, 40000), End(0xC6336401, 80)
    sent = [packet(client, server, SYN, 1000, acknowledged), packet(server, client, SYN | ACK, 5, 1001)]
    sent += [packet(client, server, ACK, 1001, 6)] * opens
    return b"".join(
        [pcap_header(link=RAW_IP), *(record(one, 1_700_000_000, n * 1000) for n, one in enumerate(sent))]
    )


@pytest.mark.parametrize(
    ("acknowledged", "opens", "told"), [(77, True, True), (0, True, False), (77, False, False)]
)
def test_call_of_a_proxy(acknowledged: int, opens: bool, told: bool, tmp_path: Path) -> None:
    """A SYN that carries the number it will answer later is a proxy's call, if it opens a connection."""
    path = tmp_path / "called.pcap"
    path.write_bytes(called(acknowledged, opens=opens))
    found = [finding for finding in inspect(path).findings() if finding.code == "ISN007"]
    assert bool(found) == told
    for finding in found:
        assert finding.message == (
            "a SYN proxy called 198.51.100.1:80 in 1 connection: its SYN has an acknowledgement number,"
            " but no ACK"
        )
        assert [(place.frame, place.says) for place in finding.evidence] == [(1, "SYN of a proxy")]


def left_alone(count: int, seconds: float, opened: int = 1) -> str:
    """So many SYN-ACKs that nobody acknowledges, and a connection that opens so long after them."""
    text = [
        line
        for n in range(1, count + 1)
        for line in (f"+0.01 [{n}] > S 0:0(0)", f"+0.01 [{n}] < S. 0:0(0) ack 1")
    ]
    last = count + opened
    text += [
        f"+{seconds} [{last}] > S 0:0(0)",
        f"+0.01 [{last}] < S. 0:0(0) ack 1",
        f"+0.01 [{last}] > . 1:1(0) ack 1",
    ]
    return "\n".join(text)


@pytest.mark.parametrize(
    ("count", "seconds", "told"), [(5, 6, True), (4, 6, False), (5, 4, False), (9, 60, True)]
)
def test_nothing_kept(count: int, seconds: float, told: bool, tmp_path: Path) -> None:
    """Five answers that nobody repeats for five seconds are a sign, four or a shorter wait are none."""
    found = signs(left_alone(count, seconds), tmp_path)
    assert bool(found) == told
    for finding in found:
        assert finding.confidence is Confidence.LIKELY
        assert finding.message == (
            f"198.51.100.1:80 repeated none of {count} SYN-ACKs that nobody acknowledged: it keeps nothing of"
            " such attempts, as with SYN cookies"
        )
        assert len(finding.connections) == count
        assert {place.says for place in finding.evidence} == {"SYN-ACK, never repeated"}


def test_one_repetition_is_enough(tmp_path: Path) -> None:
    """Who repeats one SYN-ACK keeps attempts, so the others were lost or cut off."""
    lines = left_alone(9, 6).splitlines()
    lines.insert(-3, "+1 [9] < S. 0:0(0) ack 1")
    assert signs("\n".join(lines), tmp_path) == []
