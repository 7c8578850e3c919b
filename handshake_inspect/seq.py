"""Arithmetic modulo 2**32, for integers and arrays: the only place it is done.

Sequence numbers are compared by the sign of their difference (RFC 9293 §3.4), which is right for any two
numbers less than 2**31 apart. Callers compare numbers of the same moment only, so a transfer of any length
stays within that.
"""

from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

MODULUS = 1 << 32


@overload
def ahead(a: int, b: int) -> int: ...
@overload
def ahead(a: NDArray[Any], b: NDArray[Any] | int) -> NDArray[np.int32]: ...
@overload
def ahead(a: int, b: NDArray[Any]) -> NDArray[np.int32]: ...
def ahead(a: Any, b: Any) -> Any:
    """How far sequence number `a` lies ahead of `b`, from -2**31 to 2**31 - 1 bytes (RFC 9293 §3.4)."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return (np.asarray(a, np.uint32) - np.asarray(b, np.uint32)).view(np.int32)
    return (int(a) - int(b) + (1 << 31)) % MODULUS - (1 << 31)


@overload
def add(a: int, b: int) -> int: ...
@overload
def add(a: NDArray[Any], b: NDArray[Any] | int) -> NDArray[np.uint32]: ...
def add(a: Any, b: Any) -> Any:
    """The sequence number `b` bytes after `a`; `b` may be negative."""
    if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
        return (np.asarray(a).astype(np.int64) + np.asarray(b).astype(np.int64)).astype(np.uint32)
    return (int(a) + int(b)) % MODULUS
