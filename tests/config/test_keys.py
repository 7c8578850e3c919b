"""What may stand in a configuration file, and what is said of what may not."""

from pathlib import Path

import click
import pytest

from handshake_inspect import Expectation, Ignore
from handshake_inspect.cli.check import check
from handshake_inspect.config import keys
from handshake_inspect.config.file import Configuration, named
from handshake_inspect.errors import UsageError


def configured(text: str, tmp_path: Path, name: str = "handshake-inspect.toml") -> Configuration:
    """What a file of this text says."""
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return named(str(path))


def test_every_option_key_is_an_option() -> None:
    """A key stands for an option of `check`, with the same choices; a list for one that can be repeated."""
    options = {option.opts[0].removeprefix("--"): option for option in check.params}
    for key in keys.OPTIONS:
        option = options[key]
        assert isinstance(option, click.Option)
        assert option.multiple is (key in keys.RULES)
        assert option.is_bool_flag is (key in keys.FLAGS)
        choices = option.type.choices if isinstance(option.type, click.Choice) else None
        assert choices == keys.CHOICES.get(key)


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    """Every key comes to where it is used, under the name it has there."""
    said = configured(
        """
        select = ["SYN", "truncated-file"]
        ignore = ["SYN001"]
        min-severity = "warning"
        min-confidence = "likely"
        fail-on = "never"
        where = "port 80"
        connections = "flagged"
        limit = 0
        separate = true
        strict = false
        baseline = "ci/known.json"

        [rules.SYN017]
        seconds = 2

        [rules.port-scan]
        ports = 20
        seconds = 0.5

        [[ignores]]
        rules = ["SYN007", "RST"]
        reason = "known"
        captures = ["a*.pcap", "ci/**/b.pcap"]
        hosts = ["192.0.2.1", "2001:db8::/32"]
        services = ["192.0.2.1:80", ":443", "[2001:db8::1]:80"]

        [[expectations]]
        outcome = "refused"
        rules = ["SYN007"]
        reason = "closed"
        """,
        tmp_path,
    )
    assert said.options == {
        "select": ("SYN", "truncated-file"),
        "ignore": ("SYN001",),
        "min_severity": "warning",
        "min_confidence": "likely",
        "fail_on": "never",
        "where": "port 80",
        "connections": "flagged",
        "limit": 0,
        "separate": True,
        "strict": False,
        "baseline": str(tmp_path / "ci" / "known.json"),
    }
    assert said.ignores == (
        Ignore(
            rules=("SYN007", "RST"),
            reason="known",
            captures=("a*.pcap", f"{tmp_path}/ci/**/b.pcap"),
            hosts=("192.0.2.1", "2001:db8::/32"),
            services=("192.0.2.1:80", ":443", "[2001:db8::1]:80"),
        ),
    )
    assert said.rules == {"SYN017": {"seconds": 2.0}, "HOST002": {"ports": 20, "seconds": 0.5}}
    assert said.expectations == (Expectation(outcome="refused", rules=("SYN007",), reason="closed"),)


