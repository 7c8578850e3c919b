"""What was agreed beforehand: which findings an ignore or an expectation claims, and what is missing."""

from pathlib import Path

import pytest

from handshake_inspect import Expectation, Ignore, Report, Settings, inspect, script
from handshake_inspect.errors import UsageError
from handshake_inspect.flow.closing import Closed
from handshake_inspect.flow.opening import Opened
from handshake_inspect.report.accepted import Accepted
from handshake_inspect.rules.outcomes import SAID_BY
from handshake_inspect.rules.reach import named
from handshake_inspect.rules.registry import rules

REFUSED = "+0.00 [{n}] > S 0:0(0)\n+0.01 [{n}] < R. 0:0(0) ack 1\n"
OPENED = "+0.00 [{n}] > S 0:0(0)\n+0.01 [{n}] < S. 0:0(0) ack 1\n+0.01 [{n}] > . 1:1(0) ack 1\n"


def recorded(text: str, tmp_path: Path, name: str = "run.pcap") -> Path:
    """A capture of a packet script."""
    capture = tmp_path / name
    capture.write_bytes(script.to_pcap(script.parse(text)))
    return capture


def refused(*numbers: int) -> str:
    """These connections, refused."""
    return "".join(REFUSED.format(n=n) for n in numbers)


def codes(report: Report) -> list[str]:
    """The codes of all findings."""
    return [finding.code for finding in report.findings()]


def ignoring(capture: Path, **scope: object) -> Report:
    """The report with SYN007 ignored in a scope."""
    ignore = Ignore(rules=("refused",), reason="known", **scope)  # type: ignore[arg-type]
    return inspect(capture, settings=Settings(ignores=(ignore,)))


@pytest.mark.parametrize(
    ("scope", "left"),
    [
        ({}, 0),
        ({"hosts": ("192.0.2.1",)}, 1),
        ({"hosts": ("198.51.100.0/24",)}, 0),
        ({"hosts": ("203.0.113.0/24", "192.0.2.0/30")}, 1),
        ({"hosts": ("2001:db8::/32",)}, 2),
        ({"services": (":80",)}, 0),
        ({"services": ("198.51.100.1:80",)}, 0),
        ({"services": (":40000",)}, 2),
        ({"services": (":81", "198.51.100.2:80")}, 2),
        ({"captures": ("run.*",)}, 0),
        ({"captures": ("*.pcapng",)}, 2),
        ({"hosts": ("192.0.2.1",), "services": (":81",)}, 2),
        ({"hosts": ("192.0.2.1",), "captures": ("run.pcap",)}, 1),
    ],
    ids=str,
)
def test_scope_of_an_ignore(scope: dict[str, tuple[str, ...]], left: int, tmp_path: Path) -> None:
    """What is ignored is where the scope says, everything in it true at once; the rest is found as ever."""
    capture = recorded("[2] client 192.0.2.9:40001\n" + refused(1, 2), tmp_path)
    report = ignoring(capture, **scope)
    assert codes(report) == ["SYN007"] * left
    assert report.accepted == ([Accepted("ignored", "known", 2 - left)] if left < 2 else [])
    assert report.summary.findings == ({"SYN007": left} if left else {})


def test_ipv6_service(tmp_path: Path) -> None:
    """An IPv6 service is said in brackets, and no other is meant."""
    ends = "client [2001:db8::9]:40000\nserver [2001:db8::1]:80\n"
    capture = recorded(ends + refused(1), tmp_path)
    assert codes(ignoring(capture, services=("[2001:db8::1]:80",))) == []
    assert codes(ignoring(capture, services=("[2001:db8::2]:80",))) == ["SYN007"]
    assert codes(ignoring(capture, hosts=("2001:db8::/64",))) == []
    assert codes(ignoring(capture, hosts=("0.0.0.0/0",))) == ["SYN007"]


def test_capture_of_a_finding(tmp_path: Path) -> None:
    """In a recording of two captures, a finding lies in the one that its first frame lies in."""
    one, two = recorded(refused(1), tmp_path, "1.pcap"), recorded(refused(2), tmp_path, "2.pcap")
    ignore = Ignore(rules=("SYN007",), reason="known", captures=("2.pcap",))
    report = inspect(one, two, settings=Settings(ignores=(ignore,)))
    assert [finding.capture for finding in report.findings()] == [str(one)]


def test_many_are_ignored_where_each_is(tmp_path: Path) -> None:
    """A finding that speaks for others goes where all of them would go, and stays where one would stay."""
    text = "[6] client 192.0.2.9:40001\n" + refused(*range(1, 7))
    capture = recorded(text, tmp_path)
    assert codes(inspect(capture)) == ["HOST003"]
    assert codes(ignoring(capture, services=(":80",))) == []
    assert codes(ignoring(capture, hosts=("192.0.2.1",))) == ["HOST003"]


def test_first_agreement_claims(tmp_path: Path) -> None:
    """A finding that several agreements mean is counted for the first, and none of them was in vain."""
    capture = recorded(refused(1), tmp_path)
    ignores = tuple(Ignore(rules=("SYN",), reason=text) for text in ("first", "second"))
    report = inspect(capture, settings=Settings(ignores=ignores))
    assert report.accepted == [Accepted("ignored", "first", 1)]
    assert report.standing().idle == {0: False, 1: False}


