"""The objects of SARIF 2.1.0 that we use, in the standard's names; what is not said is not written.

It knows their shape and nothing of what is put in. Section numbers are those of the OASIS standard.
"""

from typing import Any

from msgspec import Struct, field

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
VERSION = "2.1.0"


class _Object(Struct, omit_defaults=True, rename="camel"):
    """One object."""


class Message(_Object):
    """§3.11, and the multiformat message string of §3.12."""

    text: str
    markdown: str | None = None


class ArtifactLocation(_Object):
    """§3.4."""

    uri: str
    uri_base_id: str | None = None
    description: Message | None = None


class Region(_Object):
    """§3.30: either a line, or bytes."""

    start_line: int | None = None
    byte_offset: int | None = None
    byte_length: int | None = None


class PhysicalLocation(_Object):
    """§3.29."""

    artifact_location: ArtifactLocation
    region: Region | None = None


class LogicalLocation(_Object):
    """§3.33."""

    fully_qualified_name: str
    kind: str


class Location(_Object):
    """§3.28."""

    id: int | None = None
    physical_location: PhysicalLocation | None = None
    logical_locations: list[LogicalLocation] | None = None
    message: Message | None = None


class Artifact(_Object):
    """§3.24."""

    location: ArtifactLocation
    mime_type: str
    roles: list[str]
    description: Message | None = None


class Level(_Object):
    """A rule's default configuration, §3.50."""

    # Written even where it is the standard's default.
    level: str
    parameters: dict[str, float] | None = None


class Descriptor(_Object):
    """A rule, §3.49."""

    id: str
    name: str
    short_description: Message
    full_description: Message
    help: Message
    default_configuration: Level
    properties: dict[str, Any]


class RuleReference(_Object):
    """Which rule, §3.52."""

    id: str


class Result(_Object):
    """One finding, §3.27."""

    rule_id: str
    level: str
    message: Message
    locations: list[Location]
    partial_fingerprints: dict[str, str]
    properties: dict[str, Any]
    related_locations: list[Location] | None = None


class Notification(_Object):
    """What was met on the way, §3.58."""

    level: str
    message: Message
    associated_rule: RuleReference | None = None
    locations: list[Location] | None = None


class Invocation(_Object):
    """How the run ended, §3.20."""

    execution_successful: bool
    exit_code: int
    tool_execution_notifications: list[Notification]


class Driver(_Object):
    """Who made the log, §3.19."""

    name: str
    version: str
    semantic_version: str
    rules: list[Descriptor]


class Tool(_Object):
    """§3.18."""

    driver: Driver


class AutomationDetails(_Object):
    """Which runs belong together, §3.17."""

    id: str


class Run(_Object):
    """§3.14."""

    tool: Tool
    automation_details: AutomationDetails
    invocations: list[Invocation]
    artifacts: list[Artifact]
    results: list[Result]
    column_kind: str = "utf16CodeUnits"


class Log(_Object):
    """§3.13."""

    schema: str = field(name="$schema")
    version: str
    runs: list[Run]
