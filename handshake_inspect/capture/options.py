"""The options behind a pcapng block's fields: a chain of code, length and padded value.

It knows draft-ietf-opsawg-pcapng §3.5 and no single option's meaning. The one idea: options that run past
their block are damage where their meaning is needed, never a shorter list.
"""

from struct import Struct

import numpy as np

from handshake_inspect.capture.walk import Bytes
from handshake_inspect.columns import Array

END = 0
"opt_endofopt; a list may also end with its block"


MOST_OPTIONS = 4096
"More options than this stand on no packet; a list without end must not hold up a capture."


class OptionsError(ValueError):
    """The options of a block run past its end."""


def read_options(body: bytes, order: str) -> dict[int, bytes]:
    """The first value of each option code in `body`, the bytes between a block's fields and its last length.

    Raises OptionsError when an option is longer than what is left.
    """
    head = Struct(f"{order}HH")
    found: dict[int, bytes] = {}
    at = 0
    while at + head.size <= len(body):
        code, length = head.unpack_from(body, at)
        if code == END:
            break
        at += head.size
        if at + length > len(body):
            raise OptionsError(f"option {code} is {length} bytes long and {len(body) - at} are left")
        found.setdefault(code, body[at : at + length])
        at += length + -length % 4
    return found


def read_number(options: dict[int, bytes], code: int, size: int, order: str) -> int | None:
    """The unsigned number of `size` bytes in an option; None when it is absent or of another size."""
    value = options.get(code, b"")
    return int.from_bytes(value, "little" if order == "<" else "big") if len(value) == size else None


def first_u64_options(data: Bytes, order: str, starts: Array, ends: Array, code: int) -> tuple[Array, Array]:
    """For each of many option lists at `data[start:end]`: its first 64-bit option of this code, if any.

    Gives the values as u8, and a mask of the lists that have one. Positions are multiples of 4. Nothing else
    of these lists is wanted, so one is read as far as it holds, and no further than `MOST_OPTIONS`.
    """
    values, has = np.zeros(len(starts), np.uint64), np.zeros(len(starts), np.bool_)
    halves = data[: len(data) // 2 * 2].view(f"{order}u2")
    words = data[: len(data) // 4 * 4].view(f"{order}u4")
    high, low = (0, 1) if order == ">" else (1, 0)
    rows = np.flatnonzero(starts + 4 <= ends)
    at = starts[rows]
    for _ in range(MOST_OPTIONS):
        if not len(rows):
            break
        found = halves[at >> 1]
        length = halves[(at >> 1) + 1].astype(np.int64)
        following = at + 4 + (length + 3 & ~3)
        whole = (found != END) & (at + 4 + length <= ends[rows])
        wanted = whole & (found == code) & (length == 8)
        value = at[wanted] + 4 >> 2
        values[rows[wanted]] = words[value + high].astype(np.uint64) << np.uint64(32) | words[value + low]
        has[rows[wanted]] = True
        going = whole & ~wanted & (following + 4 <= ends[rows])
        rows, at = rows[going], following[going]
    return values, has
