"""Arrays in .npy files: opened without trust, written piece by piece; and how large arrays are.

In: the path of a .npy file. Out: a memory map whose shape and type are what the caller knows
they must be; or a file that grows while its length is not known yet; or a .npz of several arrays.
A header is read as text, never as Python, and compared with the length of its file before there is
an array. `check_bytes` refuses an array that is larger than anybody meant, before it is made.
"""

from __future__ import annotations

import math
import mmap
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray


class ArrayHeader(NamedTuple):
    """What a .npy file says of its array; the numbers begin at the byte `start`."""

    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran_order: bool
    start: int

    @property
    def n_bytes(self) -> int:
        """Of the numbers."""
        return math.prod(self.shape) * self.dtype.itemsize


_MAGIC = b"\x93NUMPY"
_LONGEST_HEADER = 10_000  # bytes; NumPy's own limit
_MOST_AXES = 32
_ITEM = re.compile(
    r"""\s*['"](descr|fortran_order|shape)['"]\s*:\s*"""
    r"""('[^'\\]*'|"[^"\\]*"|True|False|\([\d\sL,]*\))\s*(?:,|(?=\}))"""
)
# Plain numbers, booleans and texts; no objects, no structures.
_PLAIN = re.compile(
    r"[<>|=]?(?:[?bBhHiIlLqQefd]|b1|[iu][1248]|f(?:[248]|12|16)|c(?:8|16)|[SU]\d{1,6})"
)


def read_header(file: IO[bytes]) -> ArrayHeader:
    """The header of a .npy file that stands at its beginning; ValueError for what is none.

    Sizes are not believed here, but they are whole numbers that an array can have.
    """
    start = file.read(8)
    if len(start) < 8 or not start.startswith(_MAGIC):
        raise ValueError("it is no .npy file")
    if start[6] not in (1, 2, 3) or start[7]:
        raise ValueError(f"it is a .npy file of the unknown version {start[6]}.{start[7]}")
    width = 2 if start[6] == 1 else 4
    raw = file.read(width)
    length = int.from_bytes(raw, "little")
    if len(raw) < width or length > _LONGEST_HEADER:
        raise ValueError(f"its header claims {length:,} bytes; {_LONGEST_HEADER:,} are the most")
    header = file.read(length)
    if len(header) < length:
        raise ValueError("it ends within its header")
    return _parsed(header.decode("latin1"), 8 + width + length)


def _parsed(header: str, start: int) -> ArrayHeader:
    found: dict[str, str] = {}
    place = header.find("{") + 1
    while place and (match := _ITEM.match(header, place)):
        found[match[1]], place = match[2], match.end()
    if len(found) < 3 or header[:1] != "{" or header[place:].strip() != "}":
        raise ValueError(f"its header is {header.strip()[:60]!r}")
    descr = found["descr"][1:-1]
    if not _PLAIN.fullmatch(descr) or found["fortran_order"] not in ("True", "False"):
        raise ValueError(f"it holds {descr[:60]!r}; numbers in a plain array can be read")
    sizes = re.findall(r"\d+", found["shape"])
    if (
        not found["shape"].startswith("(")
        or len(sizes) > _MOST_AXES
        or max(map(len, sizes), default=0) > 19
    ):
        raise ValueError(f"its header claims the shape {found['shape'][:60]}")
    try:
        dtype = np.dtype(descr)
    except TypeError:
        raise ValueError(f"it holds {descr!r}, which is no type of numbers") from None
    if not dtype.itemsize:  # texts of no letters; NumPy gives them one
        raise ValueError(f"it holds {descr!r}, which is nothing")
    shape = tuple(int(size) for size in sizes)
    if math.prod(max(1, size) for size in shape) * max(1, dtype.itemsize) >= 2**63:
        raise ValueError(f"its header claims the shape {shape}")
    return ArrayHeader(dtype, shape, found["fortran_order"] == "True", start)


def map_array(path: Path) -> NDArray[Any]:
    """A read-only memory map of a .npy file with any plain numbers, in memory where it is empty.

    ValueError names the file; FileNotFoundError where there is none.
    """
    with path.open("rb") as file:
        try:
            header = read_header(file)
        except ValueError as error:
            raise ValueError(f"{path} is damaged: {error}") from None
        _check_length(path, header, exact=False)
        return _mapped(file, header)


