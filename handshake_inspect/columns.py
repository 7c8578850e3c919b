"""A table: columns of equal length, each declared with its dtype, its unit and what it means.

Everything between the bytes and the words is such a table. A subclass declares its columns once; from the
declaration come its constructor, its documentation and its dtypes. Rows are plain positions.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FEW = 1024
"Rows that a table that grows has from the start: most captures need no more, and many may be read in turn."

MANY = 1 << 20
"Rows that it has next. Zeros cost nothing before they are written, and whenever a table grows it is copied."


def distinct(values: Array) -> Array:
    """The different values, rising.

    For integers several times as fast as numpy.unique, which also imports numpy.ma, 20 ms at start-up.
    """
    rising = np.sort(values)
    new = np.ones(len(rising), bool)
    np.not_equal(rising[1:], rising[:-1], out=new[1:])
    return rising[new]


def among(values: Array, wanted: Array) -> Array:
    """For each value whether it is one of `wanted`."""
    found: Array = places(values, np.sort(wanted)) >= 0
    return found


FEW_DIFFERENT = 512
"So many numbers have slots of their own in a table of hashes that is not too large to be quick."


def places(values: Array, rising: Array) -> Array:
    """For each integer its position in `rising`, or -1 where it is not there."""
    if not len(rising):
        return np.full(len(values), -1)
    few = len(rising) <= FEW_DIFFERENT and len(values) >= len(rising) << 6
    at = _slotted(values, rising) if few else np.searchsorted(rising, values)
    at = np.minimum(at, len(rising) - 1)
    return np.where(rising[at] == values, at, -1)


def _slotted(values: Array, rising: Array) -> Array:
    """The only position in `rising` that each value can have, where many values stand for few.

    A search guesses wrong at every step when they come in no order; a table of hashes is one step. Where two
    numbers share a slot it is of no use, so it has many more slots than numbers.
    """
    positions = np.arange(len(rising), dtype=np.int32)
    shift = np.uint64(64 - 2 * len(rising).bit_length() - 2)

    def slot(numbers: Array) -> Array:
        # The fractional part of the golden ratio scatters what is evenly spaced.
        return (numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> shift

    slots = np.full(1 << (64 - int(shift)), -1, np.int32)
    own = slot(rising)
    slots[own] = positions
    return slots[slot(values)] if (slots[own] == positions).all() else np.searchsorted(rising, values)


def gather(data: Array, at: Array, item: np.dtype[Any]) -> Array:
    """The items that begin at these bytes of `data` (u1), all of which end inside it."""
    if not len(at):
        return np.empty(0, item)
    # Taking whole items as opaque bytes is several times faster than taking them field by field.
    opaque = np.dtype((np.void, item.itemsize))
    windows: Array = np.ndarray((len(data) - item.itemsize + 1,), opaque, buffer=data, strides=(1,))
    return windows[at].view(item)


def frequent(values: Array, least: int) -> Array:
    """The integers that stand among these at least so many times, rising."""
    if len(values) < least:
        return values[:0]
    # One sort drops what is rare, before anything else is put in order.
    rising = np.sort(values)
    return distinct(rising[least - 1 :][rising[least - 1 :] == rising[: len(rising) - least + 1]])


class Column(NamedTuple):
    """How one column is declared."""

    dtype: str
    unit: str
    meaning: str


def column(dtype: str, unit: str, meaning: str) -> Any:
    """Declare a column in the body of a `Table`."""
    return Column(dtype, unit, meaning)


class Table:
    """Equal-length arrays under declared names; immutable by convention."""

    columns: ClassVar[dict[str, Column]] = {}

    def __init_subclass__(cls) -> None:
        own = {name: value for name, value in vars(cls).items() if isinstance(value, Column)}
        inherited = [base.columns for base in cls.__bases__ if issubclass(base, Table)]
        cls.columns = {name: declared for columns in [*inherited, own] for name, declared in columns.items()}
        for name in own:
            delattr(cls, name)

    def __init__(self, **arrays: Any) -> None:
        if arrays.keys() != self.columns.keys():
            raise TypeError(f"{type(self).__name__}: columns {sorted(arrays.keys() ^ self.columns.keys())}")
        for name, (dtype, _, _) in self.columns.items():
            setattr(self, name, np.ascontiguousarray(arrays[name], dtype))
        lengths = {len(getattr(self, name)) for name in self.columns}
        if len(lengths) > 1:
            raise ValueError(f"{type(self).__name__}: columns of lengths {sorted(lengths)}")

    def __len__(self) -> int:
        return len(getattr(self, next(iter(self.columns))))

    def take(self, rows: Array | slice) -> Self:
        """The rows at these positions, or where this mask is true."""
        if isinstance(rows, np.ndarray) and rows.dtype == bool:
            if rows.all():
                return self
            # Once for all columns.
            rows = np.flatnonzero(rows)
        return type(self)(**{name: getattr(self, name)[rows] for name in self.columns})

    @classmethod
    def part_of(cls, wider: "Table") -> Self:
        """The columns of a table that has these and more."""
        return cls(**{name: getattr(wider, name) for name in cls.columns})

    def row(self, position: int) -> dict[str, Any]:
        """One row as Python values, for people and tests."""
        return {name: getattr(self, name)[position].item() for name in self.columns}

    @classmethod
    def blank(cls, length: int) -> Self:
        """A table of zeros."""
        return cls(**{name: np.zeros(length, declared.dtype) for name, declared in cls.columns.items()})

    def roomy(self, rows: int) -> Self:
        """This table where it has so many rows; else these rows, and many of zeros behind them."""
        if rows <= len(self):
            return self
        larger = self.blank(max(rows, MANY, 4 * len(self)))
        for name in self.columns:
            getattr(larger, name)[: len(self)] = getattr(self, name)
        return larger

    @classmethod
    def concat(cls, tables: Sequence[Self], order: Array | None = None) -> Self:
        """The rows of all tables, one table behind the other, or in this order of theirs.

        Only one column at a time is held twice.
        """
        tables = [t for t in tables if len(t)]
        if not tables:
            return cls.blank(0)
        if len(tables) == 1 and order is None:
            return tables[0]
        joined = {}
        for name in cls.columns:
            column = np.concatenate([getattr(t, name) for t in tables])
            joined[name] = column if order is None else column[order]
        return cls(**joined)
