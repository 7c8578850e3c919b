"""Evidence says in which of several captures its frame lies, and which frame of that capture it is."""

from itertools import accumulate
from pathlib import Path

import pytest

from handshake_inspect import inspect
from tests.render.pages import SAMPLES

EMPTY = "empty"
"Here the name of a capture that has a header and no frame."


@pytest.mark.parametrize(
    "names",
    [
        ("syn_lost.pcap", "refused.pcap"),
        (EMPTY, "syn_lost.pcap", EMPTY, EMPTY, "refused.pcap", EMPTY),
        ("cut_mid_record.pcap", "syn_unanswered.pcap", "refused.pcap"),
    ],
    ids=["two", "empty-between", "cut-first"],
)
def test_frames_are_found_in_their_captures(names: tuple[str, ...], tmp_path: Path) -> None:
    """A frame of the recording is the capture's own frame behind the frames of the captures before it."""
    empty = tmp_path / EMPTY
    empty.write_bytes((SAMPLES / "clean.pcap").read_bytes()[:24])
    report = inspect(*(empty if name == EMPTY else SAMPLES / name for name in names))
    sizes = [capture.frames for capture in report.captures]
    before = [0, *accumulate(sizes)]
    findings = list(report.findings())
    met = set()
    for finding in findings:
        for evidence in finding.evidence:
            met.add(evidence.capture)
            assert 1 <= evidence.capture_frame <= sizes[evidence.capture]
            assert evidence.frame == before[evidence.capture] + evidence.capture_frame
        if finding.evidence:
            assert finding.capture == report.captures[finding.evidence[0].capture].path
    assert met == {at for at, name in enumerate(names) if name != EMPTY}
