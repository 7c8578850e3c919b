"""What many connections say together: thresholds, who is counted, and what stays out of it."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handshake_inspect import Confidence, Finding, Report, Settings, Severity, inspect, script
from handshake_inspect.rules import crowds
from tests.corpus import CORPUS, needs_corpus


def report(lines: Iterable[str], tmp_path: Path, **chosen: object) -> Report:
    """The report of a packet script."""
    capture = tmp_path / "host.pcap"
    capture.write_bytes(script.to_pcap(script.parse("\n".join(lines))))
    return inspect(capture, settings=Settings(**chosen))  # type: ignore[arg-type]


def found(lines: Iterable[str], tmp_path: Path) -> dict[str, list[Finding]]:
    """The findings of a packet script by code."""
    by_code: dict[str, list[Finding]] = {}
    for finding in report(lines, tmp_path).findings():
        by_code.setdefault(finding.code, []).append(finding)
    return by_code


def half_open(count: int, gap: str = "0.01") -> list[str]:
    """So many clients whose SYN is answered and who say nothing more, each with its own address."""
    ends = [f"[{n}] client 203.0.113.{n}:40000" for n in range(2, count + 1)]
    said = [
        line
        for n in range(1, count + 1)
        for line in (f"+{gap} [{n}] > S 0:0(0)", f"+0.001 [{n}] < S. 0:0(0) ack 1")
    ]
    return ends + said


def refused(numbers: Iterable[int]) -> list[str]:
    """These connections, refused."""
    return [line for n in numbers for line in (f"+0.01 [{n}] > S 0:0(0)", f"+0.01 [{n}] < R. 0:0(0) ack 1")]


def opened(number: int) -> list[str]:
    """This connection, opened and closed."""
    return [
        f"+0.01 [{number}] > S 0:0(0)",
        f"+0.01 [{number}] < S. 0:0(0) ack 1",
        f"+0.01 [{number}] > . 1:1(0) ack 1",
        f"+0.01 [{number}] > P. 1:11(10) ack 1",
        f"+0.01 [{number}] < . 1:1(0) ack 11",
        f"+0.01 [{number}] > F. 11:11(0) ack 1",
        f"+0.01 [{number}] < F. 1:1(0) ack 12",
        f"+0.01 [{number}] > . 12:12(0) ack 2",
    ]


def test_flood(tmp_path: Path) -> None:
    """Ten half-open connections are one finding, which names the service, the rate and the sources."""
    by_code = found([*half_open(10), "+1 [1] < S. 0:0(0) ack 1"], tmp_path)
    assert set(by_code) == {"HOST001"}
    (flood,) = by_code["HOST001"]
    assert flood.connections == tuple(range(1, 11))
    assert flood.confidence is Confidence.CERTAIN
    assert flood.message == (
        "198.51.100.1:80 got 10 SYNs within 99 ms, 101 each second, from 10 addresses, and nobody completed"
        " a handshake: it answered 10, 1 of them more than once"
    )


def test_nine_are_no_flood(tmp_path: Path) -> None:
    """Nine half-open connections are nine findings, and so are ten that are far apart."""
    assert set(found(half_open(9), tmp_path)) == {"SYN003"}
    assert set(found(half_open(10, gap="2"), tmp_path)) == {"SYN003", "ISN007"}


def test_flood_of_a_capture_of_syns(tmp_path: Path) -> None:
    """Where nothing shows that handshakes are completed at all, a filter for SYNs may be to blame."""
    (flood,) = found(half_open(10), tmp_path)["HOST001"]
    assert flood.confidence is Confidence.POSSIBLE
    (flood,) = found([*half_open(10), *opened(11)], tmp_path)["HOST001"]
    assert flood.confidence is Confidence.LIKELY
    assert flood.message.endswith("it answered 10; of 1 other attempt in that time 1 opened")


def test_a_busy_service_is_not_flooded(tmp_path: Path) -> None:
    """Ten half-open connections among more that open are what loss leaves."""
    lines = [*half_open(10), *(line for n in range(11, 22) for line in opened(n))]
    assert "HOST001" not in found(["[1] client 203.0.113.1:40000", *lines], tmp_path)


def test_silence_is_a_flood_only_in_numbers(tmp_path: Path) -> None:
    """A hundred SYNs that are not answered and not repeated are a flood; ninety-nine are not."""
    lines = [f"+0.01 [{n}] > S 0:0(0)" for n in range(1, 101)]
    (flood,) = found(lines, tmp_path)["HOST001"]
    assert "it answered none" in flood.message
    assert "HOST001" not in found(lines[:-1], tmp_path)


def scan(doors: int, flags: str, hosts: int = 1) -> list[str]:
    """A probe of so many ports of so many hosts."""
    pairs = [(h, d) for h in range(1, hosts + 1) for d in range(1, doors + 1)]
    ends = [f"[{n}] server 198.51.100.{h}:{d}" for n, (h, d) in enumerate(pairs, 1)]
    return ends + [f"+0.01 [{n}] > {flags} 0:0(0)" for n in range(1, len(pairs) + 1)]


@pytest.mark.parametrize(
    ("flags", "kind"),
    [
        ("S", "a SYN scan"),
        ("SF", "a SYN-FIN scan"),
        ("F", "a FIN scan"),
        ("-", "a NULL scan"),
        ("FPU", "a Xmas scan"),
        ("FU", "a Xmas scan"),
    ],
)
def test_kinds_of_scans(flags: str, kind: str, tmp_path: Path) -> None:
    """Eight ports make a scan, whose kind its flags tell; seven do not."""
    (told,) = found(scan(8, flags), tmp_path)["HOST002"]
    assert told.message.startswith("192.0.2.1 tried 8 ports of 198.51.100.1 within 70 ms, as " + kind)
    assert len(told.connections) == 8
    assert "HOST002" not in found(scan(7, flags), tmp_path)


@pytest.mark.parametrize(
    ("flags", "ack", "answer", "told"),
    [
        (".", " ack 5", "R 5:5(0)", "an ACK scan does: 8 answered with a RST, so they are open or closed"),
        ("F.", " ack 5", "R 5:5(0)", "a Maimon scan does: 8 answered with a RST, so they are open or closed"),
        ("F", "", "R. 0:0(0) ack 1", "a FIN scan does: 8 answered with a RST, so they are closed"),
        ("SF", "", "R. 0:0(0) ack 2", "a SYN-FIN scan does: 8 answered with a RST, so they are closed"),
    ],
)
def test_what_resets_tell_a_scanner(flags: str, ack: str, answer: str, told: str, tmp_path: Path) -> None:
    """A RST for an acknowledgement tells nothing of the port; and such probes are not joined late."""
    ends, probes = scan(8, flags)[:8], [f"{probe}{ack}" for probe in scan(8, flags)[8:]]
    lines = [line for n, probe in enumerate(probes, 1) for line in (probe, f"+0 [{n}] < {answer}")]
    by_code = found(ends + lines, tmp_path)
    assert set(by_code) == {"HOST002"}
    assert by_code["HOST002"][0].message.endswith(told)


def test_sweep_over_hosts(tmp_path: Path) -> None:
    """Ten hosts at one port are swept; nine are not."""
    (told,) = found(scan(1, "S", hosts=10), tmp_path)["HOST002"]
    assert "tried port 1 of 10 hosts" in told.message
    assert "HOST002" not in found(scan(1, "S", hosts=9), tmp_path)


def test_who_opens_most_is_no_scanner(tmp_path: Path) -> None:
    """A client that talks on eight ports is at work."""
    ends = [f"[{n}] server 198.51.100.1:{n}" for n in range(1, 9)]
    lines = ends + [line for n in range(1, 9) for line in opened(n)]
    assert "HOST002" not in found(lines, tmp_path)


def test_who_repeats_wants_to_connect(tmp_path: Path) -> None:
    """A client whose SYNs are repeated after a second is no scanner."""
    lines = scan(8, "S")
    again = [f"+{1 if n == 1 else 0.01} [{n}] > S 0:0(0)" for n in range(1, 9)]
    assert set(found(lines + again, tmp_path)) == {"SYN002"}


def test_refusing(tmp_path: Path) -> None:
    """Five refusals are one finding, four are four, and one that opened makes each count for itself."""
    (told,) = found(refused(range(1, 6)), tmp_path)["HOST003"]
    assert told.message == ("198.51.100.1:80 refused every attempt: 5 connections of 1 client within 80 ms")
    assert len(found(refused(range(1, 5)), tmp_path)["SYN007"]) == 4
    assert len(found(refused(range(1, 6)) + opened(6), tmp_path)["SYN007"]) == 5


def test_unreachable_needs_somebody_who_answers(tmp_path: Path) -> None:
    """Where nobody ever answered the clients, the capture or their own network may be to blame."""
    ends = ["[6] server 198.51.100.9:80"]
    tries = [f"+0.01 [{n}] > S 0:0(0)" for n in range(1, 6)]
    again = [f"+{1 if n == 1 else 0.01} [{n}] > S 0:0(0)" for n in range(1, 6)]
    (told,) = found([*ends, *tries, *again, *opened(6)], tmp_path)["HOST006"]
    assert told.message == (
        "no SYN to 198.51.100.1:80 was answered: 5 attempts of 1 client within 40 ms, while 1 other service"
        " answered the same clients"
    )
    assert told.connections == (1, 2, 3, 4, 5)
    assert set(found([*tries, *again], tmp_path)) == {"SYN002"}


def test_summaries_take_the_place_of_others_only_where_they_speak(tmp_path: Path) -> None:
    """What HOST003 says of all is said of each where HOST003 is not asked, so that nothing is lost."""
    lines = refused(range(1, 6))
    for chosen in ({"select": ("SYN007",)}, {"ignore": ("HOST003",)}):
        codes = [finding.code for finding in report(lines, tmp_path, **chosen).findings()]
        assert codes == ["SYN007"] * 5
    assert set(found(lines, tmp_path)) == {"HOST003"}


def test_unsure_summaries_give_way_to_what_is_sure(tmp_path: Path) -> None:
    """HOST006 is likely at most; who wants only what is certain gets each unanswered SYN."""
    again = [f"+{n} [{n}] > S 0:0(0)" for n in range(1, 6)]
    lines = [
        "[6] server 198.51.100.2:80",
        *again,
        *opened(6),
        *again,
        "+90 [6] < F. 1:1(0) ack 12",
    ]
    certain = report(lines, tmp_path, min_confidence=Confidence.CERTAIN)
    likely = report(lines, tmp_path)
    assert {"HOST006"} <= {f.code for f in likely.findings()}
    assert [f.code for f in certain.findings() if f.code.startswith(("SYN", "HOST"))] == ["SYN002"] * 5


@pytest.mark.parametrize("attempts", [1, 4, 5, 20])
def test_more_of_one_fault_is_no_smaller_fault(attempts: int, tmp_path: Path) -> None:
    """However many attempts are refused, the worst severity is that of one."""
    assert report(refused(range(1, attempts + 1)), tmp_path).worst() is Severity.ERROR


def test_each_has_its_fingerprint(tmp_path: Path) -> None:
    """Two services that refuse are two findings with two fingerprints."""
    ends = [f"[{n}] server 198.51.100.2:80" for n in range(6, 11)]
    told = found(ends + refused(range(1, 11)), tmp_path)["HOST003"]
    assert len({finding.fingerprint for finding in told}) == 2


def test_six_as_four(tmp_path: Path) -> None:
    """IPv6 addresses are told apart by both halves."""
    ends = [
        line
        for n in range(1, 11)
        for line in (
            f"[{n}] client [2001:db8::1]:{40000 + n}",
            f"[{n}] server [2001:db8:{'1' if n < 6 else '2'}::1]:80",
        )
    ]
    told = found(ends + refused(range(1, 11)), tmp_path)["HOST003"]
    assert [finding.connections for finding in told] == [(1, 2, 3, 4, 5), (6, 7, 8, 9, 10)]


@given(st.lists(st.integers(0, 30), max_size=40).map(sorted), st.integers(1, 6), st.integers(0, 9))
def test_dense(times: list[int], least: int, within: int) -> None:
    """A time is in a crowd exactly where some run of `least` that holds it is short enough."""
    marks = crowds.dense(np.array(times, np.int64), least, within).tolist()
    runs = [range(i, i + least) for i in range(len(times) - least + 1)]
    assert marks == [
        any(at in run and times[run[-1]] - times[run[0]] <= within for run in runs)
        for at in range(len(times))
    ]


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(services=st.lists(st.integers(1, 3), min_size=1, max_size=24))
def test_refusals_are_told_once(services: list[int], tmp_path: Path) -> None:
    """Whatever is refused, each connection is told by HOST003 or by SYN007, and by one of them."""
    ends = [f"[{n}] server 198.51.100.{s}:80" for n, s in enumerate(services, 1)]
    by_code = found(ends + refused(range(1, len(services) + 1)), tmp_path)
    together = [n for finding in by_code.get("HOST003", []) for n in finding.connections]
    alone = [finding.connection or 0 for finding in by_code.get("SYN007", [])]
    assert sorted(together + alone) == list(range(1, len(services) + 1))
    crowded = [n for n, s in enumerate(services, 1) if services.count(s) >= 5]
    assert sorted(together) == crowded


KINDS = {
    "silent": ["> S 0:0(0)"],
    "half-open": ["> S 0:0(0)", "< S. 0:0(0) ack 1"],
    "refused": ["> S 0:0(0)", "< R. 0:0(0) ack 1"],
    "opened": ["> S 0:0(0)", "< S. 0:0(0) ack 1", "> . 1:1(0) ack 1"],
    "answer": ["< S. 0:0(0) ack 1", "> R 1:1(0)"],
    "probe": ["> F 0:0(0)"],
}


SELECTED = ("HOST", "SYN")
"What many say together, and what each of them would say alone."


@st.composite
def crowd(draw: st.DrawFn) -> list[str]:
    """Many short connections between few hosts, mixed with each other."""
    mixed = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=3))
    kinds = draw(st.lists(st.sampled_from(mixed), min_size=5, max_size=40))
    ends, lines = [], []
    for n, kind in enumerate(kinds, 1):
        host, door = draw(st.sampled_from((1, 1, 1, 2))), draw(st.sampled_from((80, 80, 80, n)))
        ends += [f"[{n}] client 192.0.2.{host}:{40000 + n}", f"[{n}] server 198.51.100.{host}:{door}"]
        lines += [f"+{draw(st.sampled_from(('0', '0.01', '3')))} [{n}] {packet}" for packet in KINDS[kind]]
    return [*ends, *lines]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=crowd(), batch_bytes=st.sampled_from((1, 150, 1000)))
def test_any_cut_of_a_crowd(lines: list[str], batch_bytes: int, tmp_path: Path) -> None:
    """What many say together is the same however the capture is cut; a rule tells no part twice."""
    told = list(report(lines, tmp_path, select=SELECTED).findings())
    cut = list(report(lines, tmp_path, select=SELECTED, batch_bytes=batch_bytes).findings())
    assert cut == told
    together = [f for f in told if f.code.startswith("HOST")]
    for code in {f.code for f in together}:
        members = [n for f in together if f.code == code for n in f.connections]
        assert len(members) == len(set(members))


@needs_corpus
@pytest.mark.parametrize(
    ("capture", "code", "count"),
    [
        ("synflood_cookies", "HOST001", 40),
        ("synflood_no_cookies", "HOST001", 40),
        ("scan_connect", "HOST002", 10),
        ("scan_syn", "HOST002", 10),
        ("scan_fin", "HOST002", 10),
        ("scan_xmas", "HOST002", 10),
        ("accept_overflow_abort0_data@client", "HOST004", 3),
        ("accept_overflow_abort0_data@server", "HOST004", 3),
        ("backscatter", "HOST005", 12),
    ],
)
def test_known_captures(capture: str, code: str, count: int) -> None:
    """A capture of many with one cause has one finding of that kind, and no other about those connections."""
    told = list(inspect(CORPUS / f"{capture}.pcap").findings())
    (one,) = [finding for finding in told if finding.code.startswith("HOST")]
    assert (one.code, len(one.connections)) == (code, count)
    # That a server forgets what it ignored is found by the data that comes later.
    assert {f.code for f in told if f.connection in one.connections} <= {"RST003"}


@needs_corpus
@pytest.mark.parametrize("capture", ["refused_rst_three_tries", "syn_backlog_full_real_clients"])
def test_few_or_successful(capture: str) -> None:
    """Three refusals, and clients that get through in the end, are told one by one."""
    told = list(inspect(CORPUS / f"{capture}.pcap").findings())
    assert told
    assert not [finding for finding in told if finding.code.startswith("HOST")]
