"""What is said of hosts whose initial numbers can be foretold, of how many, and what never counts."""

import re
from pathlib import Path

import numpy as np
import pytest

from handshake_inspect import Confidence, Finding, Report, Settings, Severity, inspect
from handshake_inspect.rules.crowds import MOST
from tests.isn.captures import capture
from tests.isn.stacks import BAD, Openings
from tests.rules.servers import SERVER, calls, inspected, many, probes, together

STACKS = {stack.name: stack for stack in BAD}
COUNTING = [4_294_839_295, 4_294_903_295, 4_294_967_295, 63_999, 127_999]
"Adds 64 000, and wraps."
COOKIE_LIKE = [
    *(10867024, 2928480683, 452683356, 2803976332, 4278160168),
    *(336889309, 3526018181, 3410405232, 896215231, 747075222),
]
"What ISN003's page shows: the client's number, and a random one below 2**24."


def only(report: Report) -> Finding:
    """The one finding of a report."""
    (finding,) = report.findings()
    return finding


def played(name: str, n: int, tmp_path: Path, *, completes: bool = True) -> Report:
    """The report on n connections of a simulated stack, with the rules about initial numbers only."""
    path = tmp_path / "stack.pcap"
    path.write_bytes(capture(STACKS[name].play(np.random.default_rng(8), n), completes=completes))
    return inspect(path, settings=Settings(select=("ISN",)))


def test_message_of_a_counter(tmp_path: Path) -> None:
    """The message has model, cost, next number, evidence and nmap's view, in words."""
    finding = only(inspected(calls(COUNTING), tmp_path))
    assert (finding.code, finding.severity, finding.confidence) == (
        "ISN001",
        Severity.ERROR,
        Confidence.CERTAIN,
    )
    assert finding.message == (
        "198.51.100.1 adds 64 000 per connection, as 4.4BSD, slirp and VxWorks do: its number can be told"
        " before it is sent; the next one is 191999. Evidence: 91 bits, a false alarm less than once in 10^12"
        " hosts, from 5 SYN-ACKs; nmap would say GCD 64000, ISR 154, SP 0"
    )


def test_evidence_of_a_counter(tmp_path: Path) -> None:
    """The first three answers are shown, with the step from the one before, and the filter finds them."""
    finding = only(inspected(calls(COUNTING[1:]), tmp_path))
    assert [(place.frame, place.who, place.says) for place in finding.evidence] == [
        (2, "server", "ISN 4294903295"),
        (5, "server", "ISN 4294967295, 64 000 more"),
        (8, "server", "ISN 63999, 64 000 more"),
    ]
    assert finding.display_filter == ("ip.src == 198.51.100.1 && tcp.flags.syn == 1 && tcp.flags.ack == 1")
    assert (finding.connections, finding.count) == ((1, 2, 3, 4), 4)


def test_ipv6(tmp_path: Path) -> None:
    """A host of IPv6 is judged by its numbers alike, and its filter is one of IPv6."""
    ends = [f"[{n}] client [2001:db8::2]:{40000 + n} isn {isn}" for n, isn in enumerate(COOKIE_LIKE[:5], 1)]
    ends += [f"[{n}] server [2001:db8::1]:80 isn {isn}" for n, isn in enumerate(COUNTING, 1)]
    _, packets = calls(COUNTING)
    finding = only(inspected((ends, packets), tmp_path))
    assert finding.message.startswith("2001:db8::1 adds 64 000 per connection")
    assert finding.display_filter.startswith("ipv6.src == 2001:db8::1 && ")


def test_constant_number_is_an_identifier(tmp_path: Path) -> None:
    """A constant is written as Wireshark writes it, and not repeated as the next number."""
    finding = only(inspected(calls([439041101] * 4), tmp_path))
    assert (finding.code, finding.severity) == ("ISN004", Severity.ERROR)
    assert "repeats one ISN, 439041101, " in finding.message
    assert "next one" not in finding.message
    assert finding.evidence[1].says == "ISN 439041101, the same"


