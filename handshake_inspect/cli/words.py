"""What a shell may offer while a rule is typed, or an option of one."""

import click
from click.shell_completion import CompletionItem


def rule_words(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Codes with their names; or names with their codes, where the letters typed are small ones.

    Only the last of several, apart by commas, is still open.
    """
    from handshake_inspect.rules.registry import rules

    before, comma, open_ = incomplete.rpartition(",")
    named = [(r.name, r.code) for r in rules() if open_ and r.name.startswith(open_)]
    coded = [(r.code, r.name) for r in rules() if r.code.startswith(open_.upper())]
    return [CompletionItem(before + comma + word, help=about) for word, about in named or coded]


def option_words(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[CompletionItem[str]]:
    """Every option of a rule with its default, to be changed."""
    from handshake_inspect.rules.registry import rules

    words = [(f"{r.code}.{o.name}={o.default:g}", o.text) for r in rules() for o in r.options]
    typed = incomplete.lower()
    return [CompletionItem(word, help=text) for word, text in words if word.lower().startswith(typed)]
