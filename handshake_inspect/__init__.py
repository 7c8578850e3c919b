"""A linter for TCP handshakes: which connections opened and closed wrongly, why, and in which frames.

from handshake_inspect import inspect

for finding in inspect("capture.pcapng").findings():
    print(finding.code, finding.message)
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from handshake_inspect.agreements import Expectation, Ignore
    from handshake_inspect.config import Settings
    from handshake_inspect.engine.pipeline import inspect
    from handshake_inspect.finding import Confidence, Evidence, Finding, Severity
    from handshake_inspect.report.report import Report

__all__ = [
    "Confidence",
    "Evidence",
    "Expectation",
    "Finding",
    "Ignore",
    "Report",
    "Settings",
    "Severity",
    "__version__",
    "inspect",
]

__version__ = "0.1.0"

_HOMES = {
    "Confidence": "handshake_inspect.finding",
    "Evidence": "handshake_inspect.finding",
    "Expectation": "handshake_inspect.agreements",
    "Finding": "handshake_inspect.finding",
    "Ignore": "handshake_inspect.agreements",
    "Report": "handshake_inspect.report.report",
    "Settings": "handshake_inspect.config",
    "Severity": "handshake_inspect.finding",
    "inspect": "handshake_inspect.engine.pipeline",
}


def __getattr__(name: str) -> Any:
    # Late, so that `--help` costs no NumPy.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
