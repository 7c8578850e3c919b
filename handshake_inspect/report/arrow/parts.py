"""What both tables are made of: words out of a few, objects inside rows, and what a table says of itself.

It knows Arrow's arrays, and nothing of connections or findings.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import msgspec
import numpy as np
import pyarrow
from msgspec import Struct
from msgspec.structs import replace

from handshake_inspect import __version__
from handshake_inspect.columns import Array
from handshake_inspect.report.model import SCHEMA_VERSION, CaptureInfo
from handshake_inspect.units import spelled

WHOLE = pyarrow.int64()

WORD = pyarrow.dictionary(pyarrow.int32(), pyarrow.string())
"A string that is one of a few."


def table(pieces: Iterable[pyarrow.StructArray], captures: Iterable[CaptureInfo]) -> pyarrow.Table:
    """The objects of all pieces, a row each; the metadata say of which captures they are."""
    read = [replace(capture, path=spelled(capture.path)) for capture in captures]
    about = {
        "handshake-inspect.schema_version": str(SCHEMA_VERSION),
        "handshake-inspect.version": __version__,
        "handshake-inspect.captures": msgspec.json.encode(read),
    }
    batches = [pyarrow.RecordBatch.from_struct_array(piece) for piece in pieces]
    made = pyarrow.Table.from_batches(batches).unify_dictionaries()
    return made.replace_schema_metadata(about)


def objects(kind: type[Struct], absent: Array | None = None, /, **columns: Any) -> pyarrow.StructArray:
    """Objects of the JSON form from a column for each field; null where they are absent."""
    names = kind.__struct_fields__
    mask = None if absent is None else pyarrow.array(absent)
    return pyarrow.StructArray.from_arrays([columns[name] for name in names], list(names), mask=mask)


def column(values: Array, kind: pyarrow.DataType, absent: Array | None = None) -> pyarrow.Array:
    """Numbers as a column, null where they are absent."""
    # What stands where nothing is need not fit.
    return pyarrow.array(values, mask=absent).cast(kind, safe=absent is None)


def words(of_each: Sequence[str | None], rows: Array) -> pyarrow.DictionaryArray:
    """For each row the word at that position, of words that many rows share."""
    known = sorted({word for word in of_each if word is not None})
    index = {word: at for at, word in enumerate(known)}
    at = np.array([-1 if word is None else index[word] for word in of_each], np.int32)[rows]
    each = pyarrow.array(known, pyarrow.string())
    return pyarrow.DictionaryArray.from_arrays(pyarrow.array(at, mask=at < 0), each)


def lists(held: Sequence[Sequence[Any]], values: pyarrow.Array) -> pyarrow.ListArray:
    """A list for each row, so long as those held, of all their values one behind the other."""
    ends = [0, *accumulate(map(len, held))]
    return pyarrow.ListArray.from_arrays(pyarrow.array(ends, pyarrow.int32()), values)
