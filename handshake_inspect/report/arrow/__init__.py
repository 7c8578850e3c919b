"""The report as Arrow tables: for DuckDB, polars, pandas and Parquet, a million connections at a time.

It knows that pyarrow is an extra. The one idea: a table has the names and the values of the JSON form, object
for object, so what is said of one holds for the other; `flatten()` makes columns of the objects inside.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from handshake_inspect.columns import Array
from handshake_inspect.errors import UsageError
from handshake_inspect.finding import Finding
from handshake_inspect.flow.connections import Connections
from handshake_inspect.report.model import CaptureInfo

if TYPE_CHECKING:
    import pyarrow


def connection_table(
    all_: Connections, lives: Array, found: tuple[Sequence[str], Array], captures: Iterable[CaptureInfo]
) -> "pyarrow.Table":
    """A row for each of these lives, in this order. UsageError where pyarrow is missing.

    `found` has all codes, and rising what was found in all lives: life * number of codes + index of the code.
    """
    _require()
    from handshake_inspect.report.arrow.connections import connections
    from handshake_inspect.report.arrow.parts import table

    return table([connections(all_, lives, found)], captures)


def finding_table(all_: Iterable[Finding], captures: Iterable[CaptureInfo]) -> "pyarrow.Table":
    """A row for each of these findings, in this order. UsageError where pyarrow is missing."""
    _require()
    from handshake_inspect.report.arrow.findings import findings
    from handshake_inspect.report.arrow.parts import table

    return table(findings(all_), captures)


def _require() -> None:
    try:
        import pyarrow  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "an Arrow table needs the Python package pyarrow: install it, or the extra arrow of this package"
        ) from error