@pytest.mark.parametrize(
    ("name", "n", "code", "severity", "said"),
    [
        ("Mirai", 8, "ISN005", Severity.ERROR, "derives the ISN from the peer's address"),
        ("echo of the peer's ISN", 8, "ISN005", Severity.ERROR, "derives the ISN from the peer's:"),
        ("RFC 793 clock", 12, "ISN001", Severity.ERROR, "plus the ticks until then"),
        (
            "FNET",
            30,
            "ISN001",
            Severity.ERROR,
            r"takes \d+ guesses in half of the cases, \d+ guesses in nine",
        ),
        (
            "24-bit values",
            30,
            "ISN002",
            Severity.WARNING,
            r"keeps the 8 highest bits: its number takes 2\^23",
        ),
        ("one stuck bit", 120, "ISN003", Severity.NOTE, r"leaves about 31 of 32 bits to chance: its number"),
        ("known LCG", 12, "ISN001", Severity.ERROR, "from a generator that can be run ahead: LCG"),
    ],
)
def test_rule_of_a_stack(name: str, n: int, code: str, severity: Severity, said: str, tmp_path: Path) -> None:
    """Which rule speaks follows from what a guess costs, and from what the number is made of."""
    finding = only(played(name, n, tmp_path))
    assert (finding.code, finding.severity) == (code, severity)
    assert re.search(said, finding.message)
    assert f"from {n} SYN" in finding.message


def test_like_cookies(tmp_path: Path) -> None:
    """A number near the one it answers, with much left to guess, is noted as biased."""
    finding = only(inspected(calls(COOKIE_LIKE), tmp_path))
    assert (finding.code, finding.severity) == ("ISN003", Severity.NOTE)
    assert "derives the ISN from the peer's: 67% of its numbers take 2^22 guesses each" in finding.message


@pytest.mark.parametrize(
    ("name", "code"),
    [("scanner with one ISN", "ISN004"), ("Mirai", "ISN005")],
)
def test_scanner(name: str, code: str, tmp_path: Path) -> None:
    """Who completes none of its SYNs is noted as a scanner, but for one that spreads malware."""
    finding = only(played(name, 40, tmp_path, completes=False))
    assert finding.code == code
    assert finding.severity is (Severity.ERROR if code == "ISN005" else Severity.NOTE)
    hardly = "; its SYNs hardly ever complete, so it is a scanner, or the capture was made by hand"
    assert finding.message.endswith(hardly) == (code != "ISN005")


def test_scanner_that_counts(tmp_path: Path) -> None:
    """A counter is noted, too, where nothing ever completes."""
    finding = only(inspected(probes(COUNTING), tmp_path))
    assert (finding.code, finding.severity) == ("ISN001", Severity.NOTE)
    assert finding.display_filter == "ip.src == 192.0.2.1 && tcp.flags.syn == 1 && tcp.flags.ack == 0"


def test_made_by_hand(tmp_path: Path) -> None:
    """Where every host has one number for everybody, the capture was made by hand, and that is one note."""
    ends = [f"[{n}] client 192.0.2.1:{40000 + n} isn 1" for n in range(1, 5)]
    servers, packets = calls([5] * 4)
    finding = only(inspected((ends, servers, packets), tmp_path))
    assert (finding.code, finding.severity) == ("ISN004", Severity.NOTE)
    assert finding.message == (
        "each of 2 hosts uses one number for all connections: the capture was made by hand"
    )
    assert finding.connections == (1, 2, 3, 4)
    assert {place.says for place in finding.evidence} >= {"ISN 1", "ISN 5"}


def test_not_all_by_hand(tmp_path: Path) -> None:
    """Beside one host with numbers of its own, constants are told host by host."""
    hosts = together(calls([5] * 4), calls([9] * 4, "198.51.100.2", first=5))
    findings = list(inspected(hosts, tmp_path).findings())
    assert [(f.code, f.severity) for f in findings] == [("ISN004", Severity.ERROR)] * 2


