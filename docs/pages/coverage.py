"""What shows that each rule speaks when it should: scripts on its page, samples, captures of real stacks.

The samples are inspected when the page is made. Captures that are not in this repository cannot be, so what
they raised is kept beside this module; `python -m docs.generate --captures FOLDER` looks again.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from handshake_inspect import inspect, script
from handshake_inspect.errors import CaptureError
from handshake_inspect.rules.registry import Rule, rules

SAMPLES = Path(__file__).resolve().parents[2] / "sample_pcaps"
FIRED = Path(__file__).with_name("fired.json")
"code → names of captures of real stacks that raise it"
SHOWN = 2
"Names in a cell; the others are counted."
SCRIPT = re.compile(r"^```\n(\+.*?|\[.*?|client.*?|server.*?)^```$", re.M | re.S)


def pages() -> dict[str, str]:
    """`coverage.md`."""
    samples, captures = _samples(), json.loads(FIRED.read_text("utf-8"))
    lines = [
        "# What shows that a rule works",
        "",
        "An *example* is a packet script on the rule's page that raises it, a *near miss* one that must not;",
        "the tests run both. Samples are in `sample_pcaps/`. The captures are of real stacks, and what",
        "happened in them is written down beside them; they are not part of this repository.",
        "",
        "| rule | examples | near misses | samples that raise it | captures of real stacks that raise it |",
        "| --- | --- | --- | --- | --- |",
    ]
    for rule in rules():
        examples = _link(rule, "Example", [s for s in _scripts(rule, "Example") if rule.code in s])
        near = _link(rule, "Not flagged", _scripts(rule, "Not flagged"))
        cells = (_names(samples.get(rule.code, ())), _names(captures.get(rule.code, ())))
        name = f"[{rule.code}](rules/{rule.code}.md) {rule.name}"
        lines.append(f"| {name} | {examples} | {near} | {' | '.join(cells)} |")
    return {"coverage.md": "\n".join(lines)}


def look_again(folder: Path) -> None:
    """Inspect every capture in a folder, and keep which rules they raise. Raises OSError."""
    fired = _raised(folder)
    FIRED.write_text(json.dumps(fired, indent=1, sort_keys=True) + "\n", "utf-8")


@cache
def _samples() -> dict[str, list[str]]:
    return _raised(SAMPLES)


def _raised(folder: Path) -> dict[str, list[str]]:
    """By code the names of the captures in a folder that raise it."""
    raised: dict[str, list[str]] = defaultdict(list)
    for path in sorted(folder.iterdir()):
        if not {".pcap", ".pcapng"} & set(path.suffixes):
            continue
        try:
            codes = {finding.code for finding in inspect(path).findings()}
        except CaptureError:
            continue
        for code in sorted(codes):
            raised[code].append(path.name.partition(".")[0])
    return dict(raised)


def _scripts(rule: Rule, heading: str) -> list[set[str]]:
    """The codes that each packet script under a heading of a rule's page expects."""
    sections = re.split(r"^## (.+)$", rule.page, flags=re.M)
    text = sections[sections.index(heading) + 1]
    return [{code for code, _ in script.parse(found[1]).expected} for found in SCRIPT.finditer(text)]


def _link(rule: Rule, heading: str, found: list[set[str]]) -> str:
    """How many scripts there are, leading to them."""
    anchor = heading.lower().replace(" ", "-")
    return f"[{len(found) or 'in words'}](rules/{rule.code}.md#{anchor})"


def _names(names: Iterable[str]) -> str:
    every = list(names)
    more = f" and {len(every) - SHOWN} more" if len(every) > SHOWN else ""
    return ", ".join(every[:SHOWN]) + more
