"""Which rules may speak."""

from collections.abc import Iterable

from handshake_inspect.errors import UsageError
from handshake_inspect.rules.registry import matching, rules

CAPTURE = "CAP"
"The family of what is wrong with a capture itself."

NUMBERS = "ISN"
"The family of rules about initial sequence numbers."

OWN_WISH = "EXP"
"What a user expects is his own wish: naming other rules does not take it back, ignoring it does."


def own_wishes(codes: Iterable[str]) -> frozenset[str]:
    """Those of these codes that speak of what the user expects."""
    return frozenset(code for code in codes if code.startswith(OWN_WISH))


def all_matching(texts: Iterable[str]) -> frozenset[str]:
    """The codes that any of these codes, prefixes or names selects. UsageError for one that selects none."""
    return frozenset().union(*map(matching, texts))


def selected(select: Iterable[str], ignore: Iterable[str]) -> frozenset[str]:
    """The selected codes, all where none is, without the ignored ones. UsageError when none is left."""
    every = frozenset(rule.code for rule in rules())
    ignored = all_matching(ignore)
    chosen = (all_matching(select) or every) - ignored
    if not chosen:
        raise UsageError("the selection leaves no rule")
    return chosen | (own_wishes(every) - ignored)
