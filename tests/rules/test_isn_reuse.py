"""When a 4-tuple used again is unsafe: what the pages of ISN006 cannot say."""

from pathlib import Path

import pytest

from handshake_inspect import Finding, Severity, units
from handshake_inspect.rules.crowds import MOST
from tests.rules.exchanges import found, only

ENDED = """
+0.000 > S 0:0(0){syn}
+0.010 < S. 0:0(0) ack 1{syn_ack}
+0.010 > . 1:1(0) ack 1
+0.100 > P. 1:101(100) ack 1
+0.010 < P. 1:201(200) ack 101
+0.010 > R. 101:101(0) ack 201
"""
AGAIN = """
+{gap} > S {client}:{client}(0){syn}
+0.010 < S. {server}:{server}(0) ack {acked}{syn_ack}
+0.010 > . {acked}:{acked}(0) ack {opened}
"""


def stamped(value: int, echo: int = 0) -> str:
    """Options with this timestamp."""
    return f" <mss 1460,TS val {value} ecr {echo}>"


def again(client: int, server: int, gap: float = 1.0, syn: str = "", syn_ack: str = "") -> str:
    """A second connection on the same 4-tuple, with these initial numbers, relative to the first ones."""
    return AGAIN.format(
        gap=gap, client=client, server=server, acked=client + 1, opened=server + 1, syn=syn, syn_ack=syn_ack
    )


def reuses(text: str, tmp_path: Path) -> list[Finding]:
    """What ISN006 says of a script."""
    return [finding for finding in found(text, tmp_path) if finding.code == "ISN006"]


FIRST = ENDED.format(syn="", syn_ack="")


@pytest.mark.parametrize(
    ("client", "flagged"), [(102, False), (101, False), (100, True), (1, True), (0, True), (-70_000, True)]
)
def test_client_number(client: int, flagged: bool, tmp_path: Path) -> None:
    """A client's number is unsafe where it is not beyond all that the client had sent."""
    found = reuses(FIRST + again(client, 70_000), tmp_path)
    assert bool(found) == flagged
    for finding in found:
        assert finding.message == (
            "192.0.2.1 used a 4-tuple again with an initial number that had been passed there:"
            f" 192.0.2.1:40000 to 198.51.100.1:80 began {units.number(101 - client)} below what it had sent"
            " before, 1.0 s after the last segment"
        )
        assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(("server", "flagged"), [(202, False), (201, False), (200, True), (-5, True)])
def test_server_number(server: int, flagged: bool, tmp_path: Path) -> None:
    """A server's number is held to the same, and the finding names it and shows its answers."""
    found = reuses(FIRST + again(70_000, server), tmp_path)
    assert bool(found) == flagged
    for finding in found:
        assert finding.message.startswith("198.51.100.1 used a 4-tuple again")
        assert f"198.51.100.1:80 to 192.0.2.1:40000 began {201 - server} below" in finding.message
        assert [place.frame for place in finding.evidence] == [8, 2]
        assert finding.display_filter == "tcp.flags.syn == 1 && ip.src == 198.51.100.1"
        assert finding.connections == (2,)


def test_both_ends(tmp_path: Path) -> None:
    """Two ends that do so are two findings, in the order of their frames."""
    said = [finding.message.split()[0] for finding in reuses(FIRST + again(50, 50), tmp_path)]
    assert said == ["192.0.2.1", "198.51.100.1"]


@pytest.mark.parametrize(("gap", "flagged"), [(59.0, True), (60.0, True), (61.0, False)])
def test_long_after(gap: float, flagged: bool, tmp_path: Path) -> None:
    """After the 60 s of TIME-WAIT no segment of the old connection is on its way any more."""
    assert bool(reuses(FIRST + again(50, 70_000, gap), tmp_path)) == flagged