def open_array(path: Path, dtype: DTypeLike, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """A read-only memory map of a .npy file; None in `shape` allows any number but 0.

    Nothing is allocated on the word of a header: a file of another length than it claims is
    refused. ValueError names the file and what is wrong.
    """
    if not path.is_file():
        raise ValueError(f"{path} is missing; the folder is damaged")
    with path.open("rb") as file:
        try:
            header = read_header(file)
            _check_kind(header, dtype, shape)
        except ValueError as error:
            raise ValueError(f"{path} is damaged: {error}") from None
        _check_length(path, header, exact=True)
        return _mapped(file, header)


def _check_kind(header: ArrayHeader, dtype: DTypeLike, shape: tuple[int | None, ...]) -> None:
    if header.dtype != np.dtype(dtype):
        raise ValueError(f"it holds {header.dtype}, not {np.dtype(dtype)}")
    fits = len(header.shape) == len(shape) and all(
        have == want or (want is None and have > 0)
        for have, want in zip(header.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if want is None else str(want) for want in shape)
        raise ValueError(f"its shape is {header.shape}, not ({wanted})")


def _check_length(path: Path, header: ArrayHeader, *, exact: bool) -> None:
    n_bytes = path.stat().st_size - header.start
    if n_bytes < header.n_bytes or (exact and n_bytes != header.n_bytes):
        raise ValueError(
            f"{path} is damaged: its header claims {header.dtype} of shape {header.shape}, which "
            f"are {header.n_bytes:,} bytes; it has {n_bytes:,}"
        )


def _mapped(file: IO[bytes], header: ArrayHeader) -> NDArray[Any]:
    order: Any = "F" if header.fortran_order else "C"
    if not header.n_bytes:  # nothing cannot be mapped
        return np.zeros(header.shape, header.dtype, order)
    mapped = np.memmap(file, header.dtype, "r", header.start, header.shape, order)
    # asarray drops the memmap class, whose every slice costs microseconds; the map stays.
    return np.asarray(mapped)


def release(part: NDArray[Any]) -> None:
    """Let the system take the memory of a part of a mapped file back; it is read again if needed.

    `part` is contiguous. Nothing happens to arrays that are no maps, or where a system cannot.
    """
    owner: Any = part
    while isinstance(owner, np.ndarray):
        owner = owner.base
    if not (part.nbytes and isinstance(owner, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED")):
        return
    first = part.ctypes.data - np.frombuffer(owner, np.uint8).ctypes.data
    start, stop = -(-first // mmap.PAGESIZE), (first + part.nbytes) // mmap.PAGESIZE
    if start < stop:
        owner.madvise(mmap.MADV_DONTNEED, start * mmap.PAGESIZE, (stop - start) * mmap.PAGESIZE)


class NpzReader:
    """A .npz file whose arrays are read one by one, each of a known type and shape; for `with`.

    What it unpacks to is bounded by its size. All errors are ValueError that name the file.
    """

    def __init__(self, path: Path, opened: int | None = None) -> None:
        """`opened`: the file itself, where another one may have that name by now."""
        if opened is None and not path.is_file():
            raise ValueError(f"{path} is missing; the folder is damaged")
        self._path = path
        self._file = path.open("rb") if opened is None else os.fdopen(os.dup(opened), "rb")
        self._file.seek(0)
        self._left = _NPZ_ROOM + 10 * os.fstat(self._file.fileno()).st_size
        try:
            self._archive = zipfile.ZipFile(self._file)
        except _BAD_ARCHIVE as error:
            self._file.close()
            raise ValueError(f"{path} is damaged: {error}") from None

    def header(self, name: str) -> ArrayHeader:
        """What an array claims to be, for readers that take more than one type or shape."""
        try:
            with self._archive.open(f"{name}.npy") as member:
                return read_header(member)
        except _BAD_ARCHIVE as error:
            raise ValueError(f"{self._path} is damaged: in {name!r}, {error}") from None

    @property
    def names(self) -> set[str]:
        """What it holds."""
        return {name.removesuffix(".npy") for name in self._archive.namelist()}

    def read(self, name: str, dtypes: Iterable[DTypeLike], shape: tuple[int, ...]) -> NDArray[Any]:
        """An array of one of these types and of this shape."""
        try:
            info = self._archive.getinfo(f"{name}.npy")
            with self._archive.open(info) as member:
                header = read_header(member)
                kinds = [np.dtype(dtype) for dtype in dtypes]
                _check_kind(header, next((k for k in kinds if k == header.dtype), kinds[0]), shape)
                if header.fortran_order and len(header.shape) > 1:
                    raise ValueError("its numbers stand in another order")
                if header.start + header.n_bytes != info.file_size or header.n_bytes > self._left:
                    raise ValueError(f"it is {info.file_size:,} bytes long")
                self._left -= header.n_bytes
                data = bytearray(header.n_bytes)
                if member.readinto(data) != len(data) or member.read(1):  # type: ignore[attr-defined]
                    raise ValueError("it is not as long as its header says")
        except _BAD_ARCHIVE as error:
            raise ValueError(f"{self._path} is damaged: in {name!r}, {error}") from None
        return np.frombuffer(data, header.dtype).reshape(header.shape)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._archive.close()
        self._file.close()


_NPZ_ROOM = 100_000_000  # bytes that arrays may unpack to, beside ten times those of the file
_BAD_ARCHIVE = (
    ValueError, OSError, EOFError, KeyError, IndexError, OverflowError, RuntimeError,
    NotImplementedError, struct.error, zlib.error, zipfile.BadZipFile,
)  # fmt: skip


def save_array(path: Path, array: NDArray[Any]) -> None:
    """Write a .npy file; a full disk is an OSError that says so, which np.save's does not."""
    array = np.ascontiguousarray(array)
    with path.open("wb") as file:
        header = np.lib.format.header_data_from_array_1_0(array)
        np.lib.format.write_array_header_1_0(file, header)
        file.write(array.reshape(-1).view(np.uint8).data)


MAX_BYTES = 2 << 30  # of an array that nobody asked to be larger


def check_bytes(
    what: str, shape: Sequence[int], dtype: DTypeLike, max_bytes: int, *, instead: str
) -> None:
    """ValueError if an array would take more than `max_bytes`; `instead` says what would work."""
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    if n_bytes > max_bytes:
        raise ValueError(
            f"{what} of shape {tuple(shape)} as {np.dtype(dtype)} needs {size(n_bytes)}, "
            f"the limit is {size(max_bytes)}; " + instead
        )


def size(n_bytes: int) -> str:
    """Bytes as people write them: 12 B, 38.2 GB."""
    for power, unit in ((5, "PB"), (4, "TB"), (3, "GB"), (2, "MB"), (1, "kB")):
        if n_bytes >= 1000**power:
            return f"{n_bytes / 1000**power:,.1f} {unit}"
    return f"{n_bytes} B"


class ArrayWriter:
    """A .npy file that grows along its first axis; its header is right once the block ends.

    `n_items` counts along that axis; `tail` is the shape of one item: () for a flat file.
    """

    def __init__(self, path: Path, dtype: DTypeLike, tail: tuple[int, ...] = ()) -> None:
        self.n_items = 0
        self._dtype = np.dtype(dtype)
        self._tail = tail
        self._file = path.open("wb")
        self._data_start = self._write_header()

    def append(self, array: NDArray[Any]) -> None:
        """Write an array behind those before; ValueError if its items have another shape."""
        if self._tail and array.shape[1:] != self._tail:
            raise ValueError(f"items of shape {array.shape[1:]} in a file of {self._tail}")
        if array.size:  # memoryview cannot cast an empty one
            self._file.write(np.ascontiguousarray(array, self._dtype).data.cast("B"))
        self.n_items += len(array) if self._tail else array.size

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        with self._file:
            if kind is None:
                self._file.seek(0)
                # NumPy leaves room in the header for the length to grow.
                if self._write_header() != self._data_start:
                    raise RuntimeError("this NumPy writes .npy headers that cannot grow")

    def _write_header(self) -> int:
        description = np.lib.format.dtype_to_descr(self._dtype)
        header = {
            "descr": description,
            "fortran_order": False,
            "shape": (self.n_items, *self._tail),
        }
        np.lib.format.write_array_header_1_0(self._file, header)
        return self._file.tell()


class NpzWriter:
    """A .npz file, as np.load reads it, of arrays that need not be in memory; for `with`.

    The same arrays make the same bytes: no member has a date.
    """

    def __init__(self, path: Path) -> None:
        self._archive = zipfile.ZipFile(path, "w")

    def add(self, name: str, array: NDArray[Any]) -> None:
        """Add an array of any shape."""
        with self._archive.open(zipfile.ZipInfo(f"{name}.npy"), "w") as file:
            np.lib.format.write_array(file, array, allow_pickle=False)

    def stream(
        self,
        name: str,
        dtype: DTypeLike,
        n_items: int,
        parts: Iterable[NDArray[Any]],
        *,
        packed: bool = False,
    ) -> None:
        """Add a flat array of known length, part by part; ValueError if it gets another one."""
        info = zipfile.ZipInfo(f"{name}.npy")
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        description = np.lib.format.dtype_to_descr(np.dtype(dtype))
        header = {"descr": description, "fortran_order": False, "shape": (n_items,)}
        n_written = 0
        with self._archive.open(info, "w", force_zip64=True) as file:
            np.lib.format.write_array_header_1_0(file, header)
            for part in parts:
                if part.size:
                    file.write(np.ascontiguousarray(part, dtype).data.cast("B"))
                n_written += part.size
        if n_written != n_items:
            raise ValueError(f"{name} got {n_written} items, not the {n_items} that were announced")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: object, trace: TracebackType | None
    ) -> None:
        self._archive.close()
