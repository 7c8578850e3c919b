"""Where the bytes of a capture come from: a path or standard input, decompressed when their magic says so.

It knows nothing of captures. The one idea: a source never fails half way. Where the bytes end before they
should, the source ends there and `damage` says why; only what cannot be opened at all is an error.
"""

import errno
import os
import stat
import sys
import weakref
from collections.abc import Callable
from io import FileIO
from typing import BinaryIO, Protocol, TypeVar, cast

from handshake_inspect.capture.compression import Compression, DamagedError, Decompressor, compression_of
from handshake_inspect.errors import CaptureError, reason

READ_BYTES = 1 << 20
"How much is made at once where it must be copied, small enough to be still in the cache then."

MAGIC_BYTES = 6
"The longest magic of a compression."

_Asked = TypeVar("_Asked")
_Got = TypeVar("_Got", int, bytes)

STANDARD_INPUT = "-"
"The path that means standard input."


class _Reader(Protocol):
    """Bytes in order; none at the end, and then `damage` says why it came early, if it did."""

    damage: str | None

    def fill(self, view: memoryview) -> int:
        """Put some bytes at the beginning of `view`, and say how many."""


class Source:
    """The bytes of a capture, once and in order, as they are after decompression."""

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self.name = name
        "as messages call it"
        self.compression: str | None = None
        "the name of the compression that is undone, if one is"
        self._stream = stream
        self._raw = _Raw(stream)
        self._reader: _Reader = self._raw
        self._held = b""
        head = self.peek(MAGIC_BYTES)
        if compression := compression_of(head):
            self.compression = compression.name
            try:
                self._reader = _Members(compression, self._raw, head)
            except CaptureError as error:
                raise CaptureError(f"{name}: {error}") from None
            self._held = b""

    @property
    def damage(self) -> str | None:
        """Why the bytes ended early, once they have."""
        return self._raw.damage or self._reader.damage

    def fill(self, view: memoryview) -> int:
        """Fill `view` with the next bytes and say how many; fewer than its length only at the end."""
        filled = min(len(view), len(self._held))
        view[:filled] = self._held[:filled]
        self._held = self._held[filled:]
        while filled < len(view) and (more := self._reader.fill(view[filled:])):
            filled += more
        return filled

    def read(self, size: int) -> bytes:
        """The next `size` bytes; fewer only at the end."""
        part = bytearray(size)
        return bytes(part[: self.fill(memoryview(part))])

    def peek(self, size: int) -> bytes:
        """The next `size` bytes, which stay to be read; fewer only at the end."""
        head = self.read(size)
        self._held = head + self._held
        return head

    def bytes_left(self) -> int | None:
        """How many bytes are still to be read, where that is known without reading them."""
        if self.compression:
            return None
        try:
            status = os.fstat(self._stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                return None
            return len(self._held) + max(status.st_size - self._stream.tell(), 0)
        except (OSError, ValueError):
            return None


class _Raw:
    """A stream as it stands."""

    def __init__(self, stream: BinaryIO) -> None:
        self.damage: str | None = None
        self._ended = False
        # These hand over what a pipe holds; their plain forms wait until all that was asked for has arrived.
        self._readinto = getattr(stream, "readinto1", getattr(stream, "readinto", None))
        self._read = getattr(stream, "read1", stream.read)

    def fill(self, view: memoryview) -> int:
        """Put some bytes at the beginning of `view`, and say how many."""
        if self._readinto is None:
            part = self.read(min(len(view), READ_BYTES))
            view[: len(part)] = part
            return len(part)
        return self._try(self._readinto, view) or 0

    def read(self, size: int) -> bytes:
        """Some bytes, at most `size`."""
        return self._try(self._read, size) or b""

    def _try(self, read: Callable[[_Asked], _Got | None], asked: _Asked) -> _Got | None:
        if self._ended:
            return None
        try:
            got = read(asked)
            if got is None:
                self.damage = "reading failed: the stream is set not to wait for data"
        except (OSError, ValueError) as error:
            self.damage = f"reading failed: {_words(error)}"
            got = None
        self._ended = not got
        return got


class _Members:
    """Compressed streams one behind another, as `cat a.gz b.gz` makes them, read as one."""

    def __init__(self, compression: Compression, raw: _Raw, head: bytes) -> None:
        self.damage: str | None = None
        self._compression = compression
        self._raw = raw
        self._input = head
        self._decompressor: Decompressor = compression.opener()
        self._ended = False
        self._rescued = b""

    def fill(self, view: memoryview) -> int:
        """Put some bytes at the beginning of `view`, and say how many."""
        part = self._rescued or self._decompress(min(len(view), self._compression.made_bytes))
        part, self._rescued = part[: len(view)], part[len(view) :]
        view[: len(part)] = part
        return len(part)

    def _decompress(self, size: int) -> bytes:
        """Some bytes, at most `size` unless they were rescued from before damage."""
        while not self._ended:
            decompressor = self._decompressor
            if decompressor.eof:
                self._next_member(decompressor.unused_data or b"")
                continue
            if decompressor.needs_input and not self._input:
                self._input = self._raw.read(self._compression.given_bytes)
                if not self._input:
                    self._end("is cut")
                    break
            given, self._input = self._input, b""
            try:
                out = decompressor.decompress(given, size)
            except Exception as error:  # each library has exceptions of its own for damaged input
                self._end(f"is damaged ({error})")
                return error.rescued if isinstance(error, DamagedError) else b""
            if out:
                return out
        return b""

    def _next_member(self, behind: bytes) -> None:
        """Go on with what stands behind a member: zero padding and another member, or the end."""
        compression = self._compression
        behind = behind.lstrip(b"\0")
        while len(behind) < len(compression.magic) and (more := self._raw.read(compression.given_bytes)):
            behind = (behind + more).lstrip(b"\0")
        if compression.follows(behind):
            self._decompressor = compression.opener()
            self._input = behind
        elif behind:
            self._end("is followed by bytes that do not belong to it")
        else:
            self._ended = True

    def _end(self, what: str) -> None:
        self._ended = True
        self.damage = f"the {self._compression.name} stream {what}"


def open_source(path: str, stdin: BinaryIO | None = None) -> Source:
    """The bytes of the file at `path`, or of standard input for "-".

    Raises CaptureError for what cannot be opened. A file is closed when its source is no longer used.
    """
    if path == STANDARD_INPUT:
        return Source("standard input", stdin if stdin is not None else sys.stdin.buffer)
    try:
        stream = FileIO(path)
    except (OSError, ValueError) as error:
        raise CaptureError(f"{path}: {_words(error)}") from error
    try:
        source = Source(path, cast(BinaryIO, stream))
    except BaseException:
        # Ctrl-C too: nobody else knows of the file yet.
        stream.close()
        raise
    weakref.finalize(source, stream.close)
    return source


def _words(error: OSError | ValueError) -> str:
    """What went wrong, in words that follow a subject."""
    known = {errno.ENOENT: "no such file", errno.EISDIR: "is a directory", errno.EACCES: "permission denied"}
    if isinstance(error, OSError):
        return known.get(error.errno or 0, reason(error))
    return str(error)