IGNORE = "[[ignores]]\nrules = ['SYN']\nreason = 'x'\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("slect = ['SYN']", "slect: is no key; did you mean select?"),
        ("min_severity = 'note'", "min_severity: is no key; did you mean min-severity?"),
        ("xyz = 1", "xyz: is no key"),
        ("select = 'SYN'", "select: must be a list of strings, and not empty"),
        ("select = []", "select: must be a list of strings, and not empty"),
        ("select = [1]", "select: 1 must be a string, and not empty"),
        ("select = ['SYN9']", "select: SYN9: no such rule; did you mean SYN0"),
        ("ignore = ['syn-unanswerd']", "ignore: syn-unanswerd: no such rule; did you mean syn-unanswered?"),
        ("min-severity = 'high'", "min-severity: must be one of note, warning, error; it is high"),
        ("fail-on = 1", "fail-on: 1 must be a string, and not empty"),
        ("limit = -1", "limit: must be a number from 0"),
        ("limit = true", "limit: must be a number from 0"),
        ("strict = 'yes'", "strict: must be true or false"),
        ("baseline = ''", "baseline: '' must be a string, and not empty"),
        ("[ignores]\nrules = ['SYN']", "ignores: must be tables: [[ignores]]"),
        ("ignores = 3", "ignores: must be tables: [[ignores]]"),
        ("[[ignores]]\nrules = ['SYN']", "ignores[1].reason: is missing; say why"),
        ("[[ignores]]\nrules = ['SYN']\nreason = ' '", "ignores[1].reason: ' ' must be a string"),
        ("[[ignores]]\nreason = 'x'", "ignores[1].rules: is missing; say which rules"),
        (f"{IGNORE}[[ignores]]\nrules = ['SYN9']\nreason = 'x'", "ignores[2].rules: SYN9: no such rule; did"),
        (f"{IGNORE}host = ['192.0.2.1']", "ignores[1].host: is no key; did you mean hosts?"),
        (f"{IGNORE}hosts = ['192.0.2.300']", "ignores[1].hosts: 192.0.2.300 is no address or network"),
        (f"{IGNORE}services = ['80']", "ignores[1].services: 80 is no service; say 192.0.2.1:80,"),
        (f"{IGNORE}services = [':70000']", "ignores[1].services: :70000 is no service; say"),
        (f"{IGNORE}services = ['::1:80']", "ignores[1].services: ::1:80: only an IPv6 address has brackets"),
        (f"{IGNORE}services = ['web:80']", "ignores[1].services: web:80: web is no address"),
        ("rules = 3", "rules: must be tables: [rules.CODE]"),
        ("[[rules]]\nSYN017 = 3", "rules: must be tables: [rules.CODE]"),
        ("[rules]\nSYN017 = 3", "rules.SYN017: must be a table of options"),
        ("[rules.SYN17]\nseconds = 1", "rules.SYN17: no such rule; did you mean SYN017?"),
        (
            "[rules.slow-openning]\nseconds = 1",
            "rules.slow-openning: no such rule; did you mean slow-opening?",
        ),
        ("[rules.SYN017]\nsecond = 1", "rules.SYN017.second: no such option; did you mean seconds?"),
        ("[rules.SYN001]\nseconds = 1", "rules.SYN001.seconds: no such option; this rule has none"),
        ("[rules.SYN017]\nseconds = '1'", "rules.SYN017.seconds: must be a number from 0; it is '1'"),
        ("[rules.SYN017]\nseconds = -0.5", "rules.SYN017.seconds: must be a number from 0; it is -0.5"),
        ("[rules.SYN017]\nseconds = nan", "rules.SYN017.seconds: must be a number from 0; it is nan"),
        ("[rules.RST009]\nresets = 3.5", "rules.RST009.resets: must be a whole number from 0; it is 3.5"),
        ("[[expectations]]\nreason = 'x'", "expectations[1].outcome: is missing, and so is rules; say what"),
        (
            "[[expectations]]\nreason = 'x'\noutcome = 'shut'",
            "expectations[1].outcome: shut is no outcome; there are closed",
        ),
    ],
)
def test_what_is_wrong_is_told_in_a_line(text: str, words: str, tmp_path: Path) -> None:
    """The line begins with the file and the key, and says what was probably meant."""
    with pytest.raises(UsageError) as told:
        configured(text, tmp_path)
    assert str(told.value).startswith(f"{tmp_path / 'handshake-inspect.toml'}: {words}")
    assert "\n" not in str(told.value)


def test_keys_of_a_shared_file_are_named_in_full(tmp_path: Path) -> None:
    """In pyproject.toml a key is said with its table."""
    with pytest.raises(UsageError, match=r"pyproject.toml: tool.handshake-inspect.limit: must be a number"):
        configured("[tool.handshake-inspect]\nlimit = 'x'", tmp_path, "pyproject.toml")
    with pytest.raises(UsageError, match=r"pyproject.toml: tool.handshake-inspect.rules.SYN017.x: no such"):
        configured("[tool.handshake-inspect.rules.SYN017]\nx = 1", tmp_path, "pyproject.toml")
