"""What the user wants to hear of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from handshake_inspect.agreements import Expectation, Ignore
from handshake_inspect.finding import Confidence, Severity


@dataclass(frozen=True)
class Settings:
    """How to inspect, and what of it to report."""

    select: tuple[str, ...] = ()
    "codes, prefixes of codes, or names of the rules to ask; empty is all"
    ignore: tuple[str, ...] = ()
    "codes, prefixes of codes, or names of rules to leave out"
    min_severity: Severity = Severity.NOTE
    min_confidence: Confidence = Confidence.POSSIBLE
    where: str | None = None
    "which connections to report: host, network, port or outcome, as in `--where`"
    thorough: bool = False
    "look at all initial sequence numbers, however long it takes, and not only at some of each host"
    batch_bytes: int = 1 << 23
    "how much of a capture is in memory at once; no result depends on it"
    ignores: tuple[Ignore, ...] = ()
    "findings that are known, and do not count"
    expectations: tuple[Expectation, ...] = ()
    "what must be seen"
    baseline: str | None = None
    "path of a file with findings that do not count, as `--write-baseline` writes it"
    rules: Mapping[str, Mapping[str, float]] = field(default_factory=dict, hash=False)
    'options of rules, by code or name: {"SYN017": {"seconds": 2.5}}; what is not set has its default'
