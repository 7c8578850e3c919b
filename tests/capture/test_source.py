"""Paths, standard input and compressions: known by content, read as far as they go."""

import contextlib
import gzip
import io
import os
import random
import sys
import threading
import zlib
from struct import pack

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handshake_inspect.capture import open_capture
from handshake_inspect.errors import CaptureError
from tests.capture.builders import columns, pcap_header, read, record
from tests.capture.compressions import COMPRESS, SKIPPABLE

CONTENT = pcap_header() + b"".join(record(bytes([n]) * (n % 80), n) for n in range(200))


@pytest.mark.parametrize("name", COMPRESS)
def test_compressions(name):
    """A compressed capture has the rows of the plain one, whole or in members, with padding behind it."""
    compress = COMPRESS[name]
    plain = read(CONTENT)[1:]
    members = compress(CONTENT[:1000]) + compress(CONTENT[1000:]) + bytes(512)
    for content in (compress(CONTENT), members):
        capture, *rest = read(content, batch_bytes=500)
        assert capture.compression == name
        assert capture.stopped is None
        assert tuple(rest) == plain


@pytest.mark.parametrize("name", ["zstd", "lz4"])
def test_frames_for_other_readers_are_stepped_over(name):
    """A skippable frame behind or between the frames of a capture is no part of it, and nothing odd."""
    compress = COMPRESS[name]
    content = compress(CONTENT[:1000]) + SKIPPABLE + compress(CONTENT[1000:]) + SKIPPABLE
    capture, *rest = read(content)
    assert capture.stopped is None
    assert tuple(rest) == read(CONTENT)[1:]


def test_pzstd():
    """What pzstd writes, a frame for itself before each frame of content, is read."""
    frame = b"\x50\x2a\x4d\x18" + (4).to_bytes(4, "little") + bytes(4)
    parts = [frame + COMPRESS["zstd"](part) for part in (CONTENT[:1000], CONTENT[1000:])]
    capture, *rest = read(b"".join(parts))
    assert (capture.compression, capture.stopped) == ("zstd", None)
    assert tuple(rest) == read(CONTENT)[1:]


@pytest.mark.parametrize("name", COMPRESS)
def test_cut_compressions(name):
    """Of a compressed capture that is cut anywhere, whole records are read, or none; both say why."""
    compress = COMPRESS[name]
    rows = read(CONTENT)[1]
    content = compress(CONTENT[:9000]) + compress(CONTENT[9000:])
    kept = 0
    for length in range(1, len(content), 5):
        if not kept:
            with contextlib.suppress(CaptureError):
                kept = len(read(content[:length])[1])
            continue
        capture, found, _ = read(content[:length], batch_bytes=700)
        assert capture.stopped is not None
        assert found == rows[: len(found)]
        assert len(found) >= kept
        kept = len(found)
    assert kept >= 100


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(sorted(COMPRESS)), st.integers(0, 1 << 20), st.integers(1, 255))
def test_damaged_compressions(name, where, flip):
    """A compressed capture with any wrong byte is refused, told as damaged, or the same as the sound one."""
    content = bytearray(COMPRESS[name](CONTENT))
    content[where % len(content)] ^= flip
    with contextlib.suppress(CaptureError):
        capture, *rest = read(bytes(content))
        assert capture.stopped is not None or tuple(rest) == read(CONTENT)[1:]


@pytest.mark.parametrize("name", COMPRESS)
@pytest.mark.parametrize("where", [0.7, 1.0])
def test_what_precedes_a_wrong_byte_is_kept(name, where):
    """Of a compressed capture what stands a block before a wrong byte counts, be that in the checksum."""
    noise = random.Random(1).randbytes(1 << 21)
    plain = pcap_header() + b"".join(record(noise[at : at + 64], at) for at in range(0, len(noise), 64))
    content = bytearray(COMPRESS[name](plain))
    content[int(len(content) * where) - 40] ^= 0xFF
    capture, rows, _ = read(bytes(content))
    assert capture.stopped is not None
    # bzip2 works in blocks of 900 kB, the others in 128 kB and less.
    least = int((len(plain) * where - (1_000_000 if name == "bzip2" else 200_000)) / 80)
    assert least > 5000
    assert rows[:least] == read(plain)[1][:least]


def test_cut_gzip_is_read_as_far_as_it_goes():
    """A gzip that is cut anywhere gives the whole records that come out of it, and says that it is cut."""
    content = gzip.compress(CONTENT, mtime=0)
    for length in range(len(content)):
        out = zlib.decompressobj(wbits=31).decompress(content[:length])
        if len(out) < 24:
            with pytest.raises(CaptureError, match=r"is cut|is empty|begins with 1f"):
                read(content[:length])
            continue
        capture, rows, kept = read(content[:length], batch_bytes=700)
        assert (rows, kept) == read(out)[1:]
        assert capture.stopped.byte == 24 + sum(row["record_bytes"] for row in rows)
        assert capture.stopped.reason.endswith("the gzip stream is cut")


@settings(deadline=None, max_examples=100)
@example(where=136, flip=2)
@given(where=st.integers(0, 1 << 20), flip=st.integers(1, 255))
def test_damaged_gzip_is_told(where, flip):
    """A gzip with any wrong byte is never taken for a sound one, by its checksum (RFC 1952 §2.3.1).

    Unless it is one: a wrong byte may name another place where the same bytes stand, as the example does.
    """
    content = bytearray(gzip.compress(CONTENT, mtime=0))
    content[10 + where % (len(content) - 10)] ^= flip
    with contextlib.suppress(CaptureError):
        found = read(bytes(content))
        if found[0].stopped is None:
            assert gzip.decompress(content) == CONTENT
            assert found[1:] == read(CONTENT)[1:]


