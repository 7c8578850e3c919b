"""The keys of a configuration file, and what may stand for each.

It knows names, types and choices; what they do is known elsewhere. Its one idea: whatever is wrong is said in
one line, with the file, the key and, where there is one, what was probably meant.
"""

import difflib
import glob
import os
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeVar

from handshake_inspect.agreements import Expectation, Ignore
from handshake_inspect.config.choices import CONFIDENCES, CONNECTIONS, FAIL_ON, SEVERITIES
from handshake_inspect.errors import UsageError
from handshake_inspect.rules import outcomes, reach
from handshake_inspect.rules.registry import matching
from handshake_inspect.rules.values import chosen

CHOICES = {
    "min-severity": SEVERITIES,
    "min-confidence": CONFIDENCES,
    "fail-on": FAIL_ON,
    "connections": CONNECTIONS,
}
"keys for which one of these stands"
RULES = ("select", "ignore")
FLAGS = ("separate", "strict")
OPTIONS = (*RULES, "where", "limit", "baseline", *CHOICES, *FLAGS)
"keys that stand for options of the command line"
SCOPE = ("captures", "hosts", "services")
IGNORES = ("rules", "reason", *SCOPE)
EXPECTATIONS = ("outcome", "rules", "reason", *SCOPE)
TABLES = {"ignores": IGNORES, "expectations": EXPECTATIONS}
"keys for which several tables stand, and the keys in those"
THRESHOLDS = "rules"
"key for which a table for each rule stands, with its options"

Agreement = TypeVar("Agreement", Ignore, Expectation)


class Keys:
    """The keys of one file."""

    def __init__(self, path: str, prefix: str) -> None:
        self._path = path
        self._prefix = prefix
        self._folder = os.path.dirname(path)

    def options(self, said: dict[str, Any]) -> dict[str, Any]:
        """What stands for options, by parameter. UsageError for anything wrong at the top level."""
        self._known(said, (*OPTIONS, *TABLES, THRESHOLDS), "")
        return {key.replace("-", "_"): self._option(key, said[key]) for key in OPTIONS if key in said}

    def ignores(self, said: dict[str, Any]) -> tuple[Ignore, ...]:
        """What is to be ignored. Raises UsageError."""
        return self._agreements(Ignore, "ignores", said)

    def expectations(self, said: dict[str, Any]) -> tuple[Expectation, ...]:
        """What is expected. Raises UsageError."""
        return self._agreements(Expectation, "expectations", said)

    def rules(self, said: dict[str, Any]) -> dict[str, dict[str, float]]:
        """What is set of rules, by code. Raises UsageError."""
        tables = said.get(THRESHOLDS, {})
        if not isinstance(tables, dict):
            self._wrong(THRESHOLDS, f"must be tables: [{self._prefix}{THRESHOLDS}.CODE]")
        try:
            return chosen(tables)
        except UsageError as error:
            # It begins with the rest of the key.
            raise UsageError(f"{self._path}: {self._prefix}{THRESHOLDS}.{error}") from None

    def _option(self, key: str, value: Any) -> Any:
        if key in RULES:
            return self._texts(key, value, matching)
        if key in FLAGS:
            return value if isinstance(value, bool) else self._wrong(key, "must be true or false")
        if key == "limit":
            counts = isinstance(value, int) and not isinstance(value, bool) and value >= 0
            return value if counts else self._wrong(key, "must be a number from 0")
        text = self._text(key, value)
        if key in CHOICES and text not in CHOICES[key]:
            self._wrong(key, f"must be one of {', '.join(CHOICES[key])}; it is {text}")
        # A path in a file is meant from where the file stands.
        return os.path.join(self._folder, text) if key == "baseline" else text

    def _agreements(
        self, kind: Callable[..., Agreement], key: str, said: dict[str, Any]
    ) -> tuple[Agreement, ...]:
        tables = said.get(key, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._wrong(key, f"must be tables: [[{self._prefix}{key}]]")
        return tuple(
            kind(**self._agreement(key, f"{key}[{at}].", table)) for at, table in enumerate(tables, 1)
        )

    def _agreement(self, key: str, place: str, table: dict[str, Any]) -> dict[str, Any]:
        """The parts of an agreement."""
        self._known(table, TABLES[key], place)
        if "reason" not in table:
            self._wrong(f"{place}reason", "is missing; say why")
        made: dict[str, Any] = {"reason": self._text(f"{place}reason", table["reason"])}
        if "rules" in table:
            made["rules"] = self._texts(f"{place}rules", table["rules"], matching)
        elif key == "ignores":
            self._wrong(f"{place}rules", "is missing; say which rules")
        elif "outcome" not in table:
            self._wrong(f"{place}outcome", "is missing, and so is rules; say what is expected")
        if "outcome" in table:
            made["outcome"] = self._text(f"{place}outcome", table["outcome"], outcomes.check)
        checks = {"captures": None, "hosts": reach.network, "services": reach.service}
        for name, check in checks.items():
            if name in table:
                made[name] = self._texts(f"{place}{name}", table[name], check)
        if "captures" in made:
            # A glob with folders is meant from where the file stands, like every path in it.
            folder = glob.escape(os.path.abspath(self._folder))
            made["captures"] = tuple(os.path.join(folder, p) if "/" in p else p for p in made["captures"])
        return made

    def _known(self, said: dict[str, Any], keys: Iterable[str], place: str) -> None:
        for key in said:
            if key not in keys:
                near = difflib.get_close_matches(key, keys, 1)
                self._wrong(f"{place}{key}", "is no key" + (f"; did you mean {near[0]}?" if near else ""))

    def _texts(self, key: str, value: Any, check: Callable[[str], object] | None = None) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            self._wrong(key, "must be a list of strings, and not empty")
        return tuple(self._text(key, each, check) for each in value)

    def _text(self, key: str, value: Any, check: Callable[[str], object] | None = None) -> str:
        if not isinstance(value, str) or not value.strip():
            self._wrong(key, f"{value!r} must be a string, and not empty")
        if check:
            try:
                check(value)
            except UsageError as error:
                self._wrong(key, str(error))
        return value

    def _wrong(self, key: str, what: str) -> NoReturn:
        raise UsageError(f"{self._path}: {self._prefix}{key}: {what}")
