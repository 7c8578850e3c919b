"""Findings as SARIF's results, in two profiles of the same content.

The standard wants bytes where a capture is concerned: a region of a binary file has no lines and no columns
(SARIF 2.1.0 §3.30.1). They are the bytes of a frame's record, and are left out of a compressed capture, where
they would be those of another file. GitHub reads lines only, so its profile says line 1 of everything, and
names the frames in the message.
"""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from handshake_inspect.finding import Evidence, Finding
from handshake_inspect.render.parts.places import STANDARD_INPUT, uri
from handshake_inspect.render.parts.sarif_objects import (
    Artifact,
    ArtifactLocation,
    Location,
    LogicalLocation,
    Message,
    PhysicalLocation,
    Region,
    Result,
)
from handshake_inspect.render.parts.sentences import with_frames
from handshake_inspect.render.parts.text import plain_message
from handshake_inspect.report.model import CaptureInfo

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report

ROOT = "%SRCROOT%"
"What relative URIs start from, by the usual name."

MOST_RELATED = 100
"GitHub keeps no more locations of a result; the numbers of all frames are in its properties."

MIME: dict[tuple[str, str | None], str] = {
    ("pcap", None): "application/vnd.tcpdump.pcap",
    ("pcapng", None): "application/x-pcapng",
}
"What a capture is; a compressed one has no type of its own here."


class Profile(NamedTuple):
    """How results are said."""

    lines: bool
    "lines and no bytes, as GitHub wants them"
    most: int
    "so many results are written, the worst"


class Places:
    """Where findings of one report lie."""

    def __init__(self, report: "Report", profile: Profile) -> None:
        self._report = report
        self._lines = profile.lines
        self._captures: Sequence[CaptureInfo] = report.captures
        self._location = cache(artifact_location)
        self._compressed = {capture.path: capture.compression is not None for capture in report.captures}

    def of_capture(self, path: str, region: Region | None = None) -> PhysicalLocation:
        """A whole capture, or a region of it."""
        if self._lines:
            region = Region(start_line=1)
        return PhysicalLocation(self._location(path), region)

    def of_frame(self, evidence: Evidence, ends: str, identifier: int | None = None) -> Location:
        """A frame, with what it says."""
        path = self._captures[evidence.capture].path
        region = None if self._compressed[path] else Region(None, evidence.offset, evidence.length)
        return Location(
            id=identifier,
            physical_location=self.of_capture(path, region),
            logical_locations=[LogicalLocation(f"{ends}frame/{evidence.frame}", "frame")],
            message=Message(plain_message(f"frame {evidence.frame} ({evidence.who}: {evidence.says})")),
        )

    def said(self, finding: Finding) -> str:
        """The message; with the frames where no byte tells them."""
        return with_frames(finding) if self._lines else finding.message

    def ends(self, connection: int | None) -> str:
        """What the name of a frame of this connection begins with."""
        if connection is None:
            return ""
        client, server = self._report.ends(connection)
        return f"tcp:{client}-{server}#{connection}/"


def result(finding: Finding, places: Places) -> Result:
    """One finding; its primary frame is its location, the others are related ones."""
    ends = places.ends(finding.connection)
    first, *others = finding.evidence or (None,)
    whole = Location(None, places.of_capture(finding.capture))
    related = [
        places.of_frame(evidence, ends, identifier)
        for identifier, evidence in enumerate(others[:MOST_RELATED], 1)
        if evidence
    ]
    return Result(
        rule_id=finding.code,
        level=finding.severity.word,
        message=Message(plain_message(places.said(finding))),
        locations=[places.of_frame(first, ends) if first else whole],
        related_locations=related or None,
        partial_fingerprints={},
        properties={
            "confidence": finding.confidence.word,
            "connection": finding.connection,
            "connections": len(finding.connections) or int(finding.connection is not None),
            "count": finding.count,
            "frames": [evidence.frame for evidence in finding.evidence],
            "displayFilter": finding.display_filter,
        },
    )


def artifact(capture: CaptureInfo) -> Artifact:
    """One capture. It has no hash: it would have to be read again, and may have changed since."""
    piped = Message("the capture on standard input") if capture.path == "-" else None
    mime = MIME.get((capture.format, capture.compression), "application/octet-stream")
    return Artifact(artifact_location(capture.path), mime, ["analysisTarget"], piped)


def artifact_location(path: str) -> ArtifactLocation:
    """Where a capture is found, from the working folder where it lies below."""
    reference = STANDARD_INPUT if path == "-" else uri(path)
    return ArtifactLocation(reference, None if reference.startswith("file:") else ROOT)
