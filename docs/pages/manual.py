"""The manual page, `man handshake-inspect`: the words of `--help` in the sections that such a page has.

It is written in the man macros of roff (groff_man(7)), which every system can show.
"""

import re

from docs.commands import Block, Command, commands
from handshake_inspect import __version__

ENVIRONMENT = [
    ("NO_COLOR", "Where it is set to anything, there are no colours, unless `--color` asks for them."),
    ("COLUMNS", "How wide the report is, in place of the terminal's width, or of 80 in a pipe."),
    ("HANDSHAKE_INSPECT_DEBUG", "Where it is set to anything, a bug in the program shows where it happened."),
]

EXAMPLES = [
    ("What went wrong in a capture:", "handshake-inspect capture.pcapng"),
    (
        "The same, while it is captured elsewhere:",
        "ssh gateway tcpdump -w - 'tcp port 443' | handshake-inspect -",
    ),
    ("Connection 3 as a ladder, with the states of both ends:", "handshake-inspect trace capture.pcapng 3"),
    (
        "Only connections that did not open, for another program:",
        "handshake-inspect check --format jsonl --where 'not outcome established' capture.pcapng",
    ),
    ("What a code means, and what to do about it:", "handshake-inspect rules SYN003"),
]

EXIT = "Exit status:"
"How the paragraph begins that has a section of its own."


def pages() -> dict[str, str]:
    """`man/handshake-inspect.1`."""
    program, *others = commands()
    description, status = [], []
    for block in program.blocks[1:]:
        (status if block.text.startswith(EXIT) else description).append(block)
    lines = [
        f'.TH HANDSHAKE\\-INSPECT 1 "" "handshake\\-inspect {__version__}" "User Commands"',
        ".SH NAME",
        f"handshake\\-inspect \\- {_inline(_lower(program.blocks[0].text.rstrip('.')))}",
        ".SH SYNOPSIS",
        *(line for command in others for line in _usage(command.usage)),
        ".SH DESCRIPTION",
        *_blocks(program.blocks[:1] + description),
        ".SH OPTIONS",
        *_options(program),
        ".SH COMMANDS",
        *(line for command in others for line in _command(command)),
        ".SH EXIT STATUS",
        *(line for block in status for line in _statuses(block)),
        ".SH ENVIRONMENT",
        *(line for name, text in ENVIRONMENT for line in (".TP", f".B {_literal(name)}", _inline(text))),
        ".SH EXAMPLES",
        *(line for text, command in EXAMPLES for line in _example(text, command)),
        ".SH SEE ALSO",
        ".BR tcpdump (8),",
        ".BR tshark (1),",
        ".BR wireshark\\-filter (4)",
        ".PP",
        "RFC 9293, Transmission Control Protocol",
    ]
    return {"man/handshake-inspect.1": "\n".join(lines)}


def _command(command: Command) -> list[str]:
    return [f".SS {_literal(command.usage)}", *_blocks(command.blocks), *_options(command)]


def _options(command: Command) -> list[str]:
    lines = []
    for option in command.options:
        default = f" Default: `{option.default}`." if option.default else ""
        lines += [".TP", f".B {_literal(option.names)}", _inline(option.help + default)]
    return lines


def _usage(usage: str) -> list[str]:
    """The program and the command in bold, what follows as it is."""
    program, command, rest = usage.split(" ", 2)
    return [f".B {_literal(program)} {_literal(command)}", _literal(rest), ".br"]


def _blocks(blocks: list[Block]) -> list[str]:
    lines = []
    for block in blocks:
        if block.verbatim:
            lines += [".PP", ".nf", ".RS", *map(_literal, block.text.splitlines()), ".RE", ".fi"]
        else:
            lines += [".PP", _inline(block.text)]
    return lines


def _statuses(block: Block) -> list[str]:
    """A row each: the number, and what it says."""
    lines = []
    for row in block.text.removeprefix(EXIT).strip().splitlines():
        number, text = row.split(maxsplit=1)
        lines += [".TP", f".B {number}", _inline(text)]
    return lines


def _example(text: str, command: str) -> list[str]:
    return [".PP", _inline(text), ".PP", ".RS", ".nf", _literal(command), ".fi", ".RE"]


def _inline(text: str) -> str:
    """Running text; what is quoted as code becomes bold."""
    return re.sub(r"`([^`]+)`", r"\\fB\1\\fR", _literal(text))


def _literal(text: str) -> str:
    """Text that roff shows as it is: no escapes, no request at the start of a line, ASCII hyphens."""
    shown = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{shown}" if shown[:1] in (".", "'") else shown


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
