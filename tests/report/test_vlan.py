"""Connections of equal ends in several VLANs can be told apart wherever they are shown."""

import io
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from handshake_inspect import Report, inspect
from handshake_inspect.render import Layout, render
from handshake_inspect.render.parts.ladder import print_ladder
from handshake_inspect.render.parts.rows import print_rows
from tests.facts.exchanges import CLOSED, FAR, TAGS, TALKED, apart, in_vlans, lines, rewritten, tagged
from tests.render.pages import SAMPLES

ABORTED = f"{TALKED}+0.010 > R. 101:101(0) ack 301\n"

SHOWN = {
    "one-each": ("VLAN 10", "VLAN 20", "VLAN 30"),
    "two-each": ("VLAN 10", "VLAN 20", "VLAN 30"),
    "stacked": ("VLAN 5.10", "VLAN 5.20", "VLAN 6.10"),
    "none": ("", "VLAN 20", "VLAN 20.30"),
}

FILTERS = {
    "one-each": ("vlan.id == 10", "vlan.id == 20", "vlan.id == 30"),
    "two-each": (
        "(vlan.id == 10 || vlan.id == 11)",
        "(vlan.id == 20 || vlan.id == 21)",
        "(vlan.id == 30 || vlan.id == 31)",
    ),
    "stacked": (
        "vlan.id == 5 && vlan.id == 10",
        "vlan.id == 5 && vlan.id == 20",
        "vlan.id == 6 && vlan.id == 10",
    ),
    "none": ("!(vlan.id > 0)", "vlan.id == 20", "vlan.id == 20 && vlan.id == 30"),
}
"What the display filter of a finding has behind the ends."


def in_three(ways: Sequence[tuple[tuple[int, ...], tuple[int, ...]]], tmp_path: Path) -> Report:
    """The report on three aborted connections of one 4-tuple, packet by packet in turn."""
    three = in_vlans(ABORTED, apart(ABORTED, FAR, 2 * FAR), apart(ABORTED, 2_345_678_901, FAR))

    def tag(number: int, frame: bytes) -> bytes:
        turn = (number - 1) // 3
        return tagged(frame, *ways[(number - 1) % 3][" < " in lines(ABORTED)[turn]])

    return rewritten(three, tag, tmp_path)


@pytest.mark.parametrize("ways", TAGS)
def test_vlan_is_shown(ways: str, tmp_path: Path) -> None:
    """JSON, the rows of connections and the heading of a ladder say in which VLAN each connection is."""
    report = in_three(TAGS[ways], tmp_path)
    told = [list(way[0]) or None for way in TAGS[ways]]
    assert [each.vlan for each in report.connections()] == told
    assert [report.connection(number).vlan for number in (1, 2, 3)] == told
    out = io.StringIO()
    render("json", report, out, Layout())
    assert [each["vlan"] for each in json.loads(out.getvalue())["connections"]] == told
    rows = io.StringIO()
    print_rows(report, rows, Layout())
    shown = [line for line in rows.getvalue().splitlines() if "198.51.100" in line]
    for number, (line, name) in enumerate(zip(shown, SHOWN[ways], strict=True), 1):
        assert f":80 {name} " in f"{line} ".replace("  ", " ")
        ladder = io.StringIO()
        print_ladder(report, number, ladder, Layout())
        heading = ladder.getvalue().splitlines()[0]
        assert heading.endswith(f", {name}" if name else ":80")


@pytest.mark.parametrize("ways", TAGS)
def test_display_filters_name_the_vlan(ways: str, tmp_path: Path) -> None:
    """Where only the tag tells connections apart, the filter of a finding has the tags of its connection."""
    report = in_three(TAGS[ways], tmp_path)
    findings = {each.connection: each for each in report.findings() if each.connection}
    assert sorted(findings) == [1, 2, 3]
    for number, expected in enumerate(FILTERS[ways], 1):
        ends, _, vlan = findings[number].display_filter.partition("tcp.port == 80")
        assert ends.startswith("ip.addr == ")
        assert vlan == f" && {expected}"


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
@pytest.mark.parametrize("ways", ["one-each", "two-each", "stacked"])
def test_display_filters_show_the_connection(ways: str, tmp_path: Path) -> None:
    """Wireshark shows the frames of that connection, and no others."""
    report = in_three(TAGS[ways], tmp_path)
    for finding in report.findings():
        if finding.connection is None:
            continue
        program = ["tshark", "-r", report.captures[0].path, "-Y", finding.display_filter]
        shown = subprocess.run(
            [*program, "-T", "fields", "-e", "frame.number"], capture_output=True, text=True, check=True
        )
        frames = [int(line) for line in shown.stdout.split()]
        assert frames == list(range(finding.connection, 3 * len(lines(ABORTED)) + 1, 3))


def test_vlan_without_others(tmp_path: Path) -> None:
    """A connection alone in its VLAN says which it is, and its ends are enough of a filter."""
    (connection,) = inspect(SAMPLES / "vlan_http.pcapng").connections()
    assert connection.vlan == [100]
    report = rewritten(ABORTED, lambda _, frame: tagged(frame, 7), tmp_path)
    assert [each.vlan for each in report.connections()] == [[7]]
    assert {"vlan" in each.display_filter for each in report.findings()} == {False}


def test_no_tag_is_no_vlan(tmp_path: Path) -> None:
    """Without tags there is no VLAN, nor with a tag of priority only, nor before the first tag."""
    report = rewritten(CLOSED, lambda number, frame: tagged(frame, 9 * (number > 4)), tmp_path)
    assert [each.vlan for each in report.connections()] == [None]
    priority = rewritten(CLOSED, lambda _, frame: frame[:12] + b"\x81\0\xe0\0" + frame[12:], tmp_path)
    assert [each.vlan for each in priority.connections()] == [None]
    assert [each.vlan for each in inspect(SAMPLES / "clean.pcap").connections()] == [None]
