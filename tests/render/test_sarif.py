"""SARIF: by OASIS's schema, by the standard's rules for binary files, and by what GitHub asks for."""

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import jsonschema
import pytest

from handshake_inspect import Settings, inspect
from handshake_inspect.finding import Severity
from handshake_inspect.render import Layout, Unread, join, part
from handshake_inspect.render.parts import sarif_log
from handshake_inspect.render.parts.places import uri
from handshake_inspect.render.parts.sarif_results import Profile
from handshake_inspect.render.parts.text import plain_message
from handshake_inspect.rules.registry import rules
from tests.cli.commands import LINUX
from tests.render.fakes import FakeReport, capture, finding
from tests.render.pages import CAPTURES, SAMPLES
from tests.render.shared import inside, report, written

SCHEMA = json.loads(Path(__file__).parent.joinpath("schemas/sarif-schema-2.1.0.json").read_text("utf-8"))
PROFILES = ("sarif", "sarif-github")


def log(read: Any, name: str = "sarif", layout: Layout | None = None) -> dict[str, Any]:
    """The report as a log, valid by the schema."""
    return valid(json.loads(written(read, name, layout)))


def valid(made: dict[str, Any]) -> dict[str, Any]:
    """The log, once it is held to the schema, and to what its first errata added: a region is somewhere."""
    jsonschema.validate(made, SCHEMA, cls=jsonschema.Draft7Validator)
    for only in made["runs"]:
        for where in locations(only):
            region = where["physicalLocation"].get("region")
            assert region is None or {"startLine", "byteOffset"} & region.keys()
    return made


def run(read: Any, name: str = "sarif", layout: Layout | None = None) -> dict[str, Any]:
    """Its only run."""
    (only,) = log(read, name, layout)["runs"]
    assert isinstance(only, dict)
    return only


def locations(made: dict[str, Any]) -> list[dict[str, Any]]:
    """All locations of all results."""
    return [
        where
        for result in made["results"]
        for key in ("locations", "relatedLocations")
        for where in result.get(key, [])
    ]


def test_schema_is_that_of_the_standard() -> None:
    """The schema we test with refuses what the standard refuses."""
    assert "oasis-tcs/sarif-spec" in SCHEMA["$id"]
    good = log(FakeReport(said=[finding()]))
    for change in (
        lambda made: made.pop("version"),
        lambda made: made["runs"][0].pop("tool"),
        lambda made: made["runs"][0]["results"][0].pop("message"),
        lambda made: made["runs"][0]["results"][0].update(level="fatal"),
        lambda made: made["runs"][0]["results"][0]["locations"][0].update(physicalLocation={}),
        lambda made: made["runs"][0]["invocations"][0].pop("executionSuccessful"),
        lambda made: made["runs"][0].update(unknown=1),
    ):
        bad = json.loads(json.dumps(good))
        change(bad)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(bad, SCHEMA, cls=jsonschema.Draft7Validator)


@pytest.mark.parametrize("name", PROFILES)
@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_samples_are_valid(path: Path, name: str) -> None:
    """The log of every sample is valid, and has one result for each finding."""
    read = inspect(path)
    made = run(read, name)
    assert sorted(r["ruleId"] for r in made["results"]) == sorted(f.code for f in read.findings())
    for result in made["results"]:
        assert result["locations"]
        assert len(result["partialFingerprints"]) == 2


def test_regions_are_the_bytes_of_a_record() -> None:
    """SARIF 2.1.0 §3.30.1: a binary file has binary regions. They begin at the record of the frame."""
    read = inspect(SAMPLES / "syn_unanswered.pcap")
    held = (SAMPLES / "syn_unanswered.pcap").read_bytes()
    (result,) = run(read)["results"]
    places = [result["locations"][0], *result["relatedLocations"]]
    assert len(places) == 6
    for place in places:
        region = place["physicalLocation"]["region"]
        assert region.keys() == {"byteOffset", "byteLength"}
        record = held[region["byteOffset"] : region["byteOffset"] + region["byteLength"]]
        assert int.from_bytes(record[8:12], "little") == len(record) - 16


