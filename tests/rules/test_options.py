"""Options of rules: each moves the line between what is told and what is not, and is said where it counts."""

import inspect as signatures
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from handshake_inspect import Settings, inspect, script
from handshake_inspect.errors import UsageError
from handshake_inspect.finding import Finding
from handshake_inspect.rules.option import Option
from handshake_inspect.rules.registry import Rule, rules
from tests.rules.exchanges import OPEN, TALKED, later

OPTIONS = [(rule, option) for rule in rules() for option in rule.options]
CLOSED = OPEN + "+0.1 < F. 1:1(0) ack 1\n+0.01 > F. 1:1(0) ack 2\n+0.01 < . 2:2(0) ack 2\n"
OPENED_AGAIN = "< S. 70000:70000(0) ack 90001\n+0.01 > . 90001:90001(0) ack 70001\n"


def answered(count: int) -> str:
    """So many half-open connections with one service, one each 0.1 s."""
    return (
        "".join(f"+0.09 [{n}] > S 0:0(0)\n+0.01 [{n}] < S. 0:0(0) ack 1\n" for n in range(1, count + 1))
        + "+3 [1] < S. 0:0(0) ack 1\n"
    )


def silent(count: int) -> str:
    """So many SYNs that nothing answers."""
    return "".join(f"+0.1 [{n}] > S 0:0(0)\n" for n in range(1, count + 1))


def scanned(ports: int = 1, hosts: int = 1, pause: float = 0.1) -> str:
    """A host is refused at so many ports of so many hosts."""
    ends = [(f"198.51.100.{h}", 20 + p) for h in range(1, hosts + 1) for p in range(ports)]
    named = "".join(f"[{n}] server {host}:{port}\n" for n, (host, port) in enumerate(ends, 1))
    return named + "".join(
        f"+{pause} [{n}] > S 0:0(0)\n+0 [{n}] < R. 0:0(0) ack 1\n" for n in range(1, len(ends) + 1)
    )


class Line(NamedTuple):
    """An exchange, and the two values of an option between which what is told of it changes."""

    code: str
    option: str
    text: str
    speaks: float
    silent: float


LINES = [
    Line("SYN017", "seconds", "+0 > S 0:0(0)\n+2 < S. 0:0(0) ack 1\n+0 > . 1:1(0) ack 1\n", 1.99, 2.0),
    Line("SYN017", "seconds", "+0 > S 0:0(0)\n+0 < S. 0:0(0) ack 1\n+2 > . 1:1(0) ack 1\n", 1.99, 2.0),
    Line("SYN017", "seconds", TALKED.replace("+0.010 > . 1:1", "+0.300 > . 1:1"), 2.99, 3.0),
    Line("RST009", "resets", OPEN + "+0.01 < R. 1:1(0) ack 1\n" + "+0.01 < R 1:1(0)\n" * 4, 4, 5),
    Line(
        "FIN003",
        "seconds",
        OPEN + "+0.1 > F. 1:1(0) ack 1\n+0 < . 1:1(0) ack 2\n+5 < F. 1:1(0) ack 2\n+0 > . 2:2(0) ack 2\n",
        5.0,
        5.01,
    ),
    Line(
        "FIN008",
        "seconds",
        OPEN + "+0.1 > F. 1:1(0) ack 1\n+3 < P. 1:101(100) ack 2\n+0 > . 2:2(0) ack 101\n",
        2.99,
        3.0,
    ),
    Line("FIN009", "idle_seconds", OPEN + later(9.98), 10.0, 10.01),
    Line("FIN010", "seconds", f"{CLOSED}+90 > S 90000:90000(0)\n+0.01 {OPENED_AGAIN}", 90.0, 89.99),
    Line("FIN010", "seconds", f"{CLOSED}+5 > S 90000:90000(0)\n+0.01 {OPENED_AGAIN}", 5.0, 4.99),
    Line("HOST001", "half_open", answered(12), 12, 13),
    Line("HOST001", "half_open", answered(3), 3, 4),
    Line("HOST001", "unanswered", silent(6), 6, 7),
    Line("HOST001", "seconds", answered(10), 0.9, 0.89),
    Line("HOST002", "ports", scanned(ports=4), 4, 5),
    Line("HOST002", "ports", scanned(ports=9), 9, 10),
    Line("HOST002", "hosts", scanned(hosts=4), 4, 5),
    Line("HOST002", "seconds", scanned(ports=8, pause=10), 70.0, 69.9),
]


def told(text: str, tmp_path: Path, options: Mapping[str, Mapping[str, float]]) -> list[Finding]:
    """Everything found in a packet script with these options."""
    capture = tmp_path / "script.pcap"
    capture.write_bytes(script.to_pcap(script.parse(text)))
    return list(inspect(capture, settings=Settings(rules=options)).findings())


@pytest.mark.parametrize("line", LINES, ids=[f"{line.code}-{line.option}-{line.speaks}" for line in LINES])
def test_an_option_moves_the_line(line: Line, tmp_path: Path) -> None:
    """On one side of its value the rule speaks, on the other it does not, wherever the default is."""
    for value, speaks in ((line.speaks, True), (line.silent, False)):
        codes = [f.code for f in told(line.text, tmp_path, {line.code: {line.option: value}})]
        assert (line.code in codes) is speaks, codes


