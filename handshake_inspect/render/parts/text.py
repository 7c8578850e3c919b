"""Text from outside made safe to print: file names, and whatever a capture says.

It knows nothing of what the text means. The one idea: what a reader cannot see must not act. Everything that
moves a cursor, turns the writing direction or takes no room is written as an escape.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import TextIO

# General categories of The Unicode Standard, §4.5: controls, format characters (bidi and zero width among
# them), surrogates, private use, unassigned, line and paragraph separators.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_PLAIN = re.compile(r"[ -~]*")

# One sign for one where there is one, so that columns stay in line.
_SPELLED = str.maketrans(
    {
        "\u00a0": " ",
        "\u2009": " ",
        "\u202f": " ",
        "§": "section ",
        "°": " deg",
        "·": "-",
        "×": "x",
        "–": "-",
        "—": "-",
        "−": "-",
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "…": "...",
        "←": "<-",
        "→": "->",
        "≈": "~",
        "≠": "!=",
        "≤": "<=",
        "≥": ">=",
        "µ": "u",
        "μ": "u",
    }
)


def clean(text: str) -> str:
    r"""The text with every character that cannot be seen as an escape: `\x1b`, `\u202e`, `\U000e0001`.

    A byte of a file name that is no UTF-8 is written as `\xff`.
    """
    if _PLAIN.fullmatch(text):
        return text
    return "".join(map(_visible, text))


def ascii_only(text: str) -> str:
    """Clean text in ASCII: spelled out where there is a usual way, escaped where there is none."""
    return clean(text).translate(_SPELLED).encode("ascii", "backslashreplace").decode("ascii")


@cache
def _visible(sign: str) -> str:
    code = ord(sign)
    if unicodedata.category(sign) not in _UNSEEN:
        return sign
    # Python carries an undecodable byte of a file name as a lone surrogate (PEP 383).
    if 0xDC80 <= code <= 0xDCFF:
        code -= 0xDC00
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def cleaner(out: TextIO) -> Callable[[str], str]:
    """What makes text safe for that stream: `ascii_only` where it has no Unicode, else `clean`."""
    encoding = (getattr(out, "encoding", None) or "utf-8").lower().replace("-", "")
    return clean if encoding.startswith("utf") else ascii_only


def plain_message(text: str) -> str:
    """Clean text as SARIF's, where `{` begins a placeholder and `[…](…)` is a link (§3.11.5, §3.11.6)."""
    return clean(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")
