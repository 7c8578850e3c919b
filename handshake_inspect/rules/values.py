"""The values of the rules' options: what a user set, and the defaults.

It knows what may be set, not where it was written. A message begins with the words that are wrong, as they
were written, so that whoever reads them can say where that was.
"""

from collections.abc import Mapping

from handshake_inspect.errors import UsageError
from handshake_inspect.rules.option import Option
from handshake_inspect.rules.registry import Rule, find, rules

Values = Mapping[str, Mapping[str, float]]
"By a rule's code, the values of its options by name."


def chosen(given: Mapping[str, object]) -> dict[str, dict[str, float]]:
    """What is set, by code, of what may be said by code or by name. UsageError."""
    made: dict[str, dict[str, float]] = {}
    for text, table in given.items():
        rule = find(text)
        if not isinstance(table, Mapping):
            raise UsageError(f"{text}: must be a table of options")
        values = made.setdefault(rule.code, {})
        for name, value in table.items():
            option = _option(rule, text, name)
            if name in values:
                raise UsageError(f"{text}.{name}: is set twice, as one of {rule.code} and of {rule.name}")
            try:
                values[name] = option.checked(value)
            except ValueError as error:
                raise UsageError(f"{text}.{name}: {error}") from None
    return made


def complete(given: Mapping[str, object]) -> Values:
    """The value of every option of every rule. UsageError for what cannot be set."""
    said = chosen(given)
    return {r.code: {o.name: o.default for o in r.options} | said.get(r.code, {}) for r in rules()}


def _option(rule: Rule, text: str, name: str) -> Option:
    for option in rule.options:
        if option.name == name:
            return option
    import difflib

    names = [option.name for option in rule.options]
    near = difflib.get_close_matches(name, names, 1) or names
    meant = f"did you mean {' or '.join(near)}?" if near else "this rule has none"
    raise UsageError(f"{text}.{name}: no such option; {meant}")
