"""The fixture `handshakes` as a user's test suite meets it: in a pytest of its own."""

import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from tests.cli.commands import ROOT, SAMPLES, environment

pytest_plugins = ["pytester"]

HEAVY = {"numpy", "rich", "dask", "msgspec", "dpkt", "click"}


@pytest.fixture(autouse=True)
def samples(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's tests find the samples beside them, and a terminal of the usual width."""
    (pytester.path / "samples").symlink_to(SAMPLES, target_is_directory=True)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)


def run(pytester: pytest.Pytester, source: str, *args: str) -> pytest.RunResult:
    """Run one test module in a pytest of its own, in which every warning is an error."""
    pytester.makepyfile(source)
    return pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", *args)


def test_pytest_finds_it() -> None:
    """The plugin is an entry point of the installed package; after a change of it, install again."""
    names = {point.name: point.value for point in entry_points(group="pytest11")}
    assert names["handshake_inspect"] == "handshake_inspect.pytest_plugin"


def test_a_clean_capture_passes(pytester: pytest.Pytester) -> None:
    """What is clean, ignored, not selected or not severe enough passes; so does what is to be shown."""
    ended = run(
        pytester,
        """
        from pathlib import Path
        from handshake_inspect import Confidence, Settings
        from handshake_inspect.pytest_plugin import Handshakes, Inspected

        def test_clean(handshakes: Handshakes):
            assert isinstance(handshakes("samples/clean.pcap"), Inspected)
            handshakes(Path("samples/clean.pcap"), "samples/ipv6.pcap").assert_clean()

        def test_selection(handshakes):
            unanswered = handshakes("samples/syn_unanswered.pcap")
            unanswered.assert_clean(ignore=["SYN002"])
            unanswered.assert_clean(ignore="SYN")
            unanswered.assert_clean(ignore=["syn-unanswered"])
            unanswered.assert_clean(select=["RST", "FIN"])
            handshakes("samples/syn_lost.pcap").assert_clean(fail_on="error")

        def test_shown(handshakes):
            unanswered = handshakes("samples/syn_unanswered.pcap")
            unanswered.assert_shows("SYN002")
            unanswered.assert_shows("SYN", "syn-unanswered")
            assert [finding.code for finding in unanswered.findings] == ["SYN002"]
            assert unanswered.report.connection_count == 2

        def test_settings(handshakes):
            everything_else = Settings(ignore=("SYN",))
            handshakes("samples/syn_unanswered.pcap", settings=everything_else).assert_clean()
        """,
    )
    ended.assert_outcomes(passed=4)


def test_a_failure_is_a_page(pytester: pytest.Pytester) -> None:
    """A failure has the user's line, a table, the frames, the filter and what to run; nothing of ours."""
    ended = run(
        pytester,
        """
        def test_it(handshakes):
            handshakes("samples/syn_unanswered.pcap").assert_clean(ignore=["RST"])
        """,
    )
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(
        [
            '>       handshakes("samples/syn_unanswered.pcap").assert_clean(ignore=[[]"RST"])',
            "E       AssertionError: samples/syn_unanswered.pcap: the handshakes are not clean",
            "E       severity  code    name            how sure  connections  frames",
            "E       error     SYN002  syn-unanswered  certain   1 * 1, 2, 3, 4, *",
            "E           frame 1 (client: SYN)",
            "E         Wireshark: ip.addr == 192.0.2.1 && tcp.port == 40000 && *",
            "E         more:      handshake-inspect rules SYN002",
            "E       next: handshake-inspect check samples/syn_unanswered.pcap",
            "E             handshake-inspect trace samples/syn_unanswered.pcap 1",
            "test_a_failure_is_a_page.py:2: AssertionError",
        ]
    )
    page = [line for line in ended.outlines if line.startswith("E  ") and "Wireshark" not in line][1:]
    assert max(map(len, page)) <= 80
    assert "pytest_plugin.py" not in ended.stdout.str()


