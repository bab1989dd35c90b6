"""Int8 rows: a copy of unit vectors in a quarter of the memory, each with how far it is off.

In: rows of float32. Out: for each row a scale and whole numbers -127..127, whose product is the
unit vector but for an error whose length is known; in memory, or in a file that is mapped. The file
is a cache: it is made from the vectors, and not believed where it does not fit them.

A row x becomes codes c = round(u / s) of u = x / |x| with s = max |u| / 127. For any unit vector q,
|u.q - s c.q| <= |u - s c| by Cauchy and Schwarz; |u - s c| is what is kept as the error.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from textseq.arrays import release, size
from textseq.config import thread_count
from textseq.text.notices import notify
from textseq.unfinished import folder_beside
from textseq.vectors.rows import unit_rows

NormsOf = Callable[[int, int], NDArray[np.float32]]  # lengths of the rows from start to stop

LARGEST_CODE = 127
OVERREAD = 64  # bytes behind the codes that belong to no row; a kernel may read them
_ROWS_AT_ONCE = 4096
_LARGEST_SCALE = 1.001 / LARGEST_CODE
_LARGEST_ERROR = 1.001
_N_CHECKED = 64  # rows of a file that are compared with the vectors
_HEADER = struct.Struct("<8sqqqq24x")  # magic, rows, D, bytes and mtime_ns of the vectors
_MAGIC = b"tsqint8\x01"


class Stamp(NamedTuple):
    """What tells a file of vectors from what it was before."""

    n_bytes: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path) -> Self:
        """That of a file as it is now."""
        found = path.stat()
        return cls(found.st_size, found.st_mtime_ns)


@dataclass(frozen=True, eq=False)
class Int8Rows:
    """scales[i] * codes[i] is the unit vector of row i, but for a vector of length errors[i]."""

    codes: NDArray[np.int8]  # (n, D), with OVERREAD bytes behind it
    scales: NDArray[np.float32]  # (n,)
    errors: NDArray[np.float32]  # (n,)


def quantize(rows: NDArray[np.float32], norms: NDArray[np.float32]) -> Int8Rows:
    """The copy of rows (n, D) of these lengths, in memory."""
    units = unit_rows(rows, norms)
    scales = np.abs(units).max(axis=1) / np.float32(LARGEST_CODE)
    divisors = np.where(scales == 0, np.float32(1), scales)[:, None]
    rounded = np.rint(units / divisors)
    codes = rounded.astype(np.int8, order="C")  # files of vectors may have the other order
    rounded *= scales[:, None]
    units -= rounded
    # The unit vectors and what is left of them were rounded as well.
    rounding = np.float32((rows.shape[1] + 8) * 2.0**-24)
    errors = np.sqrt(np.vecdot(units, units)) * np.float32(1.001) + rounding
    errors[scales == 0] = 0
    return Int8Rows(codes, scales, errors)


def int8_copy(vectors: NDArray[np.float32], norms_of: NormsOf) -> Int8Rows:
    """The copy of all rows, in memory; what `norms_of` raises."""
    n, dim = vectors.shape
    codes = np.zeros(n * dim + OVERREAD, np.int8)[: n * dim].reshape(n, dim)
    copy = Int8Rows(codes, np.empty(n, np.float32), np.empty(n, np.float32))
    for start, part in _parts(vectors, norms_of):
        stop = start + len(part.scales)
        copy.codes[start:stop] = part.codes
        copy.scales[start:stop], copy.errors[start:stop] = part.scales, part.errors
    return copy


def write_copy(path: Path, vectors: NDArray[np.float32], norms_of: NormsOf, stamp: Stamp) -> None:
    """Write the copy as a file, whole or not at all; OSError where that cannot be.

    It is not waited for until it is on the disk: a file that is damaged is made anew. As it takes
    the time to read all vectors, a `TextNotice` says what is being made, how large and where.
    """
    n, dim = vectors.shape
    scales, errors = np.empty((2, n), np.float32)
    with folder_beside(path, ".part") as folder:
        with (folder / path.name).open("wb") as file:
            n_bytes = _HEADER.size + n * (dim + 8) + OVERREAD
            notify(
                f"{path} is being made, once ({size(n_bytes)}): an int8 copy of {n:,} vectors, by "
                "which questions take less time and memory"
            )
            file.write(_HEADER.pack(_MAGIC, n, dim, *stamp))
            file.seek(scales.nbytes + errors.nbytes, os.SEEK_CUR)
            for start, part in _parts(vectors, norms_of):
                stop = start + len(part.scales)
                scales[start:stop], errors[start:stop] = part.scales, part.errors
                file.write(part.codes.data)
            file.write(bytes(OVERREAD))
            file.seek(_HEADER.size)
            file.write(scales.data)
            file.write(errors.data)
        os.replace(folder / path.name, path)


def _parts(vectors: NDArray[np.float32], norms_of: NormsOf) -> Iterator[tuple[int, Int8Rows]]:
    """The copy in parts, each with its first row, in order; some are made at once."""
    from concurrent.futures import ThreadPoolExecutor

    threads = thread_count(0)

    def part(start: int) -> Int8Rows:
        stop = min(start + _ROWS_AT_ONCE, len(vectors))
        made = quantize(vectors[start:stop], norms_of(start, stop))
        release(vectors[start:stop])
        return made

    starts = range(0, len(vectors), _ROWS_AT_ONCE)
    with ThreadPoolExecutor(threads) as pool:
        for first in range(0, len(starts), threads):  # map would hold all that is not written yet
            now = starts[first : first + threads]
            yield from zip(now, pool.map(part, now), strict=True)


def open_copy(path: Path, vectors: NDArray[np.float32], stamp: Stamp) -> Int8Rows | None:
    """The copy in a file, mapped; None where there is none of these vectors, or a damaged one."""
    n, dim = vectors.shape
    sizes = _HEADER.size, n * 4, n * 4, n * dim, OVERREAD
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER.size)
            if head != _HEADER.pack(_MAGIC, n, dim, *stamp):
                return None
            if os.fstat(file.fileno()).st_size != sum(sizes):
                return None
            data = np.asarray(np.memmap(file, np.uint8, "r"))
    except OSError:
        return None
    _, scales, errors, codes, _ = np.split(data, np.cumsum(sizes[:-1]))
    copy = Int8Rows(
        codes.view(np.int8).reshape(n, dim), scales.view(np.float32), errors.view(np.float32)
    )
    return copy if _is_sound(copy, vectors) else None


def _is_sound(copy: Int8Rows, vectors: NDArray[np.float32]) -> bool:
    """Whether all scales and errors may be right, and those of some rows are."""
    for numbers, largest in ((copy.scales, _LARGEST_SCALE), (copy.errors, _LARGEST_ERROR)):
        if not (numbers.min() >= 0 and numbers.max() <= largest):  # NaN is neither
            return False
    some = np.linspace(0, len(vectors) - 1, _N_CHECKED).astype(np.int64)
    rows = vectors[some].astype(np.float64)
    norms = np.sqrt(np.vecdot(rows, rows))
    units = rows / np.where(norms == 0, 1, norms)[:, None]
    off = units - copy.scales[some, None].astype(np.float64) * copy.codes[some]
    return bool((np.sqrt(np.vecdot(off, off)) <= copy.errors[some]).all())
