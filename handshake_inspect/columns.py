"""A table: columns of equal length, each declared with its dtype, its unit and what it means.

Everything between the bytes and the words is such a table. A subclass declares its columns once; from the
declaration come its constructor, its documentation and its dtypes. Rows are plain positions.
"""

import mmap
from collections.abc import Sequence
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

FEW = 1024
"Rows that a table that grows has from the start: most captures need no more, and many may be read in turn."

SOME = 1 << 16
"Rows that it has next: as many as a batch brings."

MANY = 1 << 22
"Rows that it has after that, and four times as many each time: to grow is to be copied, and room is free."

_PRIVATE = {"flags": mmap.MAP_PRIVATE} if hasattr(mmap, "MAP_PRIVATE") else {}


def gather(data: Array, at: Array, item: np.dtype[Any]) -> Array:
    """The items that begin at these bytes of `data` (u1), all of which end inside it."""
    if not len(at):
        return np.empty(0, item)
    # Taking whole items as opaque bytes is several times faster than taking them field by field.
    opaque = np.dtype((np.void, item.itemsize))
    windows: Array = np.ndarray((len(data) - item.itemsize + 1,), opaque, buffer=data, strides=(1,))
    return windows[at].view(item)


def selection(rows: Array, count: int) -> Array | slice:
    """These of so many rows; a slice, which copies nothing, where they are all of them in order."""
    every = len(rows) == count and bool((rows[1:] > rows[:-1]).all())
    return slice(None) if every else rows


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
        """The rows at these positions, or where this mask is true; of a slice, which has no step, views."""
        if isinstance(rows, np.ndarray) and rows.dtype == bool:
            if rows.all():
                return self
            # Once for all columns.
            rows = np.flatnonzero(rows)
        # What is taken from proper columns is proper, and is not looked at again.
        part = object.__new__(type(self))
        for name in self.columns:
            setattr(part, name, getattr(self, name)[rows])
        return part

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

    @classmethod
    def concat(cls, tables: Sequence[Self]) -> Self:
        """The rows of all tables, one table behind the other."""
        tables = [t for t in tables if len(t)]
        if not tables:
            return cls.blank(0)
        if len(tables) == 1:
            return tables[0]
        return cls(**{name: np.concatenate([getattr(t, name) for t in tables]) for name in cls.columns})


def roomy(values: Array, count: int) -> Array:
    """These values where there are so many; else these, and room of zeros behind them."""
    if count <= len(values):
        return values
    larger = np.zeros(max(count, 2 * len(values)), values.dtype)
    larger[: len(values)] = values
    return larger


def _room(count: int, dtype: str) -> Array:
    """Zeros in pages of their own, which take no memory before something is written there.

    Where an allocator finds them room in what was used before, it has to write them.
    """
    size = count * np.dtype(dtype).itemsize
    try:
        pages = mmap.mmap(-1, size, **_PRIVATE)
    except OSError as error:
        # To everybody else it is what an allocator would say.
        raise MemoryError(f"no room for {size} bytes") from error
    return np.frombuffer(pages, dtype)


Rows = TypeVar("Rows", bound=Table)


class Picked:
    """Some rows of a column, which are copied once: to where they are wanted."""

    def __init__(self, values: Array, rows: Array) -> None:
        self.values = values
        self._rows = rows

    def __len__(self) -> int:
        return len(self._rows)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self.values.take(self._rows), dtype)

    def into(self, place: Array) -> None:
        """Write them here. `place` has their dtype, and no row is negative."""
        # To raise an error halfway, NumPy would write them somewhere else first.
        self.values.take(self._rows, out=place, mode="clip")


class Growing(Generic[Rows]):
    """A table that rows are added to."""

    def __init__(self, kind: type[Rows]) -> None:
        self.table = kind.blank(FEW)
        "the rows, and behind them room of zeros"
        self.count = 0

    def extend(self, count: int) -> slice:
        """So many more rows of zeros; where they are."""
        start, self.count = self.count, self.count + count
        room = len(self.table)
        if self.count > room:
            size = next((size for size in (SOME, MANY) if size >= self.count), max(self.count, 4 * room))
            for name, (dtype, _, _) in self.table.columns.items():
                larger = _room(size, dtype)
                written = getattr(self.table, name)[:start]
                if written.any():
                    larger[:start] = written
                setattr(self.table, name, larger)
        return slice(start, self.count)

    def add(self, **columns: Array | Picked) -> None:
        """Put rows with these columns behind the others; what is not given is zero."""
        rows = self.extend(len(next(iter(columns.values()))))
        for name, values in columns.items():
            source = values.values if isinstance(values, Picked) else values
            # Nearly always the first tells.
            if not (source[:1].any() or source.any()):
                continue
            place = getattr(self.table, name)[rows]
            if isinstance(values, Picked):
                values.into(place)
            else:
                place[:] = values

    def join(self, rows: Rows) -> None:
        """Put these rows behind the others."""
        self.add(**{name: getattr(rows, name) for name in rows.columns})

    def whole(self) -> Rows:
        """All rows, which are not copied."""
        return self.table.take(slice(0, self.count))

    def sort(self, order: Array) -> None:
        """Put all rows into this order, which moves few of them when they came nearly so."""
        moved = np.flatnonzero(order != np.arange(self.count))
        for name in self.table.columns:
            values = getattr(self.table, name)
            values[moved] = values[order[moved]]
