"""The catalogue: which rules there are, found by looking into this folder.

A rule is one function in a file of its name, in the folder of its family. Its docstring is its help, its
page and its test: the first sentence says what happened and would be true of any implementation; fixed
headings follow; the packet scripts under them are run.
"""

import inspect
import pkgutil
from collections.abc import Callable, Iterable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Concatenate, TypeVar

from msgspec import Struct

from handshake_inspect.errors import UsageError
from handshake_inspect.finding import Severity
from handshake_inspect.rules.option import Option

if TYPE_CHECKING:
    from handshake_inspect.rules.case import Case, Hit, Whole, WholeHit

HEADINGS = (
    "What it checks",
    "Why it matters",
    "Example",
    "Not flagged",
    "What to do",
    "Limits",
    "Sources",
)
"Every page has these, in this order."

OPTIONS = "Options"
"Stands before the limits on the page of a rule that has any, made from their declaration."


class Rule(Struct, frozen=True):
    """One rule of the catalogue."""

    code: str
    name: str
    severity: Severity
    doc: str
    "the docstring of its function"
    of_story: "Callable[Concatenate[Case, ...], Iterable[Hit]] | None" = None
    "for a rule about one connection: asked once for each story, with the values of its options"
    of_whole: "Callable[Concatenate[Whole, ...], Iterable[WholeHit]] | None" = None
    "for a rule about the recording: asked once, with the values of its options"
    last: bool = False
    "asked after all rules about connections, whose findings it sees"
    settled: bool = False
    "asked when everything else is settled; what it sees is what will be said"
    options: tuple[Option, ...] = ()
    "what can be set of it"

    @property
    def page(self) -> str:
        """Markdown: the first sentence, then the headings."""
        return _page(self)

    @property
    def summary(self) -> str:
        """The first sentence."""
        return self.page.split("\n", 1)[0].strip()

    @property
    def sources(self) -> tuple[str, ...]:
        """What its page cites."""
        _, _, text = self.page.partition("## Sources\n")
        return tuple(line.removeprefix("- ").strip() for line in text.strip().splitlines() if line.strip())


@cache
def _page(rule: Rule) -> str:
    # A hundred of them take longer to lay out than a small capture takes to examine.
    page = inspect.cleandoc(rule.doc)
    return page.replace("## Limits\n", f"{_options(rule)}## Limits\n", 1) if rule.options else page


def _options(rule: Rule) -> str:
    listed = "\n".join(f"- `{o.name}`, {o.default:g} {o.unit} by default: {o.text}" for o in rule.options)
    first = rule.options[0]
    how = f"`[rules.{rule.code}]` in the configuration, or `--set {rule.code}.{first.name}={first.default:g}`"
    return f"## {OPTIONS}\n{listed}\n\nSet under {how}.\n\n"


_found: dict[str, Rule] = {}
F = TypeVar("F", bound=Callable[..., Any])


def rule(
    code: str,
    name: str,
    severity: Severity,
    *options: Option,
    whole: bool = False,
    last: bool = False,
    settled: bool = False,
) -> Callable[[F], F]:
    """Make the function below a rule, which gets these options by name.

    With `whole` it is asked about the recording, else about each story. With `last` as well it is asked when
    all rules about connections have spoken, with `settled` when all rules have, and what explains what is
    settled.
    """

    def register(function: F) -> F:
        if code in _found:
            raise ValueError(f"{code} is declared twice")
        asked = {"of_whole": function} if whole else {"of_story": function}
        _found[code] = Rule(
            code,
            name,
            severity,
            function.__doc__ or "",
            **asked,
            last=last,
            settled=settled,
            options=options,
        )
        return function

    return register


@cache
def rules() -> tuple[Rule, ...]:
    """All rules, by code."""
    package = import_module("handshake_inspect.rules")
    for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        import_module(module.name)
    return tuple(_found[code] for code in sorted(_found))


def find(text: str) -> Rule:
    """The rule with this code or name. UsageError when there is none."""
    for known in rules():
        if text.upper() == known.code or text.lower() == known.name:
            return known
    raise UsageError(unknown(text))


def matching(text: str) -> frozenset[str]:
    """The codes that a code, a prefix of codes or a name selects. UsageError when it selects none."""
    codes = {r.code for r in rules() if r.code.startswith(text.upper()) or r.name == text.lower()}
    if not codes:
        raise UsageError(unknown(text))
    return frozenset(codes)


def unknown(text: str) -> str:
    """What to say of a rule that does not exist."""
    import difflib

    names = [n for r in rules() for n in (r.code, r.name)]
    near = difflib.get_close_matches(text, names, 1) or difflib.get_close_matches(text.upper(), names, 1)
    return f"{text}: no such rule" + (f"; did you mean {near[0]}?" if near else "")
