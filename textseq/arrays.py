"""Arrays in .npy files: opened without trust, written piece by piece; and how large arrays are.

In: the path of a .npy file. Out: a memory map whose shape and type are what the caller knows
they must be; or a file that grows while its length is not known yet; or a .npz of several arrays.
`check_bytes` refuses an array that is larger than anybody meant, before it is made.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import DTypeLike, NDArray


def open_array(path: Path, dtype: DTypeLike, shape: tuple[int | None, ...]) -> NDArray[Any]:
    """A read-only memory map of a .npy file; None in `shape` allows any number but 0.

    Nothing is allocated on the word of a header: a file shorter than it claims is refused.
    ValueError names the file and what is wrong.
    """
    if not path.is_file():
        raise ValueError(f"{path} is missing; the folder is damaged")
    try:
        # asarray drops the memmap class, whose every slice costs microseconds; the map stays.
        array = np.asarray(np.lib.format.open_memmap(path, mode="r"))
    except (ValueError, OverflowError, EOFError) as error:
        raise ValueError(f"{path} is damaged: {error}") from None
    if array.dtype != np.dtype(dtype):
        raise ValueError(f"{path} is damaged: it holds {array.dtype}, not {np.dtype(dtype)}")
    fits = len(array.shape) == len(shape) and all(
        have == want or (want is None and have > 0)
        for have, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if want is None else str(want) for want in shape)
        raise ValueError(f"{path} is damaged: its shape is {array.shape}, not ({wanted})")
    return array


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
            f"the limit is {size(max_bytes)}; {instead}"
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
