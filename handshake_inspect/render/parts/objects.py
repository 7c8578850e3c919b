"""The report's objects as JSON text, one at a time, so that a report of any size needs the memory of one.

It knows the JSON form and not how the objects are laid out. The one idea: the text is ASCII. Any stream can
carry it, it is the same bytes everywhere, and no character of a capture can act on a terminal.
"""

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from handshake_inspect import __version__
from handshake_inspect.finding import Finding
from handshake_inspect.render import Layout
from handshake_inspect.report.model import (
    SCHEMA_VERSION,
    Connection,
    EvidenceInfo,
    FindingInfo,
    Tool,
)
from handshake_inspect.units import spelled

if TYPE_CHECKING:
    from handshake_inspect.report.report import Report
    from handshake_inspect.rules.registry import Rule

TOOL = Tool(name="handshake-inspect", version=__version__)

_ENCODER = msgspec.json.Encoder()
_NOT_PRINTABLE = re.compile(r"[^\n -~]")


def encode(value: Any) -> str:
    """One object as JSON on one line, in ASCII, its keys in the order of its class."""
    try:
        text = _ENCODER.encode(value).decode()
    except UnicodeEncodeError:
        text = msgspec.json.encode(_named(msgspec.to_builtins(value))).decode()
    return text if text.isascii() and "\x7f" not in text else _NOT_PRINTABLE.sub(_escape, text)


def connections(report: "Report", layout: Layout) -> Iterator[Connection]:
    """The connections the reader wants to see, by number."""
    if layout.connections == "none":
        return iter(())
    return report.connections(report.flagged() if layout.connections == "flagged" else None)


def findings(report: "Report") -> Iterator[FindingInfo]:
    """All findings in the form other programs see."""
    return map(finding_info, report.findings())


def finding_info(finding: Finding) -> FindingInfo:
    """A finding in the form other programs see."""
    return FindingInfo(
        code=finding.code,
        name=finding.name,
        severity=finding.severity.word,  # type: ignore[arg-type]
        confidence=finding.confidence.word,  # type: ignore[arg-type]
        message=finding.message,
        connection=finding.connection,
        connections=list(finding.connections),
        count=finding.count,
        evidence=[
            EvidenceInfo(e.frame, e.capture, e.capture_frame, e.offset, e.time_ns, e.who, e.says)
            for e in finding.evidence
        ],
        display_filter=finding.display_filter,
        fingerprint=finding.fingerprint,
    )


def heading(report: "Report") -> dict[str, Any]:
    """What a report says before anything was found: who made it, and of what."""
    return {"schema_version": SCHEMA_VERSION, "tool": TOOL, "captures": report.captures}


def catalogue(rules: "Sequence[Rule]") -> str:
    """Rules as a JSON list."""
    rows = [
        {
            "code": rule.code,
            "name": rule.name,
            "severity": rule.severity.word,
            "summary": rule.summary,
            "sources": rule.sources,
            "options": rule.options,
            "page": rule.page,
        }
        for rule in rules
    ]
    return f"{msgspec.json.format(encode(rows), indent=2)}\n"


def _escape(match: re.Match[str]) -> str:
    """A character as JSON escapes it (RFC 8259 §7)."""
    pairs = match.group().encode("utf-16-be")
    return "".join(f"\\u{pairs[i : i + 2].hex()}" for i in range(0, len(pairs), 2))


def _named(value: Any) -> Any:
    """The same value, with the bytes of file names that are no UTF-8 spelled `\\xff`: JSON has no bytes."""
    if isinstance(value, str):
        return spelled(value)
    if isinstance(value, dict):
        return {_named(key): _named(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_named(held) for held in value]
    return value
