"""The JSON Schema of the report, made from the classes that are encoded."""

from typing import Any

import msgspec

from handshake_inspect.report.model import SCHEMA_VERSION, Document


def schema() -> dict[str, Any]:
    """The schema of a `Document` (JSON Schema, draft 2020-12)."""
    made = msgspec.json.schema(Document)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:handshake-inspect:report:{SCHEMA_VERSION}",
        "title": f"handshake-inspect report, version {SCHEMA_VERSION}",
        "description": "What handshake-inspect found in packet captures. Times are integers in nanoseconds, "
        "since 1970-01-01 UTC or as a length; frames count from 1; what is absent is null.",
        **made,
    }
