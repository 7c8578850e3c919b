"""A baseline: findings that were there before, so that only new ones count.

It knows fingerprints and how they are kept in a file, not how they are made. Its one idea: the file is for
version control. Equal findings give equal bytes, and each row can be read by a person.
"""

from collections.abc import Iterable
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from handshake_inspect.errors import UsageError, reason
from handshake_inspect.report.findings import About

VERSION = 1

Fingerprint = Annotated[str, Meta(pattern="^[0-9a-f]{32}$")]


class Entry(Struct, frozen=True):
    """One finding that does not count."""

    code: str
    name: str
    capture: str
    "the name of the capture's file"
    ends: str
    "between whom, for a reader; may be empty"
    fingerprint: Fingerprint
    "what decides"


class Baseline(Struct, frozen=True):
    """The findings of one file."""

    version: int
    findings: tuple[Entry, ...]


class _Version(Struct, frozen=True):
    version: int


def read(path: str) -> Baseline:
    """The baseline in a file. UsageError for one that is missing, damaged or of another version."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file; --write-baseline makes a baseline") from error
    except OSError as error:
        raise UsageError(f"{path}: {reason(error)}") from error
    try:
        version = msgspec.json.decode(content, type=_Version).version
        if version != VERSION:
            raise UsageError(
                f"{path}: is a baseline of version {version}, and this program reads version {VERSION}; "
                "--write-baseline makes a new one"
            )
        return msgspec.json.decode(content, type=Baseline)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: is no baseline: {error}; --write-baseline makes a new one") from error


def written(findings: Iterable[About]) -> str:
    """The text of a baseline of these findings: sorted, in ASCII, the same for the same findings."""
    rows = sorted((f.code, f.name, f.capture, f.ends, f.fingerprint) for f in findings)
    entries = [dict(zip(Entry.__struct_fields__, map(readable, row), strict=True)) for row in rows]
    # A line for each finding, so that a new one is one line more.
    lines = ",\n".join(f"    {_ascii(entry)}" for entry in entries)
    between = f"\n{lines}\n  " if lines else ""
    return f'{{\n  "version": {VERSION},\n  "findings": [{between}]\n}}\n'


def readable(text: str) -> str:
    """The text as a baseline has it."""
    # A byte of a file name that is no UTF-8 is no text either.
    return text.encode("utf-8", "backslashreplace").decode()


def _ascii(entry: dict[str, str]) -> str:
    import json

    return json.dumps(entry)