def test_what_precedes_damage_is_kept():
    """Of a gzip with a broken block, all that was decompressed before it counts."""
    flushed = io.BytesIO()
    with gzip.GzipFile(fileobj=flushed, mode="wb") as file:
        file.write(CONTENT[:5000])
        file.flush()
        good = len(flushed.getvalue())
    broken = flushed.getvalue()[:good] + b"\x07" + bytes(100)
    capture, rows, _ = read(broken)
    assert sum(row["record_bytes"] for row in rows) + 24 == capture.stopped.byte
    assert 5000 - capture.stopped.byte < 96
    assert "because the gzip stream is damaged" in capture.stopped.reason


def test_bytes_behind_a_gzip_are_said():
    """What follows a gzip stream and is none itself is reported."""
    capture, rows, _ = read(gzip.compress(CONTENT) + b"no gzip")
    assert len(rows) == 200
    assert capture.stopped.byte == len(CONTENT)
    assert capture.stopped.reason == "the gzip stream is followed by bytes that do not belong to it"


@pytest.mark.parametrize(
    ("magic", "name", "package", "modules"),
    [
        (b"\x28\xb5\x2f\xfd", "zstd", "backports.zstd", ("compression.zstd", "backports.zstd")),
        (b"\x04\x22\x4d\x18", "lz4", "lz4", ("lz4.frame",)),
    ],
)
def test_missing_packages_are_named(magic, name, package, modules, monkeypatch):
    """A compression whose package is not installed is refused with the name of the package."""
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(
        CaptureError, match=f"is compressed with {name}: install the Python package {package},"
    ):
        read(magic + bytes(50))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty$"),
        (gzip.compress(b"", mtime=0), "is empty inside its gzip compression$"),
        (b"MZ", r"is not a pcap or pcapng capture \(it begins with 4d 5a\)"),
        (
            gzip.compress(b"GET / HTTP", mtime=0),
            r"capture inside its gzip compression \(it begins with 47 45 54 20\)",
        ),
        (CONTENT[:23], "its file header is cut: 23 of 24 bytes are there"),
        (gzip.compress(CONTENT, mtime=0)[:12], "no capture can be read from it: the gzip stream is cut"),
    ],
)
def test_no_captures(content, message, tmp_path):
    """What is no capture is refused in one sentence that begins with the name."""
    path = tmp_path / "some.pcap"
    path.write_bytes(content)
    with pytest.raises(CaptureError, match=message) as caught:
        open_capture(path)
    assert str(caught.value).startswith(f"{path}: ")
    with pytest.raises(CaptureError, match=f"^standard input: .*{message}"):
        read(content)


def test_paths_that_cannot_be_opened(tmp_path, monkeypatch):
    """No file, a directory, and a forbidden file each have their sentence."""
    with pytest.raises(CaptureError, match=r"none: no such file$"):
        open_capture(tmp_path / "none")
    with pytest.raises(CaptureError, match=r"is a directory$"):
        open_capture(tmp_path)
    with pytest.raises(CaptureError, match="null"):
        open_capture("a\0b")

    def refuse(path):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("handshake_inspect.capture.source.FileIO", refuse)
    with pytest.raises(CaptureError, match=r"some: permission denied$"):
        open_capture("some")


def test_name_says_nothing(tmp_path):
    """The format is the content's: a gzipped pcap may be called anything; what was not read is counted."""
    path = tmp_path / "capture.pcapng"
    path.write_bytes(gzip.compress(CONTENT))
    assert len(columns(open_capture(path))) == 200
    path.write_bytes(CONTENT + pack("<IIII", 1, 1, 1 << 30, 1) + bytes(84))
    capture = open_capture(str(path), batch_bytes=64)
    assert len(columns(capture)) == 200
    assert capture.stopped.reason.endswith("and 262144 is the most; 100 bytes from there on were not read")


def test_slow_pipe():
    """A batch comes out of a pipe when enough bytes for it are in, not when the pipe ends."""
    reading, writing = os.pipe()
    seen = threading.Event()

    def feed():
        with open(writing, "wb", buffering=0) as pipe:
            for at in range(0, 3000, 7):
                pipe.write(CONTENT[at : min(at + 7, 3000)])
            seen.wait()
            pipe.write(CONTENT[3000:])

    feeder = threading.Thread(target=feed)
    feeder.start()
    with open(reading, "rb") as pipe:
        batches = iter(open_capture("-", stdin=pipe, batch_bytes=1000))
        first = next(batches)
        seen.set()
        count = len(first.frames) + sum(len(batch.frames) for batch in batches)
    feeder.join()
    assert len(first.data) == 1000
    assert count == 200


class Failing(io.RawIOBase):
    """A stream that fails behind its content, by an error or by having nothing yet."""

    def __init__(self, content, error):
        self._content = io.BytesIO(content)
        self._error = error

    def readable(self):
        return True

    def readinto(self, view):
        count = self._content.readinto(view)
        if count:
            return count
        if self._error:
            raise self._error
        return None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(5, "Input/output error"), "input/output error"),
        (None, "the stream is set not to wait for data"),
    ],
)
def test_reading_that_fails(error, reason):
    """A stream that fails half way is read as far as it went, and its failure is told."""
    capture = open_capture("-", stdin=Failing(CONTENT, error))
    assert len(columns(capture)) == 200
    assert capture.stopped.reason == f"reading failed: {reason}"
