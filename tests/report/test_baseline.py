"""A baseline: what it keeps of a finding, what survives another recording, and what is said of a bad one."""

import json
import random
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handshake_inspect import Report, Settings, inspect, script
from handshake_inspect.errors import UsageError
from handshake_inspect.report import baseline

SAMPLES = Path(__file__).resolve().parents[2] / "sample_pcaps"

EXCHANGES = (
    # Refused.
    "+{t} [{n}] > S 0:0(0)\n+0.01 [{n}] < R. 0:0(0) ack 1\n",
    # Opened and aborted.
    "+{t} [{n}] > S 0:0(0)\n+0.01 [{n}] < S. 0:0(0) ack 1\n+0.01 [{n}] > . 1:1(0) ack 1\n"
    "+0.01 [{n}] > P. 1:11(10) ack 1\n+0.01 [{n}] < . 1:1(0) ack 11\n+0.01 [{n}] < R. 1:1(0) ack 11\n",
    # Never answered.
    "+{t} [{n}] > S 0:0(0)\n+1.0 [{n}] > S 0:0(0)\n+2.0 [{n}] > S 0:0(0)\n",
)


def recorded(
    folder: Path, plan: list[int], *, port: int = 40000, isn: int = 1000, gap: str = "0.5", before: int = 0
) -> Path:
    """A capture of these exchanges, one connection each: client and server are the same every time."""
    drawn = random.Random(isn)
    ends = "".join(
        f"[{n}] client 192.0.2.1:{port + 7 * n} isn {drawn.getrandbits(32)}\n"
        f"[{n}] server 198.51.100.1:80 isn {drawn.getrandbits(32)}\n"
        for n in range(1, len(plan) + 1)
    )
    other = "[99] client 192.0.2.77:5555\n[99] server 192.0.2.78:7777\n"
    quiet = "+0.01 [99] > P. 1:11(10) ack 1\n+0.01 [99] < . 1:1(0) ack 11\n" * before
    said = "".join(EXCHANGES[kind].format(n=n, t=gap) for n, kind in enumerate(plan, 1))
    folder.mkdir(exist_ok=True)
    capture = folder / "run.pcap"
    capture.write_bytes(script.to_pcap(script.parse(ends + (other if before else "") + quiet + said)))
    return capture


def reported(capture: Path, known: str | None = None, folder: Path | None = None, **chosen: object) -> Report:
    """The report on a capture, with this text as its baseline."""
    if known is None:
        return inspect(capture, settings=Settings(**chosen))  # type: ignore[arg-type]
    path = (folder or capture.parent) / "known.json"
    path.write_text(known)
    return inspect(capture, settings=Settings(baseline=str(path), **chosen))  # type: ignore[arg-type]


def kept(report: Report) -> str:
    """What `--write-baseline` writes of it."""
    return baseline.written(report.about())


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    plan=st.lists(st.integers(0, 2), min_size=1, max_size=4),
    port=st.integers(1024, 60000),
    isn=st.integers(0, 2**32 - 1),
    before=st.integers(0, 3),
)
def test_fingerprints_survive_another_recording(
    plan: list[int], port: int, isn: int, before: int, tmp_path: Path
) -> None:
    """With other ephemeral ports, initial numbers, times and frames the baseline is the same, to the byte."""
    first = reported(recorded(tmp_path / "1", plan), select=("SYN", "RST"))
    again = recorded(tmp_path / "2", plan, port=port, isn=isn, gap="0.75", before=before)
    second = reported(again, select=("SYN", "RST"))
    assert kept(first) == kept(second)
    assert list(reported(again, kept(first), select=("SYN", "RST")).findings()) == []


def test_order_of_connections_does_not_matter(tmp_path: Path) -> None:
    """Between the same ends, what happened in another order is the same."""
    texts = {
        kept(reported(recorded(tmp_path / str(i), list(plan))))
        for i, plan in enumerate(permutations((0, 0, 1, 2)))
    }
    assert len(texts) == 1


@pytest.mark.parametrize("now", range(5))
def test_equal_findings_are_counted(now: int, tmp_path: Path) -> None:
    """Of equal findings as many are known as there were; more of them are new, each with its own print."""
    known = kept(reported(recorded(tmp_path / "1", [0, 0])))
    report = reported(recorded(tmp_path / "2", [0] * now), known)
    told = list(report.findings())
    assert [finding.code for finding in told] == ["SYN007"] * max(0, now - 2)
    assert [a.findings for a in report.accepted] == [min(now, 2)] * (now > 0)
    prints = [finding.fingerprint for finding in told]
    assert not set(prints) & {row["fingerprint"] for row in json.loads(known)["findings"]}
    assert len(set(prints)) == len(prints)
    stale = report.standing().tested - report.standing().found_again
    assert len(stale) == max(0, 2 - now)


