"""How captures come compressed: every way that can be undone, with a checksum where there is a choice."""

import bz2
import gzip
import lzma
import sys

import lz4.frame

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

SKIPPABLE = b"\x5e\x2a\x4d\x18" + (7).to_bytes(4, "little") + b"ignored"
"A frame for other readers (RFC 8878 §3.1.2), as the seek table of seekable zstd is."


def zstandard(content: bytes) -> bytes:
    """The content as `zstd` writes it."""
    return zstd.compress(content, options={zstd.CompressionParameter.checksum_flag: 1})


def lz4_frame(content: bytes) -> bytes:
    """The content as `lz4` writes it."""
    return lz4.frame.compress(content, content_checksum=True)


COMPRESS = {
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard,
    "lz4": lz4_frame,
}
"By the name that reports use."