def test_what_is_not_shown_is_named(pytester: pytest.Pytester) -> None:
    """A rule that found nothing is named, with what was found in its place."""
    ended = run(
        pytester,
        """
        def test_other(handshakes):
            handshakes("samples/syn_unanswered.pcap").assert_shows("SYN002", "SYN003", "RST")

        def test_nothing(handshakes):
            handshakes("samples/clean.pcap").assert_shows("SYN003")
        """,
    )
    ended.assert_outcomes(failed=2)
    ended.stdout.fnmatch_lines(
        [
            "E       AssertionError: samples/syn_unanswered.pcap: not found: SYN003, RST",
            "E       error     SYN002  syn-unanswered *",
            "E       AssertionError: samples/clean.pcap: not found: SYN003",
            "E       next: handshake-inspect check samples/clean.pcap",
        ]
    )


def test_no_connection_is_not_clean(pytester: pytest.Pytester) -> None:
    """A recording that holds no connection at all is no proof that all is well."""
    ended = run(
        pytester,
        """
        from handshake_inspect import Settings

        def test_it(handshakes):
            other = Settings(where="host 203.0.113.99")
            handshakes("samples/clean.pcap", settings=other).assert_clean()
        """,
    )
    ended.assert_outcomes(failed=1)
    ended.stdout.fnmatch_lines(["E *clean.pcap: there is no TCP connection, so nothing was shown"])


def test_mistakes_are_one_line(pytester: pytest.Pytester) -> None:
    """A missing file, an unknown rule or severity, and an empty claim are told in one line of the user's."""
    ended = run(
        pytester,
        """
        def test_file(handshakes):
            handshakes("missing.pcap")

        def test_rule(handshakes):
            handshakes("samples/clean.pcap").assert_clean(ignore=["SIN001"])

        def test_shown(handshakes):
            handshakes("samples/clean.pcap").assert_shows("SIN001")

        def test_severity(handshakes):
            handshakes("samples/clean.pcap").assert_clean(fail_on="fatal")

        def test_empty(handshakes):
            handshakes("samples/clean.pcap").assert_shows()
        """,
    )
    ended.assert_outcomes(failed=5)
    told = [line for line in ended.outlines if line.startswith("E ")]
    assert [line.split("errors.")[1] for line in told] == [
        "CaptureError: missing.pcap: no such file",
        "UsageError: SIN001: no such rule; did you mean SYN001?",
        "UsageError: SIN001: no such rule; did you mean SYN001?",
        "UsageError: fail_on: fatal is none of note, warning, error",
        "UsageError: assert_shows: names no rule",
    ]
    assert "pytest_plugin.py" not in ended.stdout.str()


def test_hostile_names_do_not_act(pytester: pytest.Pytester) -> None:
    """A capture's name is shown with what cannot be seen as escapes."""
    ended = run(
        pytester,
        r"""
        import shutil

        def test_it(handshakes, tmp_path):
            name = tmp_path / "a\x1b[31m\u202eb.pcap"
            shutil.copy("samples/syn_unanswered.pcap", name)
            handshakes(name).assert_clean()
        """,
    )
    ended.assert_outcomes(failed=1)
    page = "\n".join(line for line in ended.outlines if line.startswith("E "))
    assert r"a\x1b[31m\u202eb.pcap: the handshakes are not clean" in page
    assert "\x1b" not in page


def test_a_run_without_it_costs_nothing(pytester: pytest.Pytester) -> None:
    """A test run that does not use the fixture imports nothing of what an inspection needs."""
    heavy = sorted(HEAVY)
    ended = run(
        pytester,
        f"""
        import sys

        def test_light():
            assert "handshake_inspect.pytest_plugin" in sys.modules
            assert not set({heavy}) & set(sys.modules)
        """,
        "-p",
        "no:hypothesispytest",
    )
    ended.assert_outcomes(passed=1)


def test_importing_it_is_light() -> None:
    """Importing the plugin imports no heavy library."""
    program = "import sys, handshake_inspect.pytest_plugin; print(*sys.modules)"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        check=True,
        text=True,
    )
    loaded = set(ended.stdout.split())
    assert "pytest" in loaded
    assert not HEAVY & loaded
