"""Packing: gzip, bzip2, xz and zstd, for every file that the project reads or writes.

In: blocks of bytes as they are on disk. Out: the bytes that they hold, recognised by content, whole
or an error; or a handle that packs, chosen by a name. This is the one list of suffixes and the one
unpacker. Archives of many files (zip, tar) are the business of fetch/.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import IO, Any, BinaryIO

READ_BYTES = 1 << 18
# What names end in, and how such a file is packed.
PACKED = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd", ".zstd": "zstd"}

# What packed files begin with, and the first byte of what zstd skips.
_BEGINNINGS = (b"PK\x03\x04", b"\x1f\x8b\x08", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd")
_SKIPPABLE = b"PQRSTUVWXYZ[\\]^_"


def without_packing(name: str) -> str:
    """A name less the suffix that says how the file is packed: a.csv of a.csv.GZ."""
    for suffix in PACKED:
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return name


def packing(head: bytes) -> str | None:
    """What the first bytes of a file, ten or more, say that it is packed with."""
    if head[:4] == b"PK\x03\x04":
        return "zip"
    if head[:3] == b"\x1f\x8b\x08":
        return "gzip"
    if head[:3] == b"BZh" and head[4:10] in (b"1AY&SY", b"\x17rE8P\x90"):
        return "bzip2"
    if head[:6] == b"\xfd7zXZ\0":
        return "xz"
    skippable = head[:1] in _SKIPPABLE and head[1:4] == b"*M\x18"
    return "zstd" if head[:4] == b"\x28\xb5\x2f\xfd" or skippable else None


def _is_open(head: bytes) -> bool:
    """Whether more bytes are needed to know; of a short line in a slow pipe mostly not."""
    skippable = head[:1] in _SKIPPABLE and b"*M\x18".startswith(head[1:4])
    return len(head) < 10 and (
        skippable or any(each.startswith(head[: len(each)]) for each in _BEGINNINGS)
    )


# ---- a stream of bytes


class _Stream(io.RawIOBase):
    """What a generator of bytes gives, as a file to read; closing it closes the file below."""

    def __init__(self, chunks: Generator[bytes, None, None], below: BinaryIO | None) -> None:
        self._chunks = chunks
        self._below = below
        self._chunk = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._chunk:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._chunk = memoryview(chunk)
        n_bytes = min(len(buffer), len(self._chunk))
        buffer[:n_bytes] = self._chunk[:n_bytes]
        self._chunk = self._chunk[n_bytes:]
        return n_bytes

    def close(self) -> None:
        if not self.closed:
            self._chunks.close()
            if self._below is not None:
                self._below.close()
        super().close()


def as_file(chunks: Generator[bytes, None, None], below: BinaryIO | None = None) -> BinaryIO:
    """What a generator gives, as a file to read; `below` is closed with it."""
    return io.BufferedReader(_Stream(chunks, below), READ_BYTES)


def read_chunks(file: IO[bytes]) -> Generator[bytes, None, None]:
    """The bytes of an open file, as they come."""
    # read1 gives what is there: lines of a slow pipe come through as they are written.
    read = getattr(file, "read1", file.read)
    while data := read(READ_BYTES):
        yield data


# ---- unpacked


def unpacked(name: str, chunks: Iterator[bytes]) -> Generator[bytes, None, None]:
    """The bytes of a file, unpacked if its first bytes say that it is packed.

    ValueError, with the name, for a file that is cut off or damaged, in a later member too.
    """
    head = b""
    while _is_open(head) and (more := next(chunks, b"")):
        head += more
    packed: Iterator[bytes] = chain((head,), chunks)
    how = packing(head)
    try:
        if how == "zip":
            raise ValueError(f"{name} is a zip archive; pipe it in with `unzip -p` and `-`")
        if how == "gzip":
            yield from _members(packed, lambda: zlib.decompressobj(wbits=31))
        elif how == "bzip2":
            yield from _members(packed, bz2.BZ2Decompressor)
        elif how == "xz":
            yield from _members(packed, lzma.LZMADecompressor)
        elif how == "zstd":
            yield from _zstd_frames(packed)
        else:
            yield from packed
    except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise  # of the disk, not of the format
        raise ValueError(f"{name} is cut off or damaged: {error}") from None


def _members(packed: Iterator[bytes], new_decompressor: Callable[[], Any]) -> Iterator[bytes]:
    """Decompress one member after the other; all of them whole, with nothing else between.

    The readers of the standard library (bz2, lzma) drop a damaged later member in silence.
    """
    decompressor = new_decompressor()
    for data in packed:
        while data := data.lstrip(b"\0") if decompressor.eof else data:
            if decompressor.eof:
                decompressor = new_decompressor()
            yield decompressor.decompress(data, READ_BYTES)
            # bz2 and lzma keep what is left over by themselves, zlib hands it back.
            while not (decompressor.eof or getattr(decompressor, "needs_input", True)):
                yield decompressor.decompress(b"", READ_BYTES)
            left_over = "unused_data" if decompressor.eof else "unconsumed_tail"
            data = getattr(decompressor, left_over, b"")
    if not decompressor.eof:
        raise EOFError("the compressed data ends too early")


def _zstd_frames(packed: Iterator[bytes]) -> Iterator[bytes]:
    import pyarrow

    with as_file(chunk for chunk in packed) as file:
        stream = pyarrow.input_stream(  # type: ignore[attr-defined]
            file, compression="zstd"
        )
        while data := stream.read(READ_BYTES):
            yield data


# ---- packed


@contextmanager
def packer(suffix: str, file: BinaryIO) -> Iterator[IO[bytes]]:
    """What packs into an open file as the suffix says; the file itself for any other suffix.

    The same bytes give the same file: there is no time stamp and no name in it.
    """
    how = PACKED.get(suffix.lower())
    handle: Any
    if how is None:
        yield file
        return
    if how == "zstd":
        import pyarrow

        handle = pyarrow.CompressedOutputStream(  # type: ignore[attr-defined]
            pyarrow.PythonFile(_KeptOpen(file), "w"),  # type: ignore[attr-defined]
            "zstd",
        )
    elif how == "gzip":
        handle = gzip.GzipFile("", "wb", 6, file, mtime=0)
    else:
        handle = (bz2 if how == "bzip2" else lzma).open(file, "wb")
    with handle:
        yield handle


class _KeptOpen:
    """A file that pyarrow may write and not close: what it is written for still has to sync it."""

    def __init__(self, file: BinaryIO) -> None:
        self.write, self.flush, self.tell = file.write, file.flush, file.tell
        self.closed = False

    def close(self) -> None:
        self.closed = True