def test_written_is_for_people_and_version_control(tmp_path: Path) -> None:
    """A row for each finding, sorted, with what it is and between whom; no time, frame or ephemeral port."""
    text = kept(reported(recorded(tmp_path, [2, 0, 0])))
    rows = json.loads(text)["findings"]
    assert [(row["code"], row["name"]) for row in rows] == [
        ("SYN002", "syn-unanswered"),
        ("SYN007", "refused"),
        ("SYN007", "refused"),
    ]
    assert {row["ends"] for row in rows} == {"192.0.2.1>198.51.100.1:80"}
    assert [line.strip()[:9] for line in text.splitlines()[3:6]] == ['{"code": '] * 3
    shuffled = list(reported(recorded(tmp_path, [2, 0, 0])).about())
    random.Random(1).shuffle(shuffled)
    assert baseline.written(shuffled) == text
    assert baseline.written([]) == '{\n  "version": 1,\n  "findings": []\n}\n'


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """The file has the findings it was written of, file names that are no text among them."""
    capture = recorded(tmp_path, [0, 1])
    odd = capture.rename(tmp_path / "run\udcff\x1b.pcap")
    text = kept(reported(odd))
    assert text.isascii()
    path = tmp_path / "known.json"
    path.write_text(text)
    report = inspect(odd, settings=Settings(baseline=str(path)))
    assert list(report.findings()) == []
    assert report.standing().tested == report.standing().found_again != frozenset()


def test_findings_about_captures_are_known_too() -> None:
    """Each has a fingerprint of its own, and none of one capture is another's."""
    report = inspect(SAMPLES / "cut_mid_record.pcap", SAMPLES / "one_sided.pcap")
    about = list(report.about())
    assert {"CAP001", "CAP002"} <= {row.code for row in about}
    assert len({row.fingerprint for row in about}) == len(about)
    assert [row.fingerprint for row in about] == [f.fingerprint for f in report.findings()]


def test_only_what_was_looked_for_can_be_stale(tmp_path: Path) -> None:
    """An entry of another capture, or of a rule that is not asked, says nothing of this run."""
    known = kept(reported(recorded(tmp_path, [0, 1])))
    clean = recorded(tmp_path, [2])
    standing = reported(clean, known).standing()
    assert {entry.code for entry in standing.tested - standing.found_again} == {"SYN007", "RST001"}
    standing = reported(clean, known, select=("RST",)).standing()
    assert {entry.code for entry in standing.tested - standing.found_again} == {"RST001"}
    other = clean.rename(tmp_path / "other.pcap")
    assert reported(other, known).standing().tested == frozenset()


def test_filters_make_nothing_stale(tmp_path: Path) -> None:
    """What is found and not shown, for its severity or its connection, is found again."""
    capture = recorded(tmp_path, [0, 1, 2])
    known = kept(reported(capture))
    standing = reported(capture, known, where="port 1").standing()
    assert standing.tested == standing.found_again != frozenset()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (None, "no such file; --write-baseline makes a baseline"),
        (b"", "is no baseline: "),
        (b"[]", "is no baseline: "),
        (b"{}", "is no baseline: Object missing required field `version`"),
        (b'{"version": "1"}', "is no baseline: Expected `int`, got `str`"),
        (b'{"version": 2, "rows": 3}', "is a baseline of version 2, and this program reads version 1"),
        (b'{"version": 1}', "is no baseline: Object missing required field `findings`"),
        (
            b'{"version": 1, "findings": [{"code": "SYN001"}]}',
            "is no baseline: Object missing required field",
        ),
        (
            b'{"version": 1, "findings": [{"code": "A", "name": "", "capture": "", "ends": "", '
            b'"fingerprint": "g"}]}',
            "is no baseline: Expected `str` matching regex",
        ),
        (b'{"version": 1, "findings": []', "is no baseline: "),
        (b'{"version": 1, "findings": ["\xff"]}', "is no baseline: "),
    ],
    ids=range(11),
)
def test_bad_baseline(content: bytes | None, words: str, tmp_path: Path) -> None:
    """It is one line with the file and the cause, before any capture is read."""
    path = tmp_path / "known.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError) as told:
        inspect(tmp_path / "missing.pcap", settings=Settings(baseline=str(path)))
    assert str(told.value).startswith(f"{path}: {words}")
    assert "\n" not in str(told.value)
