"""A page for each rule, as its docstring has it, and a list of them."""

from handshake_inspect.rules.registry import Rule, rules


def pages() -> dict[str, str]:
    """`rules/README.md` and `rules/CODE.md` for every rule."""
    return {"rules/README.md": _list(), **{f"rules/{rule.code}.md": _page(rule) for rule in rules()}}


def _list() -> str:
    lines = ["# Rules", "", "| code | name | severity | what happened |", "| --- | --- | --- | --- |"]
    lines += [
        f"| [{r.code}]({r.code}.md) | {r.name} | {r.severity.word} | {_cell(r.summary)} |" for r in rules()
    ]
    lines += [
        "",
        "Each is one function; its docstring is its page, and the packet scripts on it are its tests.",
    ]
    return "\n".join(lines)


def _page(rule: Rule) -> str:
    return f"# {rule.code} {rule.name}\n\n*{rule.severity.word}* · [all rules](README.md)\n\n{rule.page}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
