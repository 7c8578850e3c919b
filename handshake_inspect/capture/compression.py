"""Which compressions a capture may come in, known by their first bytes, and how to undo them piece by piece.

It does not know what is compressed, or where the compressed bytes come from. The one idea: every
decompressor is used through the interface that `bz2` and `lzma` share, so output is bounded however much the
input swells, and what came out before a damaged byte is kept.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import NamedTuple, Protocol

from handshake_inspect.errors import CaptureError


class Decompressor(Protocol):
    """One compressed stream, from its magic to its end."""

    @property
    def eof(self) -> bool:
        """The stream has ended."""

    @property
    def needs_input(self) -> bool:
        """Nothing more comes out before more goes in."""

    @property
    def unused_data(self) -> bytes | None:
        """What was given behind the stream's end; lz4 says None for nothing."""

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        """Up to `max_length` bytes of output; raises what it likes when the input is damaged."""


class DamagedError(Exception):
    """A compressed stream broke; `rescued` is what came out before it did."""

    def __init__(self, reason: str, rescued: bytes) -> None:
        super().__init__(reason)
        self.rescued = rescued


class Gzip:
    """One gzip member (RFC 1952) behind the interface of `Decompressor`."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self._full = False

    @property
    def eof(self) -> bool:
        """The member's checksum and length were read and are right."""
        return self._inflate.eof

    @property
    def needs_input(self) -> bool:
        """Nothing is held back from an earlier call."""
        return not (self._inflate.eof or self._inflate.unconsumed_tail or self._full)

    @property
    def unused_data(self) -> bytes:
        """What was given behind the member."""
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int = -1, /) -> bytes:
        """Up to `max_length` bytes; raises `DamagedError` with what precedes the damage."""
        data = self._inflate.unconsumed_tail + data
        before = self._inflate.copy()
        try:
            out = self._inflate.decompress(data, max(max_length, 0))
        except zlib.error as error:
            raise DamagedError(str(error), _before_damage(before, data)) from error
        # zlib may have taken all input and still hold output that did not fit.
        self._full = len(out) == max_length
        return out


def _before_damage(inflate: "zlib._Decompress", data: bytes) -> bytes:
    """What `inflate` makes of `data` up to the byte it fails on: a failed call drops its output."""
    rescued = bytearray()
    try:
        for byte in data:
            rescued += inflate.decompress(bytes((byte,)))
    except zlib.error:
        pass
    return bytes(rescued)


class Compression(NamedTuple):
    """One way to compress a file."""

    name: str
    magic: bytes
    opener: Callable[[], Decompressor]
    given_bytes: int = 1 << 12
    "how much goes in at once: a library that fails drops what it made of it"
    made_bytes: int = 1 << 14
    "how much may come out at once: most verify a checksum in the call that makes the last byte it covers"
    behind: tuple[bytes, ...] = ()
    "what else a stream may be followed by and the library steps over, by its first bytes"

    def follows(self, behind: bytes) -> bool:
        """Whether these bytes behind a stream belong to it: another stream, or what is stepped over."""
        return behind.startswith((self.magic, *self.behind))


XZ_MEMORY_BYTES = 1 << 28
"What an xz stream may ask for its dictionary; `xz -9` needs a quarter of it."


def _zstd() -> Decompressor:
    return _optional(
        "zstd", (("compression.zstd", "ZstdDecompressor"), ("backports.zstd", "ZstdDecompressor"))
    )


def _lz4() -> Decompressor:
    return _optional("lz4", (("lz4.frame", "LZ4FrameDecompressor"),))


def _optional(name: str, places: tuple[tuple[str, str], ...]) -> Decompressor:
    for module, attribute in places:
        try:
            found: Callable[[], Decompressor] = getattr(import_module(module), attribute)
        except ImportError:
            continue
        return found()
    package = "backports.zstd" if name == "zstd" else name
    raise CaptureError(
        f"is compressed with {name}: install the Python package {package}, or decompress it first"
    )


SKIPPABLE = tuple(bytes((0x50 + kind,)) + b"\x2a\x4d\x18" for kind in range(16))
"Frames for other readers, such as the table of seekable zstd (RFC 8878 §3.1.2); lz4 has the same."

ZSTD = b"\x28\xb5\x2f\xfd"

COMPRESSIONS = (
    # It keeps what precedes damage itself, at a cost for each call.
    Compression("gzip", b"\x1f\x8b", Gzip, 1 << 16, 1 << 20),
    Compression("bzip2", b"BZh", bz2.BZ2Decompressor),
    Compression("xz", b"\xfd7zXZ\x00", partial(lzma.LZMADecompressor, lzma.FORMAT_XZ, XZ_MEMORY_BYTES)),
    Compression("zstd", ZSTD, _zstd, behind=SKIPPABLE),
    # pzstd begins with such a frame.
    Compression("zstd", SKIPPABLE[0], _zstd, behind=(ZSTD, *SKIPPABLE)),
    Compression("lz4", b"\x04\x22\x4d\x18", _lz4, behind=SKIPPABLE),
)


def compression_of(head: bytes) -> Compression | None:
    """The compression whose magic these first bytes are, if any."""
    return next((known for known in COMPRESSIONS if head.startswith(known.magic)), None)
