"""Arrays in .npy files: opened without trust, written piece by piece.

In: the path of a .npy file. Out: a memory map whose shape and type are what the caller knows
they must be; or a file that grows while its length is not known yet.
"""

from __future__ import annotations

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


class ArrayWriter:
    """A one-dimensional .npy file that grows; its header is right once the block ends."""

    def __init__(self, path: Path, dtype: DTypeLike) -> None:
        self.n_items = 0
        self._dtype = np.dtype(dtype)
        self._file = path.open("wb")
        self._data_start = self._write_header()

    def append(self, array: NDArray[Any]) -> None:
        """Write an array behind those before."""
        if array.size:  # memoryview cannot cast an empty one
            self._file.write(np.ascontiguousarray(array, self._dtype).data.cast("B"))
        self.n_items += array.size

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
        header = {"descr": description, "fortran_order": False, "shape": (self.n_items,)}
        np.lib.format.write_array_header_1_0(self._file, header)
        return self._file.tell()
