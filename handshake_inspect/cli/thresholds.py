"""What `--set` says: options of rules, over those of the configuration file."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from handshake_inspect.errors import UsageError

Thresholds = Mapping[str, Mapping[str, float]]


def thresholds(given: Iterable[str], configured: Thresholds) -> Thresholds:
    """By code the options that are set, each as it was said last. UsageError."""
    said: dict[str, dict[str, object]] = {}
    for text in given:
        place, is_, value = text.partition("=")
        rule, dot, option = place.strip().partition(".")
        if not (is_ and dot):
            raise UsageError(f"--set: {text} sets nothing; say RULE.OPTION=VALUE, as in SYN017.seconds=2.5")
        said.setdefault(rule, {})[option] = _number(value.strip())
    if not said:
        return configured
    # Late: the registry imports every rule.
    from handshake_inspect.rules.values import chosen

    try:
        made = chosen(said)
    except UsageError as error:
        raise UsageError(f"--set: {error}") from None
    return {code: {**configured.get(code, {}), **made.get(code, {})} for code in {**configured, **made}}


def _number(text: str) -> object:
    """The number, or the text where it is none."""
    for kind in (int, float):
        with suppress(ValueError):
            return kind(text)
    return text