def test_compressed_captures_have_no_regions(tmp_path: Path) -> None:
    """Bytes of the uncompressed capture are none of the file that is named."""
    packed = tmp_path / "a.pcap.gz"
    packed.write_bytes(gzip.compress((SAMPLES / "syn_unanswered.pcap").read_bytes(), mtime=0))
    with inside(tmp_path):
        made = run(inspect("a.pcap.gz"))
    assert all("region" not in where["physicalLocation"] for where in locations(made))
    assert made["results"][0]["properties"]["frames"] == [1, 2, 3, 4, 5, 6]


def test_github_gets_lines_and_frames() -> None:
    """Everything is in line 1, nothing has bytes, and the message names the frames."""
    made = run(inspect(SAMPLES / "syn_unanswered.pcap"), "sarif-github")
    assert all(where["physicalLocation"]["region"] == {"startLine": 1} for where in locations(made))
    assert made["results"][0]["message"]["text"].endswith("(frames 1, 2, 3, 4, 5 and 6)")
    assert "frames 1" not in run(inspect(SAMPLES / "syn_unanswered.pcap"))["results"][0]["message"]["text"]


def test_finding_without_frames_has_a_place() -> None:
    """GitHub refuses a result without a location."""
    for name in PROFILES:
        (result,) = run(FakeReport(said=[finding(frames=0)]), name)["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a.pcap"


@pytest.mark.parametrize("status", [0, 1, 2])
def test_invocation_says_how_it_ended(status: int) -> None:
    """The exit status is in the log; 2 is no success."""
    (invocation,) = run(FakeReport(), layout=Layout(status=status))["invocations"]
    assert invocation["exitCode"] == status
    assert invocation["executionSuccessful"] == (status < 2)


def test_notifications_tell_of_the_capture() -> None:
    """What was read, where it stopped, and findings about the capture itself stand there."""
    (invocation,) = run(inspect(SAMPLES / "cut_mid_record.pcap"))["invocations"]
    read, cut = invocation["toolExecutionNotifications"]
    assert "10 frames, all TCP" in read["message"]["text"]
    assert "stopped at byte 941" in read["message"]["text"]
    assert cut["associatedRule"] == {"id": "CAP001"}


def test_rules_are_those_asked() -> None:
    """Each rule that was asked is described, whether it found something or not, and no other."""
    made = run(
        inspect(SAMPLES / "syn_unanswered.pcap", settings=Settings(select=("SYN",), ignore=("SYN001",)))
    )
    described = {rule["id"]: rule for rule in made["tool"]["driver"]["rules"]}
    assert sorted(described) == [r.code for r in rules() if r.code.startswith("SYN") and r.code != "SYN001"]
    least = Settings(min_severity=Severity.ERROR)
    few = run(inspect(SAMPLES / "clean.pcap", settings=least))["tool"]["driver"]["rules"]
    assert {rule["defaultConfiguration"]["level"] for rule in few} == {"error"}


def test_every_rule_is_described() -> None:
    """Each has its page as help, its severity in both vocabularies, and no more tags than GitHub keeps."""
    described = run(FakeReport())["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in described] == [rule.code for rule in rules()]
    for rule, said in zip(rules(), described, strict=True):
        assert said["help"]["markdown"] == rule.page
        assert said["help"]["text"].startswith(plain_message(rule.summary))
        assert said["fullDescription"]["text"] != said["shortDescription"]["text"]
        assert said["defaultConfiguration"]["level"] == rule.severity.name.lower()
        parameters = {option.name: option.default for option in rule.options}
        assert said["defaultConfiguration"].get("parameters", {}) == parameters
        properties = said["properties"]
        assert properties["precision"] in ("very-high", "high", "medium", "low")
        assert properties["problem.severity"] in ("error", "warning", "recommendation")
        assert "tcp" in properties["tags"]
        assert len(properties["tags"]) == len(set(properties["tags"])) <= 10


def test_only_the_worst_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond what GitHub takes, the worst stay and a notification says what was left out, by code."""
    monkeypatch.setattr("handshake_inspect.render.sarif.PROFILE", Profile(lines=False, most=3))
    made = run(
        inspect(
            SAMPLES / "cut_mid_record.pcap", SAMPLES / "filtered.pcap", SAMPLES / "three_in_a_row.pcap.gz"
        )
    )
    assert [result["level"] for result in made["results"]] == ["error", "warning", "note"]
    said = made["invocations"][0]["toolExecutionNotifications"][-1]["message"]["text"]
    assert said == "2 findings left out, for only the worst 3 are written: FIN010 1, FIN013 1"


def test_limits_are_githubs() -> None:
    """GitHub takes 25 000 results of a run, and keeps 5 000 of them and 100 locations of each."""
    from handshake_inspect.render import sarif, sarif_github

    assert (sarif.PROFILE.most, sarif_github.PROFILE.most) == (25_000, 5_000)
    many = FakeReport(captures=(capture(frames=1000),), said=[finding(frames=500)])
    (result,) = run(many)["results"]
    assert len(result["relatedLocations"]) == 100
    assert len(result["properties"]["frames"]) == 500


def test_fingerprints_differ() -> None:
    """Two findings that look the same in two captures of one name are two alerts."""
    made = run(FakeReport(said=[finding(), finding()]))
    one, other = (result["partialFingerprints"]["primaryLocationLineHash"] for result in made["results"])
    assert one != other


def test_separate_reports_are_one_run() -> None:
    """Several reports and a capture that could not be read are one log, which is no success."""
    layout = Layout(status=2)
    parts = [
        part("sarif", read, layout) for read in (FakeReport(said=[finding()]), Unread("b", "b: no such file"))
    ]
    made: list[str] = []

    class Out:
        def write(self, text: str) -> None:
            made.append(text)

    join("sarif", parts, Out(), layout)  # type: ignore[arg-type]
    (only,) = valid(json.loads("".join(made)))["runs"]
    (invocation,) = only["invocations"]
    assert len(only["results"]) == 1
    assert not invocation["executionSuccessful"]
    assert invocation["toolExecutionNotifications"][-1] == {
        "level": "error",
        "message": {"text": "b: no such file"},
    }


def test_artifacts_are_distinct() -> None:
    """A capture that is read twice is one artifact (SARIF §3.14.15)."""
    parts = [sarif_log.part(FakeReport(), Profile(False, 9)) for _ in range(2)]  # type: ignore[arg-type]
    assert [len(one.artifacts) for one in parts] == [1, 1]
    assert len(run(FakeReport(captures=(capture(), capture())))["artifacts"]) == 1


@LINUX
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.pcap", "a.pcap"),
        ("./b/../a b.pcap", "a%20b.pcap"),
        ("x:y%.pcap", "x%3Ay%25.pcap"),
        ("\udcff.pcap", "%FF.pcap"),
        ("/nowhere/at all.pcap", "file:///nowhere/at%20all.pcap"),
        ("../a.pcap", "../a.pcap"),
        ("-", "standard-input"),
    ],
)
def test_uri(path: str, expected: str, tmp_path: Path) -> None:
    """A URI is relative where the capture lies below, and nothing in it is left unquoted (RFC 3986)."""
    with inside(tmp_path):
        assert uri(path) == expected
        if not path.startswith(("-", "/", ".")):
            assert uri(str(tmp_path / path)) == expected
            assert unquote(uri(path), errors="surrogateescape") == path


@LINUX
def test_hostile_names_are_no_links_and_no_placeholders(tmp_path: Path) -> None:
    """In a SARIF message `[…](…)` is a link and `{0}` a placeholder (§3.11.5, §3.11.6); no name is either."""
    with inside(tmp_path):
        made = run(report(tmp_path))
    text = made["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"]
    assert "](" not in text
    assert "{{0}}" in text