@pytest.mark.parametrize(
    ("old", "new", "flagged"),
    [(1000, 1001, False), (1000, 1000, True), (1000, 999, True), (2**32 - 1, 0, False), (None, 1000, True)],
)
def test_timestamps(old: int | None, new: int, flagged: bool, tmp_path: Path) -> None:
    """A larger timestamp, modulo 2**32, tells new segments from old ones (RFC 6191 §2); one is none."""
    first = ENDED.format(syn="" if old is None else stamped(old), syn_ack="")
    assert bool(reuses(first + again(50, 70_000, syn=stamped(new)), tmp_path)) == flagged


def test_never_opened(tmp_path: Path) -> None:
    """What never opened left no data on its way."""
    refused = "+0.000 > S 0:0(0)\n+0.010 < R. 0:0(0) ack 1\n"
    assert reuses(refused + again(-50, 70_000), tmp_path) == []


def test_refused_from_time_wait(tmp_path: Path) -> None:
    """A smaller number that the peer refused is told by FIN010, once."""
    closed = """
+0.000 > S 0:0(0)
+0.010 < S. 0:0(0) ack 1
+0.010 > . 1:1(0) ack 1
+0.100 < F. 1:1(0) ack 1
+0.010 > F. 1:1(0) ack 2
+0.010 < . 2:2(0) ack 2
+1.000 > S -90000:-90000(0)
+0.010 < . 2:2(0) ack 2
+0.010 > R 2:2(0)
"""
    assert only(closed, tmp_path).code == "FIN010"


def test_several_of_one_host(tmp_path: Path) -> None:
    """All reuses of one host are one finding, with the first ones as evidence."""
    lines = [line for line in FIRST.splitlines() if line]
    later = [line for line in again(-5000, 70_000).splitlines() if line]
    text = []
    for number in range(1, 6):
        text += [line.replace(" ", f" [{number}] ", 1) for line in (*lines, *later)]
    (finding,) = reuses("\n".join(text), tmp_path)
    assert "used 5 4-tuples again" in finding.message
    assert len(finding.connections) == 5
    assert len(finding.evidence) == 6


def test_used_twice_again(tmp_path: Path) -> None:
    """A connection that is both the later and the earlier one is shown once."""
    ended = ENDED.format(syn="", syn_ack="")
    closed = f"+0.010 > R. -4999:-4999(0) ack {70_001}\n"
    (finding,) = reuses(ended + again(-5000, 70_000) + closed + again(-9000, 90_000), tmp_path)
    assert len(finding.connections) == 2
    assert [place.frame for place in finding.evidence] == [7, 1, 11]


def test_very_many_hosts(tmp_path: Path) -> None:
    """Of more than 100 hosts the later ones share the last finding."""
    lines = [line for line in FIRST.splitlines() if line]
    later = [line for line in again(-5000, 70_000).splitlines() if line]
    numbers = range(1, MOST + 3)
    ends = [f"[{n}] client 10.0.{n // 200}.{n % 200}:40000 isn {n * 1_000_003}" for n in numbers]
    text = [line.replace(" ", f" [{n}] ", 1) for n in numbers for line in (*lines, *later)]
    found = reuses("\n".join((*ends, *text)), tmp_path)
    assert len(found) == MOST + 1
    assert found[-1].message == "2 more hosts used 4-tuples again with numbers that had been passed"
    assert len(found[-1].connections) == 2


def test_foretold_host_is_told_once(tmp_path: Path) -> None:
    """A host whose numbers can be foretold is not told of its reuses, too."""
    ends = [f"[{n}] server 198.51.100.1:80 isn 5" for n in range(1, 5)]
    lines = ["> S 0:0(0)", "< S. 0:0(0) ack 1", "> . 1:1(0) ack 1", "> R. 1:1(0) ack 1"]
    text = [f"+0.1 [{n}] {line}" for n in range(1, 5) for line in lines]
    text += [
        "+0.1 [1] > S 90000:90000(0)",
        "+0.1 [1] < S. 0:0(0) ack 90001",
        "+0.1 [1] > . 90001:90001(0) ack 1",
    ]
    codes = [finding.code for finding in found("\n".join((*ends, *text)), tmp_path)]
    assert "ISN004" in codes
    assert "ISN006" not in codes