def test_ignores_in_vain(tmp_path: Path) -> None:
    """An ignore that was put to the test and claimed nothing is known; one that was not tested is not."""
    ignores = (
        Ignore(rules=("RST",), reason="none found"),
        Ignore(rules=("SYN",), reason="another capture", captures=("other.pcap",)),
        Ignore(rules=("FIN",), reason="not asked"),
        Ignore(rules=("SYN007",), reason="found, though below what is shown"),
    )
    settings = Settings(ignores=ignores, ignore=("FIN",), where="port 1")
    assert inspect(recorded(refused(1), tmp_path), settings=settings).standing().idle == {0: True, 3: False}


@pytest.mark.parametrize(
    ("path", "glob", "meant"),
    [
        ("a/b.pcap", "b.pcap", True),
        ("a/b.pcap", "*.pcap", True),
        ("a/b.pcap", "a/*.pcap", True),
        ("a/b.pcap", "./a/*", True),
        ("a/b.pcap", "*/b.pcap", True),
        ("a/b.pcap", "**/b.pcap", True),
        ("b.pcap", "**/b.pcap", True),
        ("a/c/b.pcap", "a/*", False),
        ("a/c/b.pcap", "a/**", True),
        ("a/c/b.pcap", "a/**/b.pcap", True),
        ("../b.pcap", "a/b.pcap", False),
        ("a/B.pcap", "b.pcap", False),
        ("-", "-", True),
    ],
)
def test_globs(path: str, glob: str, meant: bool) -> None:
    """Without / a glob is for the file's name, with / for the path; only ** goes through folders."""
    assert named(path, (glob,)) is meant


def expecting(capture: Path, **said: object) -> Report:
    """The report with one expectation."""
    expected = Expectation(reason="because", **said)  # type: ignore[arg-type]
    return inspect(capture, settings=Settings(expectations=(expected,)))


@pytest.mark.parametrize("count", [1, 6])
@pytest.mark.parametrize("said", [{"outcome": "refused"}, {"rules": ("SYN007",)}], ids=str)
def test_what_is_expected_and_found(said: dict[str, object], count: int, tmp_path: Path) -> None:
    """It does not count, be it said of each connection or of all together."""
    report = expecting(recorded(refused(*range(1, count + 1)), tmp_path), services=(":80",), **said)
    assert codes(report) == []
    assert report.accepted == [Accepted("expected", "because", 1)]


def test_other_findings_of_what_is_expected_count(tmp_path: Path) -> None:
    """An outcome accounts for what says it, and for nothing else on the same connection."""
    text = "+0.00 > S 0:0(0) <mss 0>\n+0.01 < R. 0:0(0) ack 1\n"
    assert codes(expecting(recorded(text, tmp_path), outcome="refused")) == ["OPT002"]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"outcome": "refused"}, "1 of 2 connections is not 'refused' as expected: because"),
        (
            {"outcome": "refused", "services": (":81",)},
            "no connection of :81 was seen, and 'refused' was expected: because",
        ),
        ({"rules": ("SYN002",)}, "nothing showed SYN002 as expected: because"),
        (
            {"rules": ("SYN007",), "hosts": ("203.0.113.1",)},
            "nothing of 203.0.113.1 showed SYN007 as expected: because",
        ),
    ],
    ids=str,
)
def test_what_is_expected_and_not_found(said: dict[str, object], words: str, tmp_path: Path) -> None:
    """It is a finding, whatever is selected, unless it is ignored."""
    capture = recorded(refused(1) + OPENED.format(n=2), tmp_path)
    expected = Expectation(reason="because", **said)  # type: ignore[arg-type]
    settings = Settings(expectations=(expected,), select=("EXP", "FIN001"))
    (finding,) = inspect(capture, settings=settings).findings()
    assert finding.code == "EXP001"
    assert finding.message == words
    narrow = Settings(expectations=(expected,), select=("FIN001",))
    assert codes(inspect(capture, settings=narrow)) == ["EXP001"]
    without = Settings(expectations=(expected,), ignore=("EXP001",), select=("FIN001", "EXP"))
    assert codes(inspect(capture, settings=without)) == []


def test_expectation_of_other_captures_is_not_asked(tmp_path: Path) -> None:
    """Where none of its captures was read, nothing can be missing."""
    capture = recorded(refused(1), tmp_path)
    assert codes(expecting(capture, rules=("SYN002",), captures=("other.pcap",))) == ["SYN007"]


def test_expectation_points_at_the_first_that_differs(tmp_path: Path) -> None:
    """The finding names the connections that did otherwise, and the first frame of the first of them."""
    capture = recorded(refused(1) + OPENED.format(n=2) + OPENED.format(n=3), tmp_path)
    told = [f for f in expecting(capture, outcome="refused").findings() if f.code == "EXP001"]
    assert [(f.connections, f.evidence[0].frame) for f in told] == [((2, 3), 3)]


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"outcome": "shut"}, "shut is no outcome; there are closed, "),
        ({}, "an expectation needs an outcome or rules: because"),
        ({"rules": ("SYN9",)}, "SYN9: no such rule"),
        ({"outcome": "refused", "hosts": ("web",)}, "web is no address or network"),
        ({"outcome": "refused", "services": ("80",)}, "80 is no service"),
    ],
    ids=str,
)
def test_agreement_that_means_nothing(said: dict[str, object], words: str, tmp_path: Path) -> None:
    """It is our user's mistake, told before a capture is read."""
    with pytest.raises(UsageError, match=words):
        expecting(tmp_path / "missing.pcap", **said)


def test_every_outcome_has_its_codes() -> None:
    """There is an entry for each outcome, and each code in it is a rule."""
    assert set(SAID_BY) == {*Opened, *Closed}
    assert frozenset().union(*SAID_BY.values()) <= {rule.code for rule in rules()}