def test_every_option_is_tested() -> None:
    """There is such a pair for each."""
    assert {(line.code, line.option) for line in LINES} == {(rule.code, o.name) for rule, o in OPTIONS}


@pytest.mark.parametrize("rule", rules(), ids=lambda r: r.code)
def test_the_function_takes_its_options(rule: Rule) -> None:
    """A rule's options are the arguments of its function by name; their defaults are declared once."""
    function = rule.of_story or rule.of_whole
    assert function is not None
    _, *arguments = signatures.signature(function).parameters.values()
    assert [(a.name, a.annotation) for a in arguments] == [(o.name, type(o.default)) for o in rule.options]
    assert all(a.kind is a.KEYWORD_ONLY and a.default is a.empty for a in arguments)


@pytest.mark.parametrize(("rule", "option"), OPTIONS, ids=[f"{r.code}-{o.name}" for r, o in OPTIONS])
def test_the_page_says_options(rule: Rule, option: Option) -> None:
    """Its own words name each option with its default, and so does the list that is made of them."""
    assert f"`{option.name}` (default {option.default:g})" in " ".join(rule.doc.split())
    assert f"\n- `{option.name}`, {option.default:g} {option.unit} by default: " in rule.page


def test_the_sentence_has_the_value(tmp_path: Path) -> None:
    """What is counted to the value is said with it."""
    resets = OPEN + "+0.01 < R. 1:1(0) ack 1\n" + "+0.01 < R 1:1(0)\n" * 4
    (finding,) = [f for f in told(resets, tmp_path, {"RST009": {"resets": 1}}) if f.code == "RST009"]
    assert finding.evidence[0].says == "RST number 2"


def test_a_name_does_as_well(tmp_path: Path) -> None:
    """A rule is meant by its name, too, in any case of letters; other rules keep their defaults."""
    slow = "+0 > S 0:0(0)\n+2 < S. 0:0(0) ack 1\n+0 > . 1:1(0) ack 1\n"
    assert [f.code for f in told(slow, tmp_path, {})] == ["SYN017"]
    assert told(slow, tmp_path, {"slow-opening": {"seconds": 3}}) == []
    assert told(slow, tmp_path, {"syn017": {"seconds": float("inf")}}) == []


REFUSED = (
    CLOSED + "+30 > S -90000:-90000(0)\n+0.01 < . 2:2(0) ack 2\n+0.001 > R 2:2(0)\n"
    "+0.9 > S -90000:-90000(0)\n+0.01 < S. 70000:70000(0) ack -89999\n+0.01 > . -89999:-89999(0) ack 70001\n"
)


def test_a_refusal_from_time_wait_is_told_however_short_that_should_be(tmp_path: Path) -> None:
    """Who answers from TIME-WAIT is in it: a shorter time makes one cause no other findings."""
    usual = told(REFUSED, tmp_path, {})
    assert [f.code for f in usual] == ["FIN010"]
    assert told(REFUSED, tmp_path, {"FIN010": {"seconds": 1}}) == usual


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"SYN9": {}}, "SYN9: no such rule; did you mean SYN0"),
        ({"SYN": {"seconds": 1}}, "SYN: no such rule"),
        ({"SYN017": 2}, "SYN017: must be a table of options"),
        ({"SYN017": {"second": 2}}, "SYN017.second: no such option; did you mean seconds?"),
        (
            {"HOST001": {"x": 2}},
            "HOST001.x: no such option; did you mean half_open or unanswered or seconds?",
        ),
        ({"SYN001": {"seconds": 2}}, "SYN001.seconds: no such option; this rule has none"),
        ({"SYN017": {"seconds": -1}}, "SYN017.seconds: must be a number from 0; it is -1"),
        ({"SYN017": {"seconds": float("nan")}}, "SYN017.seconds: must be a number from 0; it is nan"),
        ({"slow-opening": {"seconds": "2"}}, "slow-opening.seconds: must be a number from 0; it is '2'"),
        ({"SYN017": {"seconds": True}}, "SYN017.seconds: must be a number from 0; it is True"),
        ({"RST009": {"resets": 2.5}}, "RST009.resets: must be a whole number from 0; it is 2.5"),
        ({"HOST002": {"ports": 0}}, "HOST002.ports: must be a whole number from 1; it is 0"),
        (
            {"SYN017": {"seconds": 1}, "slow-opening": {"seconds": 2}},
            "slow-opening.seconds: is set twice, as one of SYN017 and of slow-opening",
        ),
    ],
)
def test_what_cannot_be_set_is_told(given: Mapping[str, Mapping[str, float]], words: str) -> None:
    """Nothing is read where the options make no sense."""
    with pytest.raises(UsageError) as refused:
        inspect("missing.pcap", settings=Settings(rules=given))
    assert str(refused.value).startswith(words)


@pytest.mark.parametrize("value", [10**400, 2**63, 2**63 - 1], ids=["huge", "2^63", "2^63-1"])
def test_the_largest_values_are_compared(value: int, tmp_path: Path) -> None:
    """What no column can hold is still more than what it holds."""
    for line in LINES:
        codes = [f.code for f in told(line.text, tmp_path, {line.code: {line.option: value}})]
        assert (line.code in codes) is (line.speaks > line.silent), line


def test_settings_are_values() -> None:
    """Settings with options are compared and hashed like any others."""
    one, same, other = (Settings(rules={"SYN017": {"seconds": s}}) for s in (1, 1, 2))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