@pytest.mark.parametrize("extra", [0, 1, 3])
def test_very_many_hosts(extra: int, tmp_path: Path) -> None:
    """Of more than 100 hosts the later ones share the last finding."""
    path = tmp_path / "many.pcap"
    path.write_bytes(many(MOST + extra, 3))
    findings = list(inspect(path, settings=Settings(select=("ISN",))).findings())
    assert len(findings) == MOST + (extra > 0)
    assert len({f.fingerprint for f in findings}) == len(findings)
    assert sum(len(f.connections) for f in findings) == 3 * (MOST + extra)
    if extra:
        (rest,) = [f for f in findings if "no better" in f.message]
        said = "1 more host chooses" if extra == 1 else f"{extra} more hosts choose"
        assert rest.message == f"{said} initial numbers no better"
        assert len(rest.connections) == 3 * extra


def test_where(tmp_path: Path) -> None:
    """A filter leaves the findings about the connections it admits."""
    hosts = together(calls(COUNTING), calls([9] * 4, "198.51.100.2", first=6))
    assert [f.code for f in inspected(hosts, tmp_path).findings()] == ["ISN001", "ISN004"]
    assert only(inspected(hosts, tmp_path, where=f"host {SERVER}")).code == "ISN001"


def test_copies_do_not_count(tmp_path: Path) -> None:
    """Repeated answers are no new numbers: they are left out, and said to be."""
    ends, packets = calls(COUNTING)
    again = [line for line in packets for _ in range(1 + ("< S." in line))]
    finding = only(inspected((ends, again), tmp_path))
    assert "from 5 SYN-ACKs; not counted: 5 retransmissions; nmap would say" in finding.message


def test_reused_tuples_do_not_count(tmp_path: Path) -> None:
    """However steadily numbers grow on one 4-tuple, nothing is held against the host (RFC 6528 §3)."""
    n, tuples = 60, 2
    turn = np.arange(n)
    rows = Openings(
        time_ns=1_700_000_000_000_000_000 + turn * 1_000_000_000,
        isn=(turn * 64_000).astype(np.uint32),
        peer_isn=(turn * 70_000).astype(np.uint32),
        answers=np.ones(n, bool),
        address=np.full(n, 0x0A000001),
        peer=0xC6330000 + turn % tuples,
        port=np.full(n, 80, np.uint16),
        peer_port=np.full(n, 40000, np.uint16),
    )
    path = tmp_path / "reused.pcap"
    path.write_bytes(capture(rows))
    report = inspect(path, settings=Settings(select=("ISN",)))
    assert list(report.findings()) == []
    assert report.numbers.prepared.hosts.reused.tolist()[0] == n - tuples
    assert {host.isn.verdict for host in report.hosts()} == {"insufficient"}


def test_ends_that_call_each_other_choose_once(tmp_path: Path) -> None:
    """In a simultaneous opening SYN and SYN-ACK have one number, which was drawn once."""
    numbers = np.random.default_rng(4).integers(2**32, size=(5, 2)).tolist()
    ends = [
        f"[{at}] {role} {address}:{5000 + at} isn {number}"
        for at, both in enumerate(numbers, 1)
        for role, address, number in zip(("client", "server"), ("192.0.2.1", SERVER), both, strict=True)
    ]
    crossing = ("> S 0:0(0)", "< S 0:0(0)", "> S. 0:0(0) ack 1", "< S. 0:0(0) ack 1")
    packets = [f"+0.01 [{at}] {packet}" for at in range(1, 6) for packet in crossing]
    report = inspected((ends, packets), tmp_path)
    assert report.connection_count == 5
    assert list(report.findings()) == []


def test_two_are_too_few(tmp_path: Path) -> None:
    """Two equal numbers are no finding."""
    assert list(inspected(calls([7] * 2), tmp_path).findings()) == []
