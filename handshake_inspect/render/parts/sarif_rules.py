"""A rule as SARIF describes it: what its page says, in the places where viewers look for it."""

import re
from typing import TYPE_CHECKING

from handshake_inspect.finding import Severity
from handshake_inspect.render.parts.sarif_objects import Descriptor, Level, Message
from handshake_inspect.render.parts.text import plain_message

if TYPE_CHECKING:
    from handshake_inspect.rules.registry import Rule

MOST_TAGS = 10
"GitHub keeps no more of a rule's tags."

PRECISION = "high"
"How often a rule is right, for GitHub. What is less sure says so in each result's confidence."

PROBLEM = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}
"What GitHub calls the severities."


def descriptor(rule: "Rule") -> Descriptor:
    """The rule with its page as help."""
    return Descriptor(
        id=rule.code,
        name=rule.name,
        short_description=Message(plain_message(rule.summary)),
        full_description=Message(plain_message(_section(rule.page, "What it checks") or rule.summary)),
        help=Message(f"{rule.summary} {_section(rule.page, 'What to do')}", rule.page),
        default_configuration=Level(
            rule.severity.word, {option.name: option.default for option in rule.options} or None
        ),
        properties={
            "tags": _tags(rule),
            "precision": PRECISION,
            "problem.severity": PROBLEM[rule.severity],
        },
    )


def _section(page: str, heading: str) -> str:
    """The words under a heading, on one line."""
    _, _, text = page.partition(f"## {heading}\n")
    return " ".join(text.partition("\n## ")[0].split())


def _tags(rule: "Rule") -> list[str]:
    """TCP, the rule's family, and the RFCs it cites."""
    family = re.sub(r"\d+$", "", rule.code).lower()
    cited = re.findall(r"\bRFC (\d+)", " ".join(rule.sources))
    return list(dict.fromkeys(["tcp", family, *(f"rfc{number}" for number in cited)]))[:MOST_TAGS]
