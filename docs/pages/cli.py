"""The reference of the commands, in the words of `--help`."""

from docs.commands import Block, Command, commands


def pages() -> dict[str, str]:
    """`cli.md`."""
    return {"cli.md": "\n\n".join(["# Commands", *map(_section, commands())])}


def _section(command: Command) -> str:
    heading = [f"## {command.name}"] if command.name else []
    parts = [*heading, f"```text\n{command.usage}\n```", *map(_block, command.blocks)]
    if command.options:
        rows = ["| option | does |", "| --- | --- |"]
        for option in command.options:
            default = f" Default: `{option.default}`." if option.default else ""
            rows.append(f"| {_code(option.names)} | {_cell(option.help + default)} |")
        parts.append("\n".join(rows))
    return "\n\n".join(parts)


def _block(block: Block) -> str:
    return f"```text\n{block.text}\n```" if block.verbatim else block.text


def _code(text: str) -> str:
    return f"`{_cell(text)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
