"""TCP options as bytes and as words.

The bytes are the truth and the words are a way to write them: bytes → words → bytes is the identity for any
option field, however broken. What no word fits is written `raw` with its hexadecimal digits.
"""

import re
from collections.abc import Callable
from enum import IntEnum

from handshake_inspect.errors import ScriptError


class Kind(IntEnum):
    """The option kinds that have a word (RFC 9293 §3.2, RFC 7323, 2018, 2385, 5925, 8684, 7413)."""

    EOL = 0
    NOP = 1
    MSS = 2
    WSCALE = 3
    SACK_OK = 4
    TIMESTAMPS = 8
    MD5 = 19
    AO = 29
    MPTCP = 30
    FAST_OPEN = 34


HEXADECIMAL = {"md5": Kind.MD5, "ao": Kind.AO, "mptcp": Kind.MPTCP, "FO": Kind.FAST_OPEN}
"word → kind of the options written as the digits of their content"

WORDS = {int(kind): word for word, kind in HEXADECIMAL.items()}


def _option(kind: int, content: bytes) -> bytes:
    return bytes((kind, 2 + len(content))) + content


def _number(digits: str, size: int) -> bytes:
    if not re.fullmatch("[0-9]{1,10}", digits, re.ASCII) or int(digits) >= 256**size:
        raise ScriptError(f"{digits} is no number of {size} bytes")
    return int(digits).to_bytes(size, "big")


def _digits(text: str) -> bytes:
    if not re.fullmatch("([0-9a-fA-F]{2}){0,40}", text, re.ASCII):
        raise ScriptError(f"{text} is no even number of hexadecimal digits, at most 80")
    return bytes.fromhex(text)


ENCODE: dict[str, tuple[int, Callable[..., bytes]]] = {
    "eol": (0, lambda: bytes((Kind.EOL,))),
    "nop": (0, lambda: bytes((Kind.NOP,))),
    "mss": (1, lambda value: _option(Kind.MSS, _number(value, 2))),
    "wscale": (1, lambda value: _option(Kind.WSCALE, _number(value, 1))),
    "sackOK": (0, lambda: _option(Kind.SACK_OK, b"")),
    "raw": (1, _digits),
}
"word → how many values follow it, and what makes bytes of them"


def encode(text: str) -> bytes:
    """The option field that a comma-separated list of words stands for; ScriptError where one is unknown."""
    return b"".join(_encode_one(part.split()) for part in text.split(","))


def _encode_one(words: list[str]) -> bytes:
    match words:
        case ["TS", "val", value, "ecr", echo]:
            return _option(Kind.TIMESTAMPS, _number(value, 4) + _number(echo, 4))
        case [word, *digits] if word in HEXADECIMAL and len(digits) < 2:
            return _option(HEXADECIMAL[word], _digits("".join(digits)))
        case [word, *values] if word in ENCODE and ENCODE[word][0] == len(values):
            return ENCODE[word][1](*values)
    known = ", ".join(["TS val N ecr N", *ENCODE, *HEXADECIMAL])
    raise ScriptError(f"the option {' '.join(words)!r} is not known; there are {known}")


def decode(options: bytes) -> str:
    """The words for an option field; those that `encode` turns back into the same bytes."""
    words: list[str] = []
    while options:
        kind = options[0]
        length = 1 if kind in (Kind.EOL, Kind.NOP) else options[1] if len(options) > 1 else 0
        word = _decode_one(kind, length, options[2:length]) if 1 <= length <= len(options) else None
        if word is None:
            return ",".join([*words, "raw " + options.hex()])
        words.append(word)
        options = options[length:]
    return ",".join(words)


def _decode_one(kind: int, length: int, content: bytes) -> str | None:
    match kind, length:
        case (Kind.EOL, 1):
            return "eol"
        case (Kind.NOP, 1):
            return "nop"
        case (Kind.MSS, 4):
            return f"mss {int.from_bytes(content, 'big')}"
        case (Kind.WSCALE, 3):
            return f"wscale {content[0]}"
        case (Kind.SACK_OK, 2):
            return "sackOK"
        case (Kind.TIMESTAMPS, 10):
            return f"TS val {int.from_bytes(content[:4], 'big')} ecr {int.from_bytes(content[4:], 'big')}"
        case _ if kind in WORDS and length >= 2:
            return f"{WORDS[kind]} {content.hex()}".rstrip()
        case _ if length >= 2:
            return "raw " + bytes((kind, length)).hex() + content.hex()
    return None
