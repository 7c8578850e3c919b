"""The JSON Schema of the report as a file, and a page that says it in tables."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from handshake_inspect.report.schema import schema

Schema = Mapping[str, Any]

TEXT = """
# The JSON report

`--format json` writes one document of the form below. `--format jsonl` writes the same objects, one per line:
a `run` first, then every `connection`, `finding` and `host`, and a `summary` last, so that a cut pipe shows.
The [JSON Schema](report.schema.json) is what `handshake-inspect schema` prints. `isn --format json` writes
the members `schema_version`, `tool`, `captures` and `hosts` of the document alone.

Times are whole nanoseconds, since 1970-01-01 UTC or as a length. Frames count from 1, as in Wireshark. What
is absent is `null`. The same captures always give the same bytes.
"""


def pages() -> dict[str, str]:
    """`report.schema.json` and `json.md`."""
    made = schema()
    return {
        "report.schema.json": json.dumps(made, indent=2),
        "json.md": "\n\n".join([TEXT.strip(), *_sections(made)]),
    }


def _sections(made: Schema) -> Iterator[str]:
    """A section for each object, the document first, the others as they are met in it."""
    waiting, done = [_target(made["$ref"])], set()
    while waiting:
        name = waiting.pop(0)
        if name in done:
            continue
        done.add(name)
        described = made["$defs"][name]
        rows = ["| field | holds |", "| --- | --- |"]
        for field, of in described["properties"].items():
            rows.append(f"| `{field}` | {_holds(of)} |")
            waiting += _targets(of)
        yield f"## {name}\n\n{described['description']}\n\n" + "\n".join(rows)


def _holds(of: Schema) -> str:
    """What a value is, in words, leading to the section of an object."""
    if "$ref" in of:
        name = _target(of["$ref"])
        return f"[{name}](#{name.lower()})"
    if "anyOf" in of:
        return " or ".join(_holds(one) for one in of["anyOf"])
    if "enum" in of:
        return ", ".join("`null`" if value is None else f"`{json.dumps(value)}`" for value in of["enum"])
    if of.get("type") == "array":
        return f"list of {_holds(of['items'])}"
    if of.get("type") == "object":
        return f"object, each value {_holds(of['additionalProperties'])}"
    if of.get("type") == "null":
        return "`null`"
    least = f" from {of['minimum']}" if "minimum" in of else ""
    most = f" to {of['maximum']}" if "maximum" in of else ""
    below = f" below {of['exclusiveMaximum']}" if "exclusiveMaximum" in of else ""
    return f"{of['type']}{least}{most}{below}"


def _targets(of: Schema) -> list[str]:
    inside = [of["items"]] if "items" in of else [*of.get("anyOf", [])]
    if isinstance(of.get("additionalProperties"), Mapping):
        inside.append(of["additionalProperties"])
    return ([_target(of["$ref"])] if "$ref" in of else []) + [
        name for one in inside for name in _targets(one)
    ]


def _target(reference: str) -> str:
    return reference.rpartition("/")[2]
